"""Shares with what they leave open: the score interval of Wilson (1927), the exact one of Clopper, Pearson (1934)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
"""Of intervals where nothing else is said."""

Interval = tuple[float, float]
"""Lower and upper end."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % interval; None for an expected value, which has none."""

    value: float
    low: float | None = None
    high: float | None = None


def wilson(hits: int, n: int) -> Figure:
    """Return *hits* of *n* with its interval."""
    return Figure(hits / n, *share_interval(hits, n))


def share_interval(hits: int, n: int) -> Interval:
    """Return the 95 % interval of the share *hits* of *n*."""
    return wilson_interval(hits, n, CONFIDENCE)


def normal_quantile(confidence: float) -> float:
    """Return how many standard deviations around the mean hold this share of a normal distribution."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson_interval(hits: int, n: int, confidence: float) -> Interval:
    """Return the score interval of the share *hits* of *n* (n > 0) at this two-sided confidence, above 0."""
    z, rate = normal_quantile(confidence), hits / n
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre - half if hits else 0.0, centre + half if hits < n else 1.0


def clopper_pearson(hits: int, n: int, confidence: float) -> Interval:
    """Return the exact interval of the share *hits* of *n* (n > 0) at this two-sided confidence.

    Its ends are quantiles of the beta distribution: never narrower than promised, whatever the true share.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _beta_quantile(tail, hits, n - hits + 1)
    high = 1.0 if hits == n else _beta_quantile(1 - tail, hits + 1, n - hits)
    return low, high


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Return where the beta distribution with *a* and *b* reaches *probability*, by halving to the last digit."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if beta_share(middle, a, b) < probability:
            low = middle
        else:
            high = middle


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for 0 < x < 1 (DLMF 8.17.22, continued fraction)."""
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side
        return 1 - front * _fraction(1 - x, b, a) / b
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction from the front, by the method of Lentz as Thompson and Barnett (1986) mend it."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d or tiny)
    value = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + numerator * d) or tiny)
            c = (1 + numerator / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value
