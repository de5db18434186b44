"""The same action again and again: the first of them is where the loop began."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind, Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "repetition"
_SHORT = 40
"""Shorter messages ("Okay, thank you.") repeat without harm."""


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the turn that is repeated word for word; its repeats get evidence against being the cause."""
    groups: dict[tuple[str, str], list[Turn]] = {}
    for turn in trace.agent_turns:
        for step in trace.steps[turn.start : turn.stop]:
            folded = " ".join(trace.folded[step.index].split())
            if step.kind is Kind.TOOL_CALL or len(folded) >= _SHORT:
                group = groups.setdefault((step.tool, folded), [])
                if not group or group[-1] != turn:
                    group.append(turn)
    accused: set[int] = set()
    for (tool, _), group in groups.items():
        if len(group) < 2 or group[0].start in accused:
            continue
        accused.add(group[0].start)
        first = group[0].start
        times = "once" if len(group) == 2 else f"{len(group) - 1} times"
        why = f"This {'call of ' + tool if tool else 'message'} is repeated {times} later, word for word."
        quotes = [Quote(turn.start, head(trace.steps[turn.start].content)) for turn in group[:3]]
        yield trace.finding(group[0], NAME, min(1.0, 0.3 * (len(group) - 1)), Category.D9, why, *quotes)
        for turn in group[1:]:
            again = f"It repeats step {first + 1}, where the repetition began."
            yield trace.finding(turn, NAME, -0.5, Category.D9, again, quotes[0])
