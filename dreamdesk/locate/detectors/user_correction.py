"""The user objects: what the agent said or did just before was not what was asked."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "user-correction"
_OBJECTION = (
    "that's not", "that is not", "not what i", "i said", "i meant", "i asked", "you didn't", "you did not", "wrong",
    "incorrect", "mistake", "instead of", "i already", "are you sure", "can you check again", "double-check", "but you",
    "that doesn't", "please check again", "why did you",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the agent's decision before a user turn that objects."""
    for turn in trace.user_turns[1:]:
        before = trace.turn_before(turn.start)
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index], _OBJECTION)
            if hit and before:
                why = "The user objects to what was said or done here."
                yield trace.finding(before, NAME, 1.0, Category.D6, why, Quote(step.index, passage(step.content, *hit)))
                break
