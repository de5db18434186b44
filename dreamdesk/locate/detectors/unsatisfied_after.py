"""The words after this decision say that what was needed is still missing."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "unsatisfied-after"
_MISSING = (
    "did not provide", "didn't provide", "not provided", "did not return", "did not find", "did not include",
    "not found",
    "has not provided", "unrelated", "irrelevant", "not relevant", "unable to", "could not", "couldn't", "failed to",
    "was not able", "no information", "does not contain", "doesn't contain", "not yielding", "unsuccessful",
    "encountered",
    "not available", "not accessible",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision before the first words that find something missing; later such words count less."""
    strength = 1.0
    accused: set[int] = set()
    for turn in trace.agent_turns:
        before = trace.speaker_before(turn)
        if before is None or before.start in accused:
            continue
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index][:1500], _MISSING)
            if hit:
                why = "The words that follow say that this decision did not bring what was needed."
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(before, NAME, strength, Category.D4, why, quote)
                accused.add(before.start)
                strength = max(0.25, strength / 2)
                break
