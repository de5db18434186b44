"""The agents start over with a new plan: the old one had failed by then."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "new-plan"
_AGAIN = (
    "replanning",
    "re-planning",
    "new plan",
    "start over",
    "starting over",
    "different approach",
    "alternative approach",
    "updated plan",
    "let's try another",
)


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the turn that throws the plan away, and half the decision before it; only the first time."""
    for turn in trace.agent_turns[1:]:
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index][:600], _AGAIN)
            if hit:
                why = "The plan is thrown away here and the work begins again."
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(turn, NAME, 1.0, Category.D10, why, quote)
                before = trace.turn_before(turn.start)
                if before:
                    lost = "Right after this decision the plan is thrown away."
                    yield trace.finding(before, NAME, 0.5, Category.D8, lost, quote)
                return
