"""Which passage of a policy speaks of the error: found by the words that both share, nothing cleverer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]{3,}")
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•#]|\d+[.)])\s)")
_HEADING = re.compile(r"#{1,6}\s+(.+)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One paragraph or list item of a policy, and the heading that it stands under ("" where there is none)."""

    heading: str
    text: str


def clauses(policy: str) -> list[Clause]:
    """Split *policy* into its paragraphs and list items, in order, each with the heading above it."""
    found = []
    heading = ""
    for part in _BREAK.split(policy):
        text = part.strip()
        if (match := _HEADING.match(text)) is not None:
            heading = match[1].strip()
            text = text[match.end() :].strip()
        if text:
            found.append(Clause(heading, text))
    return found


def closest(policy: str, evidence: Iterable[str]) -> Clause | None:
    """Return the clause of *policy* that shares the rarest words with *evidence*, or None when none shares any.

    A shared word counts by its inverse document frequency over the clauses, and a clause is divided by the square root
    of its number of words, so that a long one does not win by its length.
    """
    parts = clauses(policy)
    bags = [{word.lower() for word in _WORD.findall(part.text)} for part in parts]
    spread = Counter(word for bag in bags for word in bag)
    wanted = {word.lower() for text in evidence for word in _WORD.findall(text)}
    best, found = 0.0, None
    for part, bag in zip(parts, bags, strict=True):
        score = sum(math.log(1 + len(parts) / spread[word]) for word in bag & wanted) / math.sqrt(len(bag) or 1)
        if score > best:
            best, found = score, part
    return found
