"""The last thing that was brought in before the end: the answer rests on it."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind, Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "last-evidence"


def detect(trace: Trace) -> Iterator[Finding]:
    """Name the last decision that brought a page, a file, an output or another agent's answer."""
    turn = _last_reply(trace) or next((t for view in reversed(trace.views) if (t := trace.decision_for(view))), None)
    if turn:
        why = "Nothing was looked up after this; the end rests on it."
        yield trace.finding(
            turn, NAME, 1.0, Category.D11, why, Quote(turn.start, head(trace.steps[turn.start].content))
        )


def _last_reply(trace: Trace) -> Turn | None:
    for turn in reversed(trace.agent_turns):
        if trace.steps[turn.start].kind is Kind.HANDOFF:
            return trace.reply_to(turn)
    return None
