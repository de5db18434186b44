"""Only a part of a page or file was seen, and the agents went on to something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "partial-view"
_PART = re.compile(
    r"viewport shows (\d{1,2})% of|showing page 1 of (\d+)|\[truncated\]|output truncated|\.\.\. \d+ more "
)
_ON = ("scroll", "page down", "next page", "page_down", "offset")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first decision whose view shows a part only and whose rest is not looked at next; later ones less."""
    strength = 1.0
    views = trace.views
    for place, step in enumerate(views):
        hit = _PART.search(trace.folded[step][:3000])
        turn = trace.decision_for(step) if hit and hit[2] != "1" else None
        if not hit or not turn:
            continue
        following = views[place + 1] if place + 1 < len(views) else None
        asked = trace.decision_for(following) if following is not None else None
        if asked and any(word in trace.folded[asked.start][:200] for word in _ON):
            continue
        why = "Only a part was shown here, and the rest was not looked at next."
        quote = Quote(step, passage(trace.steps[step].content, *hit.span()))
        yield trace.finding(turn, NAME, strength, Category.D11, why, quote)
        strength = 0.3
