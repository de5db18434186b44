"""An agent vouches for what another said, and checked nothing."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "waved-through"
_VOUCHED = (
    "i agree", "agreed", "verified", "i have confirmed", "confirms", "is correct", "are correct", "is accurate",
    "are accurate", "looks good", "seems correct", "verification", "no objections", "consistent with",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first agent turn that vouches for a result without a program or a new output before it."""
    for turn in trace.agent_turns[1:]:
        before = trace.turn_ending(turn.start)
        if before is None or trace.is_output(before.start):
            continue
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index], _VOUCHED) if "```" not in step.content else None
            if hit:
                why = "What was said before is vouched for here without a check of its own."
                yield trace.finding(turn, NAME, 1.0, Category.D11, why, Quote(step.index, passage(step.content, *hit)))
                return
