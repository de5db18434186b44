"""The user adds to the request, changes it or leaves it open."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "user-changes"
_CHANGE = (
    "actually", "also", "instead", "one more", "wait", "on second thought",
    "i changed my mind", "as well", "before that",
    "i'd also", "in that case", "never mind", "rather",
)  # fmt: skip
_OPEN = (
    "i don't remember",
    "i'm not sure",
    "not sure",
    "whichever",
    "any of",
    "either",
    "whatever",
    "don't know",
    "you choose",
)


def detect(trace: Trace) -> Iterator[Finding]:
    """Name user turns that change the request (half) or leave it open (in full), after the first one."""
    for turn in trace.user_turns[1:]:
        for step in trace.spoken(turn):
            folded = trace.folded[step.index]
            vague = find(folded, _OPEN)
            hit = vague or find(folded, _CHANGE)
            if hit:
                why = (
                    "The user leaves the request open here."
                    if vague
                    else "The user changes the request or adds to it here."
                )
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(turn, NAME, 1.0 if vague else 0.5, Category.D15, why, quote)
                break
