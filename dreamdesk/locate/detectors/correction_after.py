"""The next words apologise or take something back: what they take back was said just before."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "correction-after"
_PHRASES = (
    "apolog", "i'm sorry for the", "sorry for the confusion", "my mistake", "i made a mistake", "i made an error",
    "mistakenly", "correction:", "let's correct", "let me correct", "to correct", "i misread", "i misunderstood",
    "i overlooked", "was incorrect", "is incorrect", "that's not what", "that is wrong", "discrepanc",
    "it appears that the", "it seems that the", "it seems the", "let's fix", "we need to fix",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the agent's decision before the turn that apologises, corrects or contradicts."""
    for turn in trace.decisions:
        before = trace.turn_before(turn.start)
        if before is None or turn.actor is Actor.TOOL:
            continue
        for step in trace.spoken(turn):
            hit = find(trace.folded[step.index][:1500], _PHRASES)
            if hit:
                why = "The words that follow apologise for this decision, correct it or doubt it."
                yield trace.finding(before, NAME, 1.0, Category.D5, why, Quote(step.index, passage(step.content, *hit)))
                break
