"""Another agent takes over after this decision."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "handoff"


def detect(trace: Trace) -> Iterator[Finding]:
    """Name agent turns whose next deciding turn is another agent's, where the source names agents."""
    for turn, following in zip(trace.agent_turns, trace.agent_turns[1:], strict=False):
        here, there = trace.steps[turn.start].agent, trace.steps[following.start].agent
        if here and there and here != there:
            why = f"{there} takes over after this decision."
            quote = Quote(turn.start, head(trace.steps[turn.start].content))
            yield trace.finding(turn, NAME, 0.5, Category.D8, why, quote)
