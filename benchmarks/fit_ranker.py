"""Fit the ranker's weights on labelled failures and write ``resources/ranker/offline.json``.

    python benchmarks/fit_ranker.py LABELS [RETAIL_EPISODES] [--write]

Without --write it prints the weights only. LABELS and RETAIL_EPISODES: see labelled.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from labelled import Case, cases

from dreamdesk.locate.detectors import detectors
from dreamdesk.locate.offline import findings
from dreamdesk.locate.ranker import Weights, features
from dreamdesk.locate.resources import resource
from dreamdesk.locate.trace import Trace

RIDGE = 3.0
"""Strength of the L2 penalty (the precision of a Gaussian prior on each weight), in units of a case."""

PRIOR = 0.6
"""What a detector counts before any data speaks."""


@dataclass(frozen=True)
class Rows:
    """The features of one case: one row per decision, the steps of the decisions, and the marked decision's place.

    *target* is None where the label points at something that is no decision (a tool's output): it cannot be learned
    from, and counts as a miss.
    """

    family: str
    steps: list[int]
    features: list[dict[str, float]]
    label: int
    target: int | None


def rows(found: Sequence[Case]) -> list[Rows]:
    made = []
    for case in found:
        trace = Trace(case.episode)
        steps = [turn.start for turn in trace.decisions]
        target = steps.index(case.label) if case.label in steps else None
        made.append(Rows(case.family, steps, features(trace, findings(case.episode)), case.label, target))
    return made


def fit(training: Sequence[Rows], ridge: float = RIDGE, rounds: int = 400) -> Weights:
    """Return the weights that maximise the ridge-penalised likelihood of the marked decisions.

    Every family weighs the same, so that the largest does not speak for all. The prior of a detector's weight is
    centred on `PRIOR` and kept from falling below zero: on this little data a sign of an error would else now and then
    speak for innocence. Projected gradient ascent with momentum; the problem is convex. A detector that is added later
    gets the median weight of the others.
    """
    usable = [row for row in training if row.target is not None]
    names = sorted({name for row in usable for feature in row.features for name in feature})
    place = {name: i for i, name in enumerate(names)}
    families = {row.family for row in usable}
    sizes = {family: sum(row.family == family for row in usable) for family in families}
    tables, owner, targets, shares = [], [], [], []
    for number, row in enumerate(usable):
        table = np.zeros((len(row.features), len(names)))
        for i, feature in enumerate(row.features):
            for name, value in feature.items():
                table[i, place[name]] = value
        targets.append(len(owner) + row.target)
        owner += [number] * len(row.features)
        shares.append(len(usable) / len(families) / sizes[row.family])
        tables.append(table)
    x, who, share = np.vstack(tables), np.array(owner), np.array(shares)
    starts = np.searchsorted(who, np.arange(len(usable)))
    goal = (x[targets] * share[:, None]).sum(axis=0)
    weights, speed = np.zeros(len(names)), np.zeros(len(names))
    centre = np.array([PRIOR if name in detectors() else 0.0 for name in names])
    floor = np.array([0.0 if name in detectors() else -np.inf for name in names])
    rate = 2.0 / len(usable)
    for _ in range(rounds):
        score = x @ weights
        power = np.exp(score - np.maximum.reduceat(score, starts)[who])
        chance = power / np.add.reduceat(power, starts)[who] * share[who]
        slope = goal - x.T @ chance - ridge * (weights - centre)
        speed = 0.9 * speed + rate * 0.1 * slope
        weights = np.maximum(weights + speed, floor)
    fitted = {name: round(float(weights[place[name]]), 4) for name in names}
    known = [fitted[name] for name in detectors() if name in fitted]
    return Weights(fitted, round(float(np.median(known)), 4) if known else PRIOR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("retail", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    fitted = fit(rows(cases(asked.labels, asked.retail)))
    text = json.dumps({"version": 1, "default": fitted.default, "weights": fitted.features}, indent=2) + "\n"
    if asked.write:
        resource("ranker", "offline.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
