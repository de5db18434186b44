"""Guesses, assumptions and made-up data in place of facts."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "hedging"
_INVENTED = (
    "simulat", "hypothetical", "placeholder", "mock ", "dummy", "made-up", "for demonstration", "example data",
    "sample data", "for the sake of", "pretend",
)  # fmt: skip
_GUESSED = ("assum", "presumabl", "probably", "most likely", "i believe", "i think", "it is likely", "should be safe")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse agent turns that invent data (full strength) or guess (half)."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            folded = trace.folded[step.index]
            invented = find(folded, _INVENTED)
            hit = invented or find(folded, _GUESSED)
            if hit:
                what = "works with invented data" if invented else "rests on a guess"
                why = f"The decision {what} instead of a fact from the trace."
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(turn, NAME, 1.0 if invented else 0.5, Category.D2, why, quote)
                break
