"""Learning on the laptop: weights fitted to a desk's own labels, taken up only where they find more of those.

The fit is the most probable one around the weights in use until now (`fitting`). It is judged by leave-one-out: each
labelled episode is ranked by weights that were fitted without it. Below about twenty labels of one family of agents a
refit makes the first place worse more often than better (measured on four labelled sets; see the data card).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.locate.fitting import Rows, fit, leave_one_out
from dreamdesk.locate.ranker import Weights, probabilities

LEAST = 20
"""Labels of one family of agents below which nothing is learned from it."""

TOP = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the labels of one family of agents teach.

    Attributes:
        labels: Labelled episodes.
        before, after: In how many of them the labelled decision is among the first three: by the weights in use until
            now, and left out one by one; *first_before*, *first_after*: in how many it is the very first.
        weights: The new weights where they are better; None where they are not, or where the labels are too few.
    """

    family: str
    labels: int
    before: int = 0
    after: int = 0
    first_before: int = 0
    first_after: int = 0
    weights: Weights | None = None

    @property
    def enough(self) -> bool:
        """Whether there were labels enough to learn from."""
        return self.labels >= LEAST

    @property
    def words(self) -> str:
        """The lesson in a sentence."""
        if not self.enough:
            return f"{self.labels} of the {LEAST} labels that it takes"
        shares = f"in the first three {self.before / self.labels:.0%} → {self.after / self.labels:.0%}"
        return f"{shares}: {'better' if self.weights is not None else 'not better, so nothing changes'}"


def lesson(family: str, marked: Sequence[Rows], prior: Weights) -> Lesson:
    """Return what *marked*, the labelled episodes of *family*, teach when *prior* was in use until now."""
    if len(marked) < LEAST:
        return Lesson(family, len(marked))
    old = [_rank(row, probabilities(row.features, prior)) for row in marked]
    new = [_rank(row, chances) for row, chances in zip(marked, leave_one_out(marked, prior), strict=True)]
    before, after = (sum(0 < rank <= TOP for rank in ranks) for ranks in (old, new))
    weights = fit(marked, prior) if after > before else None
    return Lesson(family, len(marked), before, after, old.count(1), new.count(1), weights)


def _rank(row: Rows, chances: Sequence[float]) -> int:
    """Return the place of the labelled decision, from 1; 0 where the label stands at no decision."""
    if row.target is None:
        return 0
    own = chances[row.target]
    return 1 + sum(p > own or (p == own and place < row.target) for place, p in enumerate(chances))
