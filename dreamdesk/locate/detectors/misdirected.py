"""One agent was asked, and another one answered or nobody did."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import head, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "misdirected"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a turn that ends by calling on an agent by name, when another one takes the next turn."""
    names = {step.agent for step in trace.steps if step.agent}
    if len(names) < 3:
        return
    called = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names, key=len, reverse=True)))
    for turn in trace.agent_turns:
        following = trace.next_turn(turn)
        step = trace.steps[turn.stop - 1]
        hits = [hit for hit in called.finditer(step.content[-400:]) if hit[0] != step.agent]
        if not hits or following is None:
            continue
        there = trace.steps[following.start].agent
        if there and there not in {hit[0] for hit in hits}:
            at = max(0, len(step.content) - 400) + hits[-1].start()
            why = f"{hits[-1][0]} is called on here, but {there} takes the next turn."
            quotes = (
                Quote(step.index, passage(step.content, at, at + len(hits[-1][0]))),
                Quote(following.start, head(trace.steps[following.start].content)),
            )
            yield trace.finding(turn, NAME, 1.0, Category.D8, why, *quotes)
