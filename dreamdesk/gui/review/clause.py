"""Which passage of a policy speaks of the error: found by the words that both share, nothing cleverer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]{3,}")
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•#]|\d+[.)]))")
LONGEST = 600
"""Characters of a passage that are shown."""


def passages(policy: str) -> list[str]:
    """Split *policy* into paragraphs and list items, in order."""
    return [part.strip() for part in _BREAK.split(policy) if part.strip()]


def closest(policy: str, evidence: Iterable[str]) -> str:
    """Return the passage of *policy* that shares the rarest words with *evidence*, or "" when none shares any.

    A shared word counts by its inverse document frequency over the passages, and a passage is divided by the square
    root of its number of words, so that a long one does not win by its length.
    """
    parts = passages(policy)
    bags = [{word.lower() for word in _WORD.findall(part)} for part in parts]
    spread = Counter(word for bag in bags for word in bag)
    wanted = {word.lower() for text in evidence for word in _WORD.findall(text)}
    best, found = 0.0, ""
    for part, bag in zip(parts, bags, strict=True):
        score = sum(math.log(1 + len(parts) / spread[word]) for word in bag & wanted) / math.sqrt(len(bag) or 1)
        if score > best:
            best, found = score, part
    return found if len(found) <= LONGEST else found[:LONGEST].rstrip() + "…"
