"""A turn that plans and does nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import head, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "plan-only"
_PLAN = re.compile(r"(?:\bstep-by-step\b|\bplan\b|\bstep 1\b|\bthese steps\b|\bfollowing steps\b|\bnext steps?\b)")


def detect(trace: Trace) -> Iterator[Finding]:
    """Name the first agent turn after the opening one that lays out steps without a program or a call."""
    for turn in trace.agent_turns[1:]:
        steps = trace.steps[turn.start : turn.stop]
        if any(step.kind is Kind.TOOL_CALL or "```" in step.content for step in steps):
            continue
        for step in trace.spoken(turn):
            hit = _PLAN.search(trace.folded[step.index][:1500])
            if hit:
                why = "This turn lays out steps and carries none of them out."
                quote = Quote(step.index, passage(step.content, *hit.span()) or head(step.content))
                yield trace.finding(turn, NAME, 1.0, Category.D8, why, quote)
                return
