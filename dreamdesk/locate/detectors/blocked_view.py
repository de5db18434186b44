"""A page that did not open: not found, forbidden, a captcha, a login wall."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "blocked-view"
_BLOCKED = (
    "404", "page not found", "file not found", "access denied", "captcha", "verify you are human", "are you a robot",
    "403 forbidden", "service unavailable",
    "sign in to continue", "log in to continue", "enable javascript", "page isn't available", "unusual traffic",
    "this site can’t be reached", "content filter", "content management policy",
)  # fmt: skip
_HEAD = 3_000


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision that led to a view that is barred; the first in full, later ones half."""
    strength = 1.0
    for step in trace.views:
        hit = find(trace.folded[step][:_HEAD], _BLOCKED)
        turn = trace.decision_for(step) if hit else None
        if hit and turn:
            why = "This decision led to a page that did not open."
            quote = Quote(step, passage(trace.steps[step].content, *hit))
            yield trace.finding(turn, NAME, strength, Category.D13, why, quote)
            strength = 0.5
