"""An agent answers from memory where the others look things up."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "own-knowledge"
_LONG = 300


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse answers to an instruction that show no page, file, program or output, longest first in weight."""
    views = set(trace.views)
    for turn in trace.agent_turns:
        if trace.steps[turn.start].kind is not Kind.HANDOFF:
            continue
        answer = trace.reply_to(turn)
        if answer is None or answer.start in views or trace.calls_of(answer):
            continue
        text = trace.steps[answer.start].content
        why = "The answer shows nothing that was looked up."
        yield trace.finding(
            answer, NAME, 1.0 if len(text) > _LONG else 0.5, Category.D2, why, Quote(answer.start, head(text))
        )
