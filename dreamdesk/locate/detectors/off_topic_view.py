"""A page, file or output that has little to do with the task."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "off-topic-view"
_LONG = 30
_FEW = 0.25


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse decisions whose view holds under a quarter of the task's words, the fewer the more."""
    wanted = trace.task_words
    if len(wanted) < 4:
        return
    for step in trace.views:
        words = trace.words(step)
        share = len(wanted & words) / len(wanted)
        turn = trace.decision_for(step) if len(words) >= _LONG and share < _FEW else None
        if turn:
            why = (
                f"What it brought back holds {len(wanted & words)} of the {len(wanted)} words that tell the task apart."
            )
            quote = Quote(step, head(trace.steps[step].content))
            yield trace.finding(turn, NAME, 1.0 - share / _FEW, Category.D6, why, quote)
