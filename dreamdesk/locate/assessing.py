"""Assessing: how well rankings of a desk's own episodes meet the labels that its auditors confirmed.

Strict figures: a hit is the labelled step itself. Shares carry the 95 % interval of Wilson (1927), means that of a
bootstrap over episodes (Efron 1979; 400 resamples, the same ones every time). Baselines that know nothing stand in the
same table, because a short episode is easily guessed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ENOUGH = 20
"""Episodes below which a figure is not said: its interval would be wider than 40 points."""

_Z = 1.959964
_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Ranked:
    """One labelled episode and a ranking of its decisions.

    Attributes:
        ranking: Steps that begin a decision, best first; it may stop early.
        label: The step that the auditors confirmed.
        decisions: All decisions of the episode in order.
        probability: What the ranking gives its first step, or None.
        errors: Steps whose result was an error, for a baseline.
    """

    ranking: Sequence[int]
    label: int
    decisions: Sequence[int]
    probability: float | None = None
    errors: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A share or a mean with its 95 % interval; None for an expected value, which has none."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table: how a method, or a *baseline*, does on *n* episodes.

    Attributes:
        exact: The first step is the labelled one; *within*: at most 1, 3 and 5 steps away; *top*: among the first 3, 5.
        mrr: Mean reciprocal rank; a label that is not ranked counts 0.
        effort: Decisions read until the labelled one: down the ranking, then the others in order.
        calibration: Expected calibration error of the first step's probability, ten equal bins; None without any.
    """

    name: str
    baseline: bool
    n: int
    exact: Figure
    within: tuple[Figure, Figure, Figure]
    top: tuple[Figure, Figure]
    mrr: Figure
    effort: Figure
    calibration: float | None = None

    @property
    def enough(self) -> bool:
        """Whether there are enough episodes to say the figures."""
        return self.n >= ENOUGH


def figures(name: str, cases: Sequence[Ranked], *, baseline: bool = False) -> Figures:
    """Return the row of a method over the episodes that it ranked; *cases* is not empty."""
    share = _shares(cases)
    return Figures(
        name,
        baseline,
        len(cases),
        share(lambda c: c.ranking[:1] == [c.label]),
        (share(lambda c: _near(c, 1)), share(lambda c: _near(c, 3)), share(lambda c: _near(c, 5))),
        (share(lambda c: c.label in c.ranking[:3]), share(lambda c: c.label in c.ranking[:5])),
        _mean([1 / (list(c.ranking).index(c.label) + 1) if c.label in c.ranking else 0.0 for c in cases]),
        _mean([float(_effort(c)) for c in cases]),
        _calibration(cases),
    )


def baselines(cases: Sequence[Ranked]) -> list[Figures]:
    """Return the rows of those who know nothing: a random decision, reading in order or backwards, a rule of errors."""
    rules: tuple[tuple[str, Callable[[Ranked], list[int]]], ...] = (
        ("reading in order", lambda c: list(c.decisions)),
        ("reading backwards", lambda c: list(c.decisions)[::-1]),
        ("the decision before the first error", _before_error),
    )
    rows = [_random(cases)]
    for name, rule in rules:
        rows.append(figures(name, [Ranked(rule(c), c.label, c.decisions) for c in cases], baseline=True))
    return rows


def _before_error(case: Ranked) -> list[int]:
    first = min(case.errors, default=None)
    before = [step for step in case.decisions if first is not None and step < first][-1:]
    return before + [step for step in case.decisions if step not in before]


def _random(cases: Sequence[Ranked]) -> Figures:
    """Return what a random order of the decisions is expected to reach."""

    def expected(part: Callable[[Ranked, int], float]) -> Figure:
        return Figure(sum(part(c, max(1, len(c.decisions))) for c in cases) / len(cases))

    def near(limit: int) -> Figure:
        return expected(lambda c, n: sum(abs(step - c.label) <= limit for step in c.decisions) / n)

    return Figures(
        "a random decision",
        True,
        len(cases),
        expected(lambda c, n: 1 / n),
        (near(1), near(3), near(5)),
        (expected(lambda c, n: min(3, n) / n), expected(lambda c, n: min(5, n) / n)),
        expected(lambda c, n: sum(1 / place for place in range(1, n + 1)) / n),
        expected(lambda c, n: (n + 1) / 2),
    )


def _near(case: Ranked, limit: int) -> bool:
    return bool(case.ranking) and abs(case.ranking[0] - case.label) <= limit


def _effort(case: Ranked) -> int:
    order = [*case.ranking, *(step for step in case.decisions if step not in set(case.ranking))]
    return order.index(case.label) + 1 if case.label in order else len(order) + 1


def _shares(cases: Sequence[Ranked]) -> Callable[[Callable[[Ranked], bool]], Figure]:
    return lambda hit: wilson(sum(map(hit, cases)), len(cases))


def wilson(hits: int, n: int) -> Figure:
    """Return *hits* of *n* with the score interval of Wilson (1927)."""
    rate = hits / n
    centre = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * math.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return Figure(rate, max(0.0, centre - half), min(1.0, centre + half))


def _mean(values: Sequence[float]) -> Figure:
    chance = random.Random(0)  # noqa: S311 - resampling, no secret
    n = len(values)
    means = sorted(sum(chance.choices(values, k=n)) / n for _ in range(_RESAMPLES))
    low, high = means[int(_RESAMPLES * 0.025)], means[int(_RESAMPLES * 0.975)]
    return Figure(sum(values) / n, low, high)


def _calibration(cases: Sequence[Ranked]) -> float | None:
    """Return the mean gap between the probability of the first step and how often it hits, over ten bins."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for case in cases:
        if case.probability is None or not case.ranking:
            return None
        place = min(9, int(case.probability * 10))
        bins.setdefault(place, []).append((case.probability, case.ranking[0] == case.label))
    gaps = [abs(sum(p for p, _ in some) - sum(hit for _, hit in some)) for some in bins.values()]
    return sum(gaps) / len(cases)
