"""Nearly the same instruction again: what was done in between did not help."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind, Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "repeated-instruction"
_ALIKE = 0.6
"""Words in common over all words (Jaccard): above this two instructions ask for the same."""
_BACK = 3


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse what answered an instruction that is soon given again in nearly the same words; the first in full."""
    strength = 1.0
    given: list[Turn] = []
    accused: set[int] = set()
    for turn in trace.agent_turns:
        if trace.steps[turn.start].kind is not Kind.HANDOFF:
            continue
        words = trace.words(turn.start)
        for earlier in given[-_BACK:]:
            known = trace.words(earlier.start)
            answer = trace.reply_to(earlier)
            alike = len(words & known) >= _ALIKE * max(1, len(words | known))
            if alike and answer and answer.start < turn.start and answer.start not in accused:
                why = "What came of this is followed by nearly the same instruction again."
                quotes = [Quote(t.start, head(trace.steps[t.start].content)) for t in (earlier, turn)]
                yield trace.finding(answer, NAME, strength, Category.D9, why, *quotes)
                accused.add(answer.start)
                strength = 0.3
        given.append(turn)
