"""The user's words on which a consequential action rested."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "user-choice"


def detect(trace: Trace) -> Iterator[Finding]:
    """Name the user turn before each consequential call: the request may have been wrong or incomplete itself."""
    named: set[int] = set()
    for call in trace.calls:
        turn = trace.turn_before(call.step.index, Actor.USER) if call.consequential else None
        if turn and turn.start not in named:
            why = f"{call.step.tool} rests on these words of the user, which may themselves be wrong or incomplete."
            quote = Quote(turn.start, head(trace.steps[turn.start].content))
            yield trace.finding(turn, NAME, 0.5 if named else 1.0, Category.D15, why, quote)
            named.add(turn.start)
