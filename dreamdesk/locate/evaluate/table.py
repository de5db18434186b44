"""The honest table: the ranker, cross-validated and as shipped, beside what chance, a constant and plain rules find."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dreamdesk.locate.calibration import calibrate, heated
from dreamdesk.locate.evaluate.cases import RULES, Case
from dreamdesk.locate.evaluate.metrics import (
    PER_EPISODE,
    Ranking,
    calibration_error,
    coverage,
    interval,
    mean,
    measures,
)
from dreamdesk.locate.ranker import Model, probabilities
from dreamdesk.locate.training import crossed, folded, unseen

SEEDS = 3
"""How often the folds are drawn; figures are means over them."""

SHUFFLES = 20
FEW = 10
"""Labelled failures below which nothing is cross-validated."""

CROSSED = "ranker, cross-validated"
SHIPPED = "ranker, as shipped"
UNSEEN = "ranker, family never seen"
CONSTANT = "best constant step"
RANDOM = "random decision"

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Line:
    """What one method reaches on one family.

    Attributes:
        episodes: How many labelled failures.
        figures: By the names of `metrics.PER_EPISODE`, and "ECE", "coverage", "set size" where the method gives them.
        intervals: The 95 % bootstrap interval of each of `metrics.PER_EPISODE`.
        spread: Standard deviation of "exact" over the draws of folds, or None where there is one draw.
    """

    family: str
    method: str
    episodes: int
    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    spread: float | None = None


def evaluate(cases: Sequence[Case], model: Model, seeds: int = SEEDS, told: Told | None = None) -> list[Line]:
    """Return a line for each family and method; *model* is the one that ships (or a desk's own).

    *told* hears of the progress: what is done, how far, of how much. Cross-validation is over episodes, of all families
    together, and repeats the whole recipe of `training` on each of ten folds.
    """
    marked = [case.rows for case in cases]
    runs: dict[str, list[list[Ranking]]] = {RANDOM: shuffled(cases), CONSTANT: [_constant(cases)]}
    for rule in RULES:
        runs[rule] = [[picked(case, case.picks.get(rule)) for case in cases]]
    runs[SHIPPED] = [[_shipped(case, model) for case in cases]]
    families = list(dict.fromkeys(row.family for row in marked))
    if len(cases) >= FEW:
        runs[CROSSED] = []
        for seed in range(seeds):
            if told:
                told("draws of folds cross-validated", seed, seeds)
            runs[CROSSED].append(_calibrated(cases, crossed(marked, seed)))
        if len(families) > 1:
            runs[UNSEEN] = [_plain(cases, unseen(marked))]
    lines = []
    for family in families:
        here = [place for place, row in enumerate(marked) if row.family == family]
        for method, draws in runs.items():
            lines.append(_line(family, method, [[draw[place] for place in here] for draw in draws]))
    return lines


def _line(family: str, method: str, draws: Sequence[Sequence[Ranking]]) -> Line:
    each = [[measures(ranking) for ranking in draw] for draw in draws]
    averaged = [mean([draw[place] for draw in each]) for place in range(len(each[0]))]
    figures = mean(averaged)
    intervals = {
        name: interval([one[name] for one in averaged if name in one]) for name in PER_EPISODE if name in figures
    }
    errors = [error for draw in draws if (error := calibration_error(draw)) is not None]
    sets = [held for draw in draws if (held := coverage(draw)) is not None]
    if errors:
        figures["ECE"] = sum(errors) / len(errors)
    if sets:
        figures["coverage"] = sum(held for held, _ in sets) / len(sets)
        figures["set size"] = sum(size for _, size in sets) / len(sets)
    exact = [mean(draw)["exact"] for draw in each]
    middle = sum(exact) / len(exact)
    spread = (sum((value - middle) ** 2 for value in exact) / len(exact)) ** 0.5 if method == CROSSED else None
    return Line(family, method, len(averaged), figures, intervals, spread)


def _ranking(case: Case, chances: Sequence[float], likely: int = 0) -> Ranking:
    """Rank the decisions by falling chance, ties by place."""
    steps = case.rows.steps
    order = sorted(range(len(steps)), key=lambda place: (-chances[place], place))
    ranked = [chances[place] for place in order]
    return Ranking([steps[place] for place in order], case.rows.label, case.agents, ranked, likely)


def _shipped(case: Case, model: Model) -> Ranking:
    calibration = model.calibration(case.rows.profile)
    chances = probabilities(case.rows.features, model.weights(case.rows.profile), calibration.temperature)
    return _ranking(case, chances, len(calibration.likely(chances)))


def _plain(cases: Sequence[Case], chances: Sequence[Sequence[float]]) -> list[Ranking]:
    return [_ranking(case, given) for case, given in zip(cases, chances, strict=True)]


def _calibrated(cases: Sequence[Case], chances: Sequence[Sequence[float]]) -> list[Ranking]:
    """Rank by out-of-fold *chances*, calibrated on the other nine tenths of each family."""
    found: list[Ranking | None] = [None] * len(cases)
    for family in dict.fromkeys(case.rows.family for case in cases):
        here = [place for place, case in enumerate(cases) if case.rows.family == family]
        for part in folded(len(here), 1):
            held = {here[place] for place in part}
            others = [place for place in here if place not in held]
            measured = calibrate([chances[p] for p in others], [cases[p].rows.target for p in others])
            for place in held:
                tempered = heated(chances[place], measured.temperature)
                found[place] = _ranking(cases[place], tempered, len(measured.likely(tempered)))
    return [ranking for ranking in found if ranking is not None]


def shuffled(cases: Sequence[Case]) -> list[list[Ranking]]:
    """Return `SHUFFLES` rankings of each case in which the decisions stand in a random order, always the same ones."""
    draw = random.Random(0)  # noqa: S311 - the same baseline every time
    return [
        [Ranking(draw.sample(list(c.rows.steps), len(c.rows.steps)), c.rows.label, c.agents) for c in cases]
        for _ in range(SHUFFLES)
    ]


def picked(case: Case, step: int | None) -> Ranking:
    """Put *step* first and the others in order behind it."""
    rest = [other for other in case.rows.steps if other != step]
    return Ranking(rest if step is None else [step, *rest], case.rows.label, case.agents)


def _constant(cases: Sequence[Case]) -> list[Ranking]:
    """Rank the places by how often the label stood there in the other nine tenths of the family."""
    found: dict[int, Ranking] = {}
    for family in dict.fromkeys(case.rows.family for case in cases):
        here = [place for place, case in enumerate(cases) if case.rows.family == family]
        for part in folded(len(here), 0):
            held = {here[place] for place in part}
            counts = Counter(cases[place].rows.label for place in here if place not in held)
            for place in held:
                steps = sorted(cases[place].rows.steps, key=lambda step: (-counts[step], step))
                found[place] = Ranking(steps, cases[place].rows.label, cases[place].agents)
    return [found[place] for place in range(len(cases))]
