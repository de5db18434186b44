"""The first program of the episode, on which later ones build."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "first-program"


def detect(trace: Trace) -> Iterator[Finding]:
    """Name the first agent turn that writes code."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            at = step.content.find("```")
            stop = step.content.find("\n", at) if at >= 0 else -1
            if 0 <= at < stop:
                why = "The first program of the episode is written here; what follows builds on it."
                quote = Quote(step.index, passage(step.content, stop + 1, stop + 2))
                yield trace.finding(turn, NAME, 1.0, Category.D8, why, quote)
                return
