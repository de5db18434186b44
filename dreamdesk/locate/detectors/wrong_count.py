"""The agent says how many there are, and lists another number of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "wrong-count"
_WORDS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_ANNOUNCED = re.compile(
    rf"(?:there (?:are|were)|found|following|these|the|has|have|contains?|lists?) (\d{{1,3}}|{'|'.join(_WORDS)})"
    r" [^\n:]{3,60}:[*_ ]*\n",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s+\S")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the agent turn that announces N things before a list of another length."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            for said in _ANNOUNCED.finditer(step.content) if ":" in step.content and "\n" in step.content else ():
                given = _WORDS.get(said[1].lower()) or int(said[1])
                listed = _listed(step.content[said.end() : said.end() + 8000])
                if listed > 1 and listed != given:
                    why = f"{said[1]} are announced here, but {listed} are listed."
                    quote = Quote(step.index, passage(step.content, *said.span(1)))
                    yield trace.finding(turn, NAME, 1.0, Category.D5, why, quote)
                    break


def _listed(text: str) -> int:
    """Count the items of the list at the head of *text*, of its outermost level only."""
    lines = [line for line in text.split("\n") if line.strip()]
    count = 0
    for line in lines:
        if _ITEM.match(line):
            count += 1
        elif not line.startswith((" ", "\t")):
            break
    return count
