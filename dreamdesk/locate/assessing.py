"""Assessing: how well what a desk showed meets the labels that its auditors confirmed, beside rules that know nothing.

The measures are those of `evaluate.metrics`; here they are taken of the rankings that people saw, not of weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreamdesk.locate.evaluate.cases import RULES, Case
from dreamdesk.locate.evaluate.metrics import Ranking, calibration_error, interval, mean, measures
from dreamdesk.locate.evaluate.table import RANDOM, picked, shuffled
from dreamdesk.model.intervals import share_interval

ENOUGH = 20
"""Episodes below which a figure is not said: its interval would be wider than 40 points."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table: how a method, or a *baseline*, does on *n* episodes.

    *values* and their 95 % *intervals* by the names of `metrics.PER_EPISODE`; *calibration*: the expected calibration
    error of the first place, None where the method gives no probabilities.
    """

    name: str
    baseline: bool
    n: int
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    calibration: float | None = None

    @property
    def enough(self) -> bool:
        """Whether there are enough episodes to say the figures."""
        return self.n >= ENOUGH


def shown(case: Case, steps: Sequence[int], probability: float | None = None) -> Ranking:
    """Return the ranking of somebody who looks at *steps*, best first, and then reads the other decisions in order."""
    rest = [step for step in case.rows.steps if step not in set(steps)]
    return Ranking([*steps, *rest], case.rows.label, case.agents, () if probability is None else (probability,))


def figures(name: str, rankings: Sequence[Ranking], *, baseline: bool = False) -> Figures:
    """Return the row of a method over the episodes that it ranked; *rankings* is not empty."""
    return _row(name, baseline, [measures(ranking) for ranking in rankings], calibration_error(rankings))


def baselines(cases: Sequence[Case]) -> list[Figures]:
    """Return the rows of those who know nothing: a random decision, and the plain rules of the evaluation."""
    draws = [[measures(ranking) for ranking in draw] for draw in shuffled(cases)]
    averaged = [mean([draw[place] for draw in draws]) for place in range(len(cases))]
    return [_row(RANDOM, True, averaged, None)] + [
        figures(rule, [picked(case, case.picks.get(rule)) for case in cases], baseline=True) for rule in RULES
    ]


def _row(name: str, baseline: bool, each: Sequence[Mapping[str, float]], calibration: float | None) -> Figures:
    values = mean(each)
    intervals = {measure: _interval([one[measure] for one in each if measure in one]) for measure in values}
    return Figures(name, baseline, len(each), values, intervals, calibration)


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the interval of a share by Wilson, of any other mean by drawing episodes again.

    Drawn again, no hit at all would seem certain.
    """
    if not set(values) <= {0.0, 1.0}:
        return interval(values)
    return share_interval(round(sum(values)), len(values))
