"""The agent sees what it saw before: its action changed nothing."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "same-view-again"
_ALIKE = 0.8
_LONG = 30
"""Words that a view must have for a comparison to mean anything."""
_BACK = 4


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision whose view of a page, file or output repeats most words of a recent view; later ones less."""
    strength = 1.0
    views: list[int] = []
    for step in trace.views:
        words = trace.words(step)
        if len(words) < _LONG:
            continue
        for earlier in views[-_BACK:]:
            known = trace.words(earlier)
            turn = trace.decision_for(step)
            if turn and len(words & known) >= _ALIKE * len(words | known):
                why = f"It brought back what step {earlier + 1} had already shown."
                quotes = [Quote(at, head(trace.steps[at].content)) for at in (step, earlier)]
                yield trace.finding(turn, NAME, strength, Category.D9, why, *quotes)
                strength = 0.3
                break
        views.append(step)
