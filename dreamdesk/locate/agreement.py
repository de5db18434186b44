"""Agreement: how often two who looked at the same episodes name the same error point.

Expert teams agree on the very step in about a third of hard episodes (15 of 43, see `labels.AGREEMENT`), so that the
figures within 1, 3 and 5 steps and of the category stand beside the exact one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from dreamdesk.model.finding import Category

Place = tuple[int | None, Category]
"""Where somebody says it went wrong: the step (None: no step can be named) and the category."""

ENOUGH = 20
"""Episodes below which a share says little: its 95 % interval is wider than 40 points."""

WITHIN = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two agree over the *n* episodes that both spoke of; all others are counts out of *n*.

    Attributes:
        right: An auditor, or a method where *method* is True.
        exact: The same step, or both named none; *within*: at most 1, 3 and 5 steps apart.
        category: The same category.
    """

    left: str
    right: str
    method: bool
    n: int
    exact: int
    within: tuple[int, int, int]
    category: int

    @property
    def enough(self) -> bool:
        """Whether there are enough episodes for the shares to mean something."""
        return self.n >= ENOUGH


def agreements(told: Mapping[int, Mapping[str, Place]], found: Mapping[int, Mapping[str, Place]]) -> list[Agreement]:
    """Compare the auditors pairwise and each with every method.

    *told*: by episode, what each auditor said; *found*: by episode, what each method puts first. Pairs that share no
    episode are left out; the order is by name, auditors before methods.
    """
    auditors = sorted({name for places in told.values() for name in places})
    methods = sorted({name for places in found.values() for name in places})
    pairs = []
    for left, right in combinations(auditors, 2):
        pairs.append(_agreement(left, right, False, [(p.get(left), p.get(right)) for p in told.values()]))
    for left in auditors:
        for method in methods:
            both = [(places.get(left), found.get(episode, {}).get(method)) for episode, places in told.items()]
            pairs.append(_agreement(left, method, True, both))
    return [pair for pair in pairs if pair.n]


def _agreement(left: str, right: str, method: bool, places: list[tuple[Place | None, Place | None]]) -> Agreement:
    both = [(one, other) for one, other in places if one is not None and other is not None]
    gaps = [_gap(one[0], other[0]) for one, other in both]
    near = tuple(sum(gap is not None and gap <= limit for gap in gaps) for limit in WITHIN)
    return Agreement(
        left,
        right,
        method,
        len(both),
        gaps.count(0),
        (near[0], near[1], near[2]),
        sum(one[1] is other[1] for one, other in both),
    )


def _gap(left: int | None, right: int | None) -> int | None:
    """Return how many steps apart two places are, 0 where neither names one, None where only one does."""
    if left is None or right is None:
        return 0 if left is right else None
    return abs(left - right)
