"""A sum, difference, product or quotient in the agent's words that does not come out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import passage, without_code
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "wrong-arithmetic"
_FIGURE = r"\$?(\d[\d,]*(?:\.\d+)?)"
_TERM = re.compile(
    rf"(?<![\d.,/*x×+\-^÷]){_FIGURE}\s?([+\-−*×/÷])\s?{_FIGURE}\s?=\s?{_FIGURE}(?![\d%]|\s?[+\-−*×/÷(]|,\d)"
)
_SLACK = 0.006
"""Relative difference that rounding explains."""


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the agent turn whose plain "a + b = c" is wrong by more than rounding."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            plain = without_code(step.content) if "=" in step.content else ""
            wrong = next((found for found in _TERM.finditer(plain) if not _holds(found)), None)
            if wrong:
                why = f"The reckoning does not come out: {wrong[0]}."
                quote = Quote(step.index, passage(step.content, *wrong.span()))
                yield trace.finding(turn, NAME, 1.0, Category.D2, why, quote)
                break


def _holds(found: re.Match[str]) -> bool:
    left, right, given = (float(found[i].replace(",", "")) for i in (1, 3, 4))
    sign = found[2]
    if sign in "/÷" and not right:
        return False
    if sign in "+":
        true = left + right
    elif sign in "-−":
        true = left - right
    else:
        true = left * right if sign in "*×" else left / right
    return abs(true - given) <= max(0.51 if "." not in found[4] and sign in "/÷" else 0.051, _SLACK * abs(true))
