"""Shares with what they leave open: the score interval of Wilson (1927)."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964
"""The 97.5th percentile of the standard normal distribution: intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % interval; None for an expected value, which has none."""

    value: float
    low: float | None = None
    high: float | None = None


def wilson(hits: int, n: int) -> Figure:
    """Return *hits* of *n* with its interval."""
    return Figure(hits / n, *share_interval(hits, n))


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of the share *hits* of *n*."""
    rate = hits / n
    centre = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)
