"""A decision that brought nothing: an empty answer, no results, nothing printed."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "empty-result"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision before each output that holds nothing; the first counts in full, later ones half."""
    strength = 1.0
    for step in trace.steps:
        if not trace.is_output(step.index) or not trace.is_empty_output(step.index):
            continue
        turn = trace.turn_before(step.index)
        if turn:
            why = "What this decision asked for came back empty."
            yield trace.finding(turn, NAME, strength, Category.D4, why, Quote(step.index, head(step.content)))
            strength = 0.5
