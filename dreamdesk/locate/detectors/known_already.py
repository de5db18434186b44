"""The agent looks up or asks again what it knows already."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "known-already"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a reading call that repeats an earlier one with the same arguments and no change in between."""
    met: dict[tuple[str, str], int] = {}
    for call in trace.calls:
        if call.consequential:
            met.clear()
            continue
        key = call.step.tool, call.step.content
        if key in met:
            why = f"{call.step.tool} was asked again what it had answered at step {met[key] + 1}."
            quotes = (Quote(call.step.index, head(call.step.content)), Quote(met[key], head(call.step.content)))
            yield trace.finding(call.turn, NAME, 0.5, Category.D10, why, *quotes)
        met.setdefault(key, call.step.index)
