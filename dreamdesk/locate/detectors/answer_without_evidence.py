"""The final answer is stated before anything was looked up that holds it."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.detectors.final_answer import stated_answer, whole
from dreamdesk.locate.text import passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "answer-without-evidence"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first statement of the final answer when neither the task nor any output before it holds it."""
    answer = stated_answer(trace)
    if not answer:
        return
    for step in trace.steps:
        hit = whole(trace.folded[step.index], answer)
        if not hit:
            continue
        turn = trace.turn_of(step.index)
        if turn in trace.agent_turns and not whole(trace.folded_task, answer):
            why = f"The answer that the episode ended on, {answer!r}, comes from the agent's words, not from a source."
            quote = Quote(step.index, passage(step.content, *hit))
            yield trace.finding(turn, NAME, 1.0, Category.D2, why, quote)
        return
