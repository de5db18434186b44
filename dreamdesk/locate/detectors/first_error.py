"""The decision just before an error, and above all before the first one."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "first-error"
_KINDS = (
    (Category.D13, ("401", "403", "404", "unauthorized", "forbidden", "permission denied", "not found", "not allowed")),
    (Category.D14, ("500", "502", "503", "504", "429", "timed out", "timeout", "connection", "rate limit", "internal")),
)


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the agent's turn that led to each error; the first counts in full, later ones a quarter."""
    accused: set[int] = set()
    for step in trace.errors:
        turn = trace.turn_before(step)
        if turn is None or turn.start in accused:
            continue
        text = trace.steps[step].content
        kind = next((kind for kind, marks in _KINDS if find(trace.folded[step][:400], marks)), Category.D4)
        which = "another" if accused else "the first"
        why = f"This decision led to {which} error of the episode."
        yield trace.finding(turn, NAME, 0.25 if accused else 1.0, kind, why, Quote(step, head(text)))
        accused.add(turn.start)
