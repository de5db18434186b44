"""A program that cannot run as it is written: names, modules or syntax that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "broken-program"
_FAULTS = (
    "nameerror", "syntaxerror", "indentationerror", "attributeerror", "typeerror", "importerror", "modulenotfounderror",
    "referenceerror", "command not found", "is not defined", "keyerror", "valueerror", "indexerror",
    "zerodivisionerror",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the turn whose own program stopped on a fault of its writing; the first in full, later ones half."""
    strength = 1.0
    for step in trace.errors:
        turn = trace.turn_before(step)
        hit = find(trace.folded[step], _FAULTS)
        if hit and turn:
            why = "The program that this decision wrote has a fault of its own and stopped."
            quote = Quote(step, passage(trace.steps[step].content, *hit))
            yield trace.finding(turn, NAME, strength, Category.D3, why, quote)
            strength = 0.5
