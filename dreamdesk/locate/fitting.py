"""Learning the ranker's weights from marked episodes: pure Python, deterministic, seconds for hundreds of episodes.

The weights are the maximum a posteriori of a conditional logit (McFadden 1974) under a Gaussian prior around weights
that were believed before. The weight of a detector never falls below zero: a sign of an error does not speak for
innocence because few episodes made it seem so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul

from dreamdesk.locate.ranker import Weights, features, is_detector, probabilities
from dreamdesk.locate.trace import Trace
from dreamdesk.locate.traits import profile_of
from dreamdesk.model.finding import Finding

RIDGE = 3.0
"""Precision of the Gaussian prior on each weight: how many marked episodes the prior is worth."""

_ROUNDS = 100
_NEAR = 1e-4
"""A fit has converged when no weight moves by more than this."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One marked episode as the ranker sees it.

    Attributes:
        family: The kind of agent or data set; every family weighs the same in a fit.
        steps: The first step of each decision.
        features: What `ranker.features` says about each decision, in the same order.
        label: The step that was marked: the first step of a turn.
        target: The place of the marked decision in *steps*, or None where the mark stands at no decision (a tool's
            output): it cannot be learned from, and counts as a miss.
        profile: The family of agents that the episode shows (`traits.profile_of`).
    """

    family: str
    steps: Sequence[int]
    features: Sequence[Mapping[str, float]]
    label: int
    target: int | None
    profile: str = ""


def rows(trace: Trace, found: Sequence[Finding], step: int, family: str = "") -> Rows:
    """Return the rows of *trace*, in which step *step* was marked; *found* is what the detectors found in it."""
    steps = [turn.start for turn in trace.decisions]
    label = trace.turn_of(step).start
    target = steps.index(label) if label in steps else None
    return Rows(family, steps, features(trace, found), label, target, profile_of(trace))


def fit(marked: Sequence[Rows], prior: Weights, ridge: float = RIDGE, free: Collection[str] | None = None) -> Weights:
    """Return the most probable weights after *marked*, when *prior* was believed before.

    *ridge* is the precision of the prior, in marked episodes: the larger, the nearer the result stays to *prior*.
    Only the features in *free* may move (all when None). Where nothing can be learned from, the result is *prior*. The
    same input gives the same weights, always.
    """
    return _Problem(marked, prior, ridge, free).weights()


def leave_one_out(marked: Sequence[Rows], prior: Weights, ridge: float = RIDGE) -> list[list[float]]:
    """Return, for each of *marked*, the probabilities of its decisions under weights fitted to all the others."""
    return cross_fitted(marked, prior, [[place] for place in range(len(marked))], ridge)


def cross_fitted(
    marked: Sequence[Rows], prior: Weights, folds: Sequence[Collection[int]], ridge: float = RIDGE
) -> list[list[float]]:
    """Return, for each of *marked*, the probabilities of its decisions under weights fitted without its fold.

    Each place in *marked* is in exactly one of *folds*.
    """
    problem = _Problem(marked, prior, ridge)
    found: list[list[float]] = [[] for _ in marked]
    for fold in folds:
        weights = problem.weights(frozenset(fold))
        for place in fold:
            found[place] = probabilities(marked[place].features, weights)
    return found


@dataclass(frozen=True, slots=True)
class _Case:
    """A marked episode with its features as sparse vectors; *share* makes the families weigh the same."""

    place: int
    vectors: list[list[tuple[int, float]]]
    target: int
    share: float


class _Problem:
    """The penalised likelihood of the marked decisions, solved by Newton's method with weights held at their floor.

    The curvature is computed at the optimum of all cases only. To leave a fold out, the solution for all is improved
    with that same curvature (the chord method), which a tenth of the cases hardly changes.
    """

    def __init__(
        self, marked: Sequence[Rows], prior: Weights, ridge: float, free: Collection[str] | None = None
    ) -> None:
        usable = [(place, row) for place, row in enumerate(marked) if row.target is not None]
        self._prior, self._ridge = prior, ridge
        self._names = sorted({name for _, row in usable for feature in row.features for name in feature})
        at = {name: i for i, name in enumerate(self._names)}
        sizes = Counter(row.family for _, row in usable)
        self._cases = [
            _Case(
                place,
                [[(at[name], value) for name, value in feature.items() if value] for feature in row.features],
                row.target or 0,
                len(usable) / len(sizes) / sizes[row.family],
            )
            for place, row in usable
        ]
        self._centre = [prior.of(name) for name in self._names]
        self._floor = [0.0 if is_detector(name) else -math.inf for name in self._names]
        self._fixed = [free is not None and name not in free for name in self._names]
        self._all: list[float] | None = None
        self._curvature: list[list[float]] = []

    def weights(self, without: frozenset[int] = frozenset()) -> Weights:
        """Return the weights fitted to every case whose place is not in *without*."""
        if not self._cases:
            return self._prior
        if self._all is None:
            self._all = self._newton()
            self._curvature = self._hessian(self._all)
        solved = self._improved(list(self._all), self._curvature, without) if without else self._all
        fitted = {name: round(weight, 4) for name, weight in zip(self._names, solved, strict=True)}
        return replace(self._prior, features={**self._prior.features, **fitted})

    def _newton(self) -> list[float]:
        weights = [max(c, f) for c, f in zip(self._centre, self._floor, strict=True)]
        for _ in range(_ROUNDS):
            before = weights
            weights = self._improved(weights, self._hessian(weights), frozenset(), rounds=1)
            if max(abs(a - b) for a, b in zip(before, weights, strict=True)) < _NEAR:
                break
        return weights

    def _improved(
        self, weights: list[float], curvature: list[list[float]], without: frozenset[int], rounds: int = _ROUNDS
    ) -> list[float]:
        """Step downhill by *curvature* until nothing moves; a weight that would fall below its floor stays on it."""
        factor: list[list[float]] = []
        held_before: list[bool] | None = None
        for _ in range(rounds):
            slope = self._slope(weights, without)
            held = [
                x or (w <= f and s > 0) for x, w, f, s in zip(self._fixed, weights, self._floor, slope, strict=True)
            ]
            if held != held_before:
                factor, held_before = _cholesky(curvature, held), held
            step = _solved(factor, [0.0 if h else s for h, s in zip(held, slope, strict=True)])
            moved = [w if h else max(w - s, f) for h, w, s, f in zip(held, weights, step, self._floor, strict=True)]
            near = max(abs(a - b) for a, b in zip(moved, weights, strict=True)) < _NEAR
            weights = moved
            if near:
                break
        return weights

    def _slope(self, weights: list[float], without: frozenset[int]) -> list[float]:
        """Return the gradient of the penalised negative log-likelihood."""
        slope = [self._ridge * (w - c) for w, c in zip(weights, self._centre, strict=True)]
        for case in self._cases:
            if case.place in without:
                continue
            for i, value in case.vectors[case.target]:
                slope[i] -= case.share * value
            for chance, vector in zip(_chances(case.vectors, weights), case.vectors, strict=True):
                heavy = case.share * chance
                for i, value in vector:
                    slope[i] += heavy * value
        return slope

    def _hessian(self, weights: list[float]) -> list[list[float]]:
        """Return the lower triangle of the matrix of second derivatives."""
        size = len(weights)
        table = [[0.0] * (i + 1) for i in range(size)]
        for i in range(size):
            table[i][i] = self._ridge
        for case in self._cases:
            mean: dict[int, float] = {}
            for chance, vector in zip(_chances(case.vectors, weights), case.vectors, strict=True):
                heavy = case.share * chance
                for i, value in vector:
                    mean[i] = mean.get(i, 0.0) + chance * value
                    row, weighted = table[i], heavy * value
                    for j, other in vector:
                        if j <= i:
                            row[j] += weighted * other
            middle = sorted(mean.items())
            for i, value in middle:
                row, weighted = table[i], case.share * value
                for j, other in middle:
                    if j > i:
                        break
                    row[j] -= weighted * other
        return table


def _chances(vectors: list[list[tuple[int, float]]], weights: list[float]) -> list[float]:
    scores = [sum(weights[i] * value for i, value in vector) for vector in vectors]
    peak = max(scores)
    powers = [math.exp(score - peak) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _cholesky(lower: list[list[float]], held: Sequence[bool]) -> list[list[float]]:
    """Factor the symmetric matrix of which *lower* is the lower triangle, without the rows and columns in *held*."""
    factor: list[list[float]] = []
    for i, source in enumerate(lower):
        row: list[float] = []
        for j in range(i + 1):
            value = float(i == j) if held[i] or held[j] else source[j]
            value -= _dot(row, factor[j] if j < i else row)
            row.append(math.sqrt(max(value, 1e-9)) if i == j else value / factor[j][j])
        factor.append(row)
    return factor


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the sum of the products of pairs, as far as both reach."""
    return math.fsum(map(mul, left, right))


def _solved(factor: list[list[float]], right: list[float]) -> list[float]:
    """Solve L Lᵀ x = *right* for x."""
    size = len(right)
    forward: list[float] = []
    for i, row in enumerate(factor):
        forward.append((right[i] - _dot(row, forward)) / row[i])
    found = [0.0] * size
    for i in range(size - 1, -1, -1):
        found[i] = forward[i] / factor[i][i]
        for j in range(i):
            forward[j] -= factor[i][j] * found[i]
    return found
