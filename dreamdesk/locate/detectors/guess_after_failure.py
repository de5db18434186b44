"""A guess where a lookup had just failed."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "guess-after-failure"
_GUESS = (
    "assum", "hypothetical", "let's consider", "likely", "estimate", "approximate", "educated guess",
    "general knowledge",
    "based on my knowledge", "from memory", "manually", "simulat", "instead", "alternatively", "typical",
)  # fmt: skip
_BACK = 3


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse agent words that guess, work around or fall back on memory within three steps of an error."""
    errors = trace.errors
    for turn in trace.agent_turns:
        recent = [step for step in errors if turn.start - _BACK <= step < turn.start]
        if not recent:
            continue
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index], _GUESS)
            if hit:
                why = "A lookup had just failed, and the decision goes on with a guess or a way around."
                quotes = (
                    Quote(step.index, passage(step.content, *hit)),
                    Quote(recent[-1], passage(trace.steps[recent[-1]].content, 0, 1)),
                )
                yield trace.finding(turn, NAME, 1.0, Category.D2, why, *quotes)
                break
