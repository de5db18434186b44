"""The work is called done although the last thing that was noted is that something is missing."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "unsupported-end"
_OVER = (
    "request satisfied",
    "final answer",
    "terminate",
    "task is complete",
    "task has been completed",
    "all conditions have been met",
)
_OPEN = ("not yet", "not been", "still need", "has not", "have not", "unable", "no progress", "could not", "not fully")
_BACK = 8


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first turn among the last ones that declares the end while an earlier one noted what is missing."""
    turns = trace.agent_turns[-_BACK:]
    for place, turn in enumerate(turns):
        for step in trace.spoken(turn):
            over = find(trace.folded[step.index], _OVER)
            if not over:
                continue
            for earlier in reversed(turns[:place]):
                gap = find(trace.folded[earlier.start], _OPEN)
                if gap:
                    why = "The work is called done here, though shortly before something was still missing."
                    quotes = (
                        Quote(step.index, passage(step.content, *over)),
                        Quote(earlier.start, passage(trace.steps[earlier.start].content, *gap)),
                    )
                    yield trace.finding(turn, NAME, 1.0, Category.D11, why, *quotes)
                    return
            return
