"""An answer that takes up little of what was asked for."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "unanswered-request"
_ENOUGH = 4


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the answer to another agent's instruction by the share of the instruction's words that it leaves out."""
    for turn in trace.agent_turns:
        if trace.steps[turn.start].kind is not Kind.HANDOFF:
            continue
        wanted = trace.words(turn.start)
        answer = trace.reply_to(turn)
        if answer is None or len(wanted) < _ENOUGH:
            continue
        missing = 1 - len(wanted & trace.words(answer.start)) / len(wanted)
        if missing > 0.5:
            why = "The answer takes up little of what the instruction asked for."
            quotes = [Quote(t.start, head(trace.steps[t.start].content)) for t in (turn, answer)]
            yield trace.finding(answer, NAME, missing, Category.D6, why, *quotes)
