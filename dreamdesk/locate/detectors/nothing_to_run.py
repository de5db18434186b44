"""A program or tool was asked, and answers that it was given nothing to work on."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "nothing-to-run"
_SAID = (
    "there is no code", "no code block", "no code to execute", "unknown language", "nothing to execute", "no input",
    "missing required", "no arguments", "empty query", "no query",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision that handed over to a program without anything to run; the first in full, later ones less."""
    strength = 1.0
    for step in trace.steps:
        hit = find(trace.folded[step.index][:400], _SAID) if trace.is_output(step.index) else None
        turn = trace.turn_before(step.index) if hit else None
        if hit and turn:
            why = "This decision handed over to a program, but gave it nothing to run."
            quote = Quote(step.index, passage(step.content, *hit))
            yield trace.finding(turn, NAME, strength, Category.D3, why, quote)
            strength = 0.25
