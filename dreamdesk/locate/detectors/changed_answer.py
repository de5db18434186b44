"""The answer changes on the way: one of the two is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import find, fold, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "changed-answer"
_STATED = re.compile(
    r"(?:final answer|the answer|the result|the total)\b[^\n.:=]{0,40}?(?: is| are|[:=])\s*([^\n]{1,60})", re.I
)

_WORDS = ("final answer", "the answer", "the result", "the total")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse both turns where an agent states an answer and a later turn states another one."""
    last: tuple[Turn, Quote, str] | None = None
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index], _WORDS)
            found = _STATED.search(step.content, hit[0]) if hit else None
            said = re.sub(r"[^\w.]+", " ", fold(found[1])).strip(" .") if found else ""
            if not found or not said:
                continue
            quote = Quote(step.index, passage(step.content, *found.span(1)))
            if last and last[0] != turn and said not in last[2] and last[2] not in said:
                why = "The answer stated here differs from the one that another turn states."
                yield trace.finding(last[0], NAME, 1.0, Category.D11, why, last[1], quote)
                yield trace.finding(turn, NAME, 0.5, Category.D11, why, quote, last[1])
            last = turn, quote, said
            break
