"""Agreement beyond chance: Cohen's kappa for two who judged the same items, Krippendorff's alpha for any number.

Both ask how much of the disagreement that chance would bring is missing: 1 is full agreement, 0 what chance gives, and
less than 0 is worse than chance. What counts as the same may be given, so that steps next to each other can be taken as
one; without it the values must be equal (nominal data).

J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960) 37–46; with
what counts as the same it is the weighted kappa of Cohen (1968) with weights 0 and 1. K. Krippendorff, Computing
Krippendorff's alpha-reliability (2011), whose units may lack the word of some.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq

from dreamdesk.model.intervals import CONFIDENCE, Interval, normal_quantile

Same = Callable[[Hashable, Hashable], bool]
"""Tells whether two judgements count as the same; it must not matter which comes first."""

ENOUGH = 30
"""Items below which no coefficient is said: their intervals are wider than the difference between good and poor."""

DRAWS = 1000
"""Resamples of a bootstrap."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient over *n* items that at least two judged.

    *value* is None where it says nothing: under `ENOUGH` items, or where nobody ever used a second value, so that
    chance would agree as well. *raters*: how many judged.
    """

    n: int
    raters: int
    agreed: float | None
    value: float | None
    interval: Interval | None
    enough: bool


def kappa(pairs: Sequence[tuple[Hashable, Hashable]], same: Same = eq) -> float | None:
    """Return Cohen's kappa of the judgements of two on the same items; None where it is not defined."""
    n = len(pairs)
    if not n:
        return None
    left, right = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    observed = sum(same(one, other) for one, other in pairs) / n
    expected = sum(a * b for one, a in left.items() for other, b in right.items() if same(one, other)) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def alpha(units: Sequence[Sequence[Hashable]], same: Same = eq) -> float | None:
    """Return Krippendorff's alpha; each unit holds the judgements of whoever judged it. None where not defined.

    Units that fewer than two judged say nothing and are left out.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    total = sum(map(len, pairable))
    if not total:
        return None
    observed = sum(_differing(Counter(unit), same) / (len(unit) - 1) for unit in pairable) / total
    expected = _differing(Counter(value for unit in pairable for value in unit), same) / (total * (total - 1))
    return None if not expected else 1 - observed / expected


def _differing(counts: Counter[Hashable], same: Same) -> int:
    """Return how many ordered pairs of different judgements there are that do not count as the same."""
    return sum(a * b for one, a in counts.items() for other, b in counts.items() if not same(one, other))


def bootstrap(
    items: Sequence[Sequence[Hashable]], measure: Callable[[Sequence[Sequence[Hashable]]], float | None]
) -> Interval | None:
    """Return the 95 % percentile interval of *measure* over `DRAWS` resamples of *items*, the same on every run.

    B. Efron, Bootstrap methods, Annals of Statistics 7 (1979) 1–26. Resamples on which the measure is not defined are
    left out; None where that is more than half.
    """
    chance = random.Random(len(items))  # noqa: S311  # repeatable, and no secret
    found = [measure(chance.choices(items, k=len(items))) for _ in range(DRAWS)]
    values = sorted(value for value in found if value is not None)
    if len(values) < DRAWS / 2:
        return None
    tail = (1 - CONFIDENCE) / 2
    return values[int(tail * len(values))], values[min(len(values) - 1, int((1 - tail) * len(values)))]


def kappa_interval(pairs: Sequence[tuple[Hashable, Hashable]], same: Same = eq) -> Interval | None:
    """Return the 95 % interval of `kappa` for many items; None where kappa is not defined.

    J. L. Fleiss, J. Cohen and B. S. Everitt, Large sample standard errors of kappa and weighted kappa, Psychological
    Bulletin 72 (1969) 323–327, with weights 0 and 1.
    """
    value = kappa(pairs, same)
    if value is None:
        return None
    n = len(pairs)
    left, right = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_left = {one: sum(b for other, b in right.items() if same(one, other)) / n for one in left}
    by_right = {other: sum(a for one, a in left.items() if same(one, other)) / n for other in right}
    observed = sum(same(one, other) for one, other in pairs) / n
    expected = sum(a * by_left[one] for one, a in left.items()) / n
    spread = sum(
        number * (same(one, other) * (1 - expected) - (by_left[one] + by_right[other]) * (1 - observed)) ** 2
        for (one, other), number in Counter(pairs).items()
    )
    variance = spread / n - (observed * expected - 2 * expected + observed) ** 2
    half = normal_quantile(CONFIDENCE) * math.sqrt(max(0.0, variance) / n) / (1 - expected) ** 2
    return max(-1.0, value - half), min(1.0, value + half)


def of_two(pairs: Sequence[tuple[Hashable, Hashable]], same: Same = eq) -> Coefficient:
    """Return Cohen's kappa of two with its interval; the value is left out under `ENOUGH` items."""
    agreed = sum(same(*pair) for pair in pairs) / len(pairs) if pairs else None
    if len(pairs) < ENOUGH:
        return Coefficient(len(pairs), 2, agreed, None, None, False)
    return Coefficient(len(pairs), 2, agreed, kappa(pairs, same), kappa_interval(pairs, same), True)


def of_all(judged: Sequence[Mapping[str, Hashable]], same: Same = eq) -> Coefficient:
    """Return Krippendorff's alpha over items, each judged by whoever is named, with its interval.

    *agreed* is the share of pairs of judgements of one item that count as the same.
    """
    shared = [item for item in judged if len(item) > 1]
    raters = len({name for item in shared for name in item})
    units = [tuple(item[name] for name in sorted(item)) for item in shared]
    pairs = sum(len(unit) * (len(unit) - 1) for unit in units)
    agreed = 1 - sum(_differing(Counter(unit), same) for unit in units) / pairs if pairs else None
    if len(units) < ENOUGH:
        return Coefficient(len(units), raters, agreed, None, None, False)
    interval = bootstrap(units, lambda some: alpha(some, same))
    return Coefficient(len(units), raters, agreed, alpha(units, same), interval, True)
