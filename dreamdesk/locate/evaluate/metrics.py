"""Measures of ranked error points against labels. Strict: the labelled decision itself, never a step near it.

Top-k, MRR and the rest are per episode and then averaged, so that an interval can be had by drawing episodes again
(percentile bootstrap, Efron 1979). A label that stands at no decision counts as a miss everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROUNDS = 1_000
"""How often episodes are drawn again for an interval."""

BINS = 10
"""Bins of equal width in which confidence and accuracy are compared (ECE, Guo et al. 2017)."""

PER_EPISODE = ("exact", "within 1", "within 3", "within 5", "top 3", "top 5", "MRR", "agent", "read", "in order")
"""The measures of one episode, in the order of a table."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How one method ranks the decisions of one labelled episode.

    Attributes:
        order: First steps of the decisions, the most suspect first.
        label: First step of the labelled turn.
        agents: Who made each decision, by its first step; without the label's own step, the agent is not measured.
        chances: Probabilities in the order of *order*; () where the method gives none.
        likely: How many decisions from the top make up the prediction set; 0 where the method gives none.
    """

    order: Sequence[int]
    label: int
    agents: Mapping[int, str]
    chances: Sequence[float] = ()
    likely: int = 0


def measures(ranking: Ranking) -> dict[str, float]:
    """Return the measures of one episode: shares are 0 or 1, "read" and "in order" are counts of decisions.

    "read" is how many decisions are read in the ranked order until the labelled one, "in order" the same from the
    start of the episode. "agent" is absent where the label's agent is not known.
    """
    order, label = ranking.order, ranking.label
    place = order.index(label) + 1 if label in order else 0
    gap = abs(order[0] - label)
    found = {"exact": float(place == 1)}
    found |= {f"within {k}": float(gap <= k) for k in (1, 3, 5)}
    found |= {f"top {k}": float(0 < place <= k) for k in (3, 5)}
    found["MRR"] = 1 / place if place else 0.0
    if ranking.agents.get(label):
        found["agent"] = float(ranking.agents.get(order[0]) == ranking.agents[label])
    found["read"] = float(place or len(order) + 1)
    found["in order"] = float(sorted(order).index(label) + 1 if place else len(order) + 1)
    return found


def mean(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each measure over the episodes that have it."""
    averaged = {}
    for name in PER_EPISODE:
        values = [one[name] for one in found if name in one]
        if values:
            averaged[name] = sum(values) / len(values)
    return averaged


def interval(values: Sequence[float], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean of *values*, which are one for each episode."""
    draw = random.Random(0)  # noqa: S311 - the same interval every time
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[min(rounds - 1, int(0.975 * rounds))]


def calibration_error(rankings: Sequence[Ranking]) -> float | None:
    """Return the expected calibration error of the first places: mean |accuracy - confidence|, weighted by bin size.

    None where no method gave probabilities.
    """
    told = [(r.chances[0], r.order[0] == r.label) for r in rankings if r.chances]
    if not told:
        return None
    error = 0.0
    for number in range(BINS):
        inside = [(p, hit) for p, hit in told if min(BINS - 1, int(p * BINS)) == number]
        if inside:
            error += abs(sum(hit for _, hit in inside) - sum(p for p, _ in inside)) / len(told)
    return error


def coverage(rankings: Sequence[Ranking]) -> tuple[float, float] | None:
    """Return how often the prediction set holds the labelled decision, and its mean size; None without sets."""
    sets = [r for r in rankings if r.likely]
    if not sets:
        return None
    held = sum(r.label in r.order[: r.likely] for r in sets)
    return held / len(sets), sum(r.likely for r in sets) / len(sets)
