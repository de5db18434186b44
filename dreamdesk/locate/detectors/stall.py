"""The agents themselves note that they are stuck."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "stall"
_LOOP = re.compile(r'"is_in_loop":\s*\{[^{}]*"answer":\s*true|"is_progress_being_made":\s*\{[^{}]*"answer":\s*false')
_PHRASES = ("stalled", "replanning", "stuck in a loop", "no progress", "going in circles", "keep getting the same")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision before the first note of a loop or of no progress; the notes after it count a quarter."""
    accused: set[int] = set()
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            folded = trace.folded[step.index]
            ledger = _LOOP.search(folded) if '"is_in_loop"' in folded else None
            hit = ledger.span() if ledger else find(folded[:400], _PHRASES)
            before = trace.turn_before(turn.start) if hit else None
            if hit and before and before.start not in accused:
                why = "Right after this decision the agents note that they make no progress."
                strength = 0.25 if accused else 1.0
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(before, NAME, strength, Category.D9, why, quote)
                accused.add(before.start)
                break
