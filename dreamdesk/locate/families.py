"""Families: failures that share a cause, found by leader clustering (Hartigan, Clustering Algorithms, 1975, chapter 3).

Two failures can share a family when they are of one category and went wrong at one tool. Among those, the words of
their evidence are compared: term frequency times inverse document frequency, cosine (Salton and Buckley 1988). A
failure joins the family whose founder it is most alike, from `ALIKE` on, else it founds one. Founders never change, so
that a family keeps its identity while failures arrive, and the same failures in the same order give the same families.

The cost of one failure does not grow with the desk: only families that share one of its rarest words are looked at.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from dataclasses import dataclass

from dreamdesk.model.finding import Category

ALIKE = 0.2
"""Cosine from which two failures are taken to have one cause.

Read by eye on 288 failures of tau-bench, Who&When and the samples: at 0.3 half of the families of agents without tools
are single failures that say the same in other words, at 0.15 different ones come together.
"""

_WORD = re.compile(r"[^\W\d_]{3,}")
_PLAIN = frozenset(
    """the and for that this with from was were are has had have not but you your its his her they them then than there
    which what when who will would can could may into out all any one although before after step says said agent user
    tool error""".split()  # noqa: SIM905
)
_MOST_WORDS = 48
_RAREST = 12
_POSTINGS = 200
_COMPARED = 6
_CLAUSE_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """What is known of why one episode failed.

    Attributes:
        tool: The tool that the wrong decision called, or that its turn answers; "" where it called none.
        clause: The words of the policy that it touches, or "".
        text: The evidence: what the claim says, its quotes, the error that followed.
    """

    category: Category
    tool: str
    clause: str
    text: str


def words(cause: Cause) -> dict[str, int]:
    """Return the terms of *cause* with how often they stand in it: at most 48, numbers and plain words left out.

    The clause is a term of its own, so that failures of one clause draw together whatever was said around them.
    """
    counts = Counter(word for word in _WORD.findall(cause.text.lower()) if word not in _PLAIN)
    terms = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_WORDS])
    if cause.clause:
        terms["§" + " ".join(_WORD.findall(cause.clause.lower()))[:80]] = _CLAUSE_WEIGHT
    return terms


class Families:
    """The families that are known, each by the words of its founder."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[Category, str], _Block] = {}

    def add(self, family: int, category: Category, tool: str, founder: dict[str, int]) -> None:
        """Take in *family* with the words of its founder."""
        self._blocks.setdefault((category, tool), _Block()).add(family, founder)

    def nearest(self, category: Category, tool: str, terms: dict[str, int]) -> int | None:
        """Return the family that a failure with these terms belongs to, or None where it is like none of them."""
        block = self._blocks.get((category, tool))
        return block.nearest(terms) if block else None


class _Block:
    """The families of one category and tool, with the founders that each word stands in."""

    def __init__(self) -> None:
        self._founders: dict[int, dict[str, int]] = {}
        self._postings: dict[str, list[int]] = {}

    def add(self, family: int, founder: dict[str, int]) -> None:
        self._founders[family] = founder
        for word in founder:
            self._postings.setdefault(word, []).append(family)

    def nearest(self, terms: dict[str, int]) -> int | None:
        if not terms:  # nothing is known but the kind and the tool
            return next((family for family, founder in self._founders.items() if not founder), None)
        known = [word for word in terms if word in self._postings]
        rarest = heapq.nsmallest(_RAREST, known, key=lambda word: (len(self._postings[word]), word))
        met: Counter[int] = Counter()
        for word in rarest:
            for family in self._postings[word][:_POSTINGS]:
                met[family] += 1
        likely = heapq.nsmallest(_COMPARED, met, key=lambda family: (-met[family], family))
        likeness = [(-self._cosine(terms, self._founders[family]), family) for family in likely]
        best = min(likeness, default=(0.0, 0))
        return best[1] if -best[0] >= ALIKE else None

    def _cosine(self, left: dict[str, int], right: dict[str, int]) -> float:
        shared = sum(self._weight(word, left[word]) * self._weight(word, right[word]) for word in left if word in right)
        return shared / (self._length(left) * self._length(right)) if shared else 0.0

    def _length(self, terms: dict[str, int]) -> float:
        return math.sqrt(sum(self._weight(word, count) ** 2 for word, count in terms.items()))

    def _weight(self, word: str, count: int) -> float:
        """Return the weight of a term: logarithmic frequency times smoothed inverse frequency among the founders."""
        rarity = 1 + math.log((1 + len(self._founders)) / (1 + len(self._postings.get(word, ()))))
        return (1 + math.log(count)) * rarity
