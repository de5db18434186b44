"""Actions that change the world: the first one, and those that failed or came later, less."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "consequential-action"


def detect(trace: Trace) -> Iterator[Finding]:
    """Name the turn of every consequential call, the first with full strength."""
    first = True
    for call in trace.calls:
        if not call.consequential:
            continue
        why = f"{'The first' if first else 'A later'} action with consequences: {call.step.tool}."
        quote = Quote(call.step.index, head(call.step.content))
        yield trace.finding(call.turn, NAME, 1.0 if first else 0.5, Category.D4, why, quote)
        first = False
