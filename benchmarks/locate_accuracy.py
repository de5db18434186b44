"""How well the offline ranker finds the decision that experts marked, by cross-validation over episodes.

    python benchmarks/locate_accuracy.py LABELS [RETAIL_EPISODES]

Strict: the first step of the predicted turn must equal that of the marked one. ±k counts decisions within k steps.
Baselines stand in the same table: a random decision, the best constant step (chosen on the training folds) and the
decision before the first error. Each figure is in per cent but MRR and reading effort ("read": how many decisions are
read until the marked one; "in order": the same, read from the start). Intervals are 95 %, by bootstrap over episodes.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from fit_ranker import Rows, fit, rows
from labelled import cases

from dreamdesk.locate.ranker import probabilities

FOLDS = 10
Order = list[int]
"""The steps of a case's decisions, the most suspect first."""


def ranked(row: Rows, scores: Sequence[float]) -> Order:
    """Order the decisions of *row* by falling score, ties by place."""
    return [step for _, step in sorted(zip(scores, row.steps, strict=True), key=lambda pair: (-pair[0], pair[1]))]


def first_error(row: Rows) -> Order:
    return ranked(row, [feature.get("first-error", 0.0) for feature in row.features])


def constant(training: Sequence[Rows]) -> Callable[[Rows], Order]:
    counts: dict[int, int] = {}
    for row in training:
        counts[row.label] = counts.get(row.label, 0) + 1
    return lambda row: ranked(row, [float(counts.get(step, 0)) for step in row.steps])


def figures(orders: Sequence[Order], labels: Sequence[int]) -> dict[str, float]:
    """Return the measures over cases whose orders and labels are given pairwise."""
    n = len(labels)
    pairs = list(zip(orders, labels, strict=True))
    places = [order.index(label) + 1 if label in order else None for order, label in pairs]
    found = {"exact": 100 * sum(place == 1 for place in places) / n}
    for k in (1, 3):
        found[f"±{k}"] = 100 * sum(abs(order[0] - label) <= k for order, label in pairs) / n
    for k in (3, 5):
        found[f"top-{k}"] = 100 * sum(place is not None and place <= k for place in places) / n
    found["MRR"] = sum(1 / place for place in places if place) / n
    found["read"] = sum(place or len(order) + 1 for place, (order, _) in zip(places, pairs, strict=True)) / n
    return found


def interval(hits: Sequence[bool], rounds: int = 2000) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the share of *hits*, in per cent."""
    draw = random.Random(0)
    means = sorted(100 * sum(draw.choices(hits, k=len(hits))) / len(hits) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[int(0.975 * rounds)]


def crossed(data: Sequence[Rows], seed: int) -> tuple[list[Order], list[Order]]:
    """Return the ranker's and the constant's orders for each case, each made without that case's fold."""
    order = list(range(len(data)))
    random.Random(seed).shuffle(order)
    learned: list[Order] = [[] for _ in data]
    fixed: list[Order] = [[] for _ in data]
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        training = [row for i, row in enumerate(data) if i not in held]
        weights = fit(training)
        for i in held:
            learned[i] = ranked(data[i], probabilities(data[i].features, weights))
            fixed[i] = constant([row for row in training if row.family == data[i].family])(data[i])
    return learned, fixed


def line(name: str, measured: dict[str, float], note: str = "") -> str:
    cells = [f"{v:6.3f}" if k == "MRR" else f"{v:6.1f}" for k, v in measured.items()]
    return f"  {name:<34}" + " ".join(cells) + f"  {note}"


def averaged(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: sum(part[key] for part in parts) / len(parts) for key in parts[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("retail", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    data = rows(cases(asked.labels, asked.retail))
    runs = [crossed(data, seed) for seed in range(asked.seeds)]
    for family in dict.fromkeys(row.family for row in data):
        here = [i for i, row in enumerate(data) if row.family == family]
        mine, labels = [data[i] for i in here], [data[i].label for i in here]
        outside = sum(row.target is None for row in mine)
        mean = sum(len(row.steps) for row in mine) / len(here)
        print(f"{family}: {len(here)} episodes, {mean:.1f} decisions on average, {outside} labels at no decision")
        print("  " + " " * 34 + " ".join(f"{key:>6}" for key in figures([[0]], [0])))
        draw = random.Random(1)
        shuffles = [[draw.sample(row.steps, len(row.steps)) for row in mine] for _ in range(50)]
        print(line("random decision", averaged([figures(orders, labels) for orders in shuffles])))
        print(line("best constant step", averaged([figures([fixed[i] for i in here], labels) for _, fixed in runs])))
        print(line("decision before the first error", figures([first_error(row) for row in mine], labels)))
        print(line("in order", figures([row.steps for row in mine], labels)))
        hits = [learned[i][0] == data[i].label for learned, _ in runs for i in here]
        low, high = interval(hits[: len(here)])
        note = f"exact [{low:.0f}, {high:.0f}]"
        print(line("ranker, cross-validated", averaged([figures([o[i] for i in here], labels) for o, _ in runs]), note))
        away = fit([row for row in data if row.family != family])
        unseen = [ranked(row, probabilities(row.features, away)) for row in mine]
        print(line("ranker, family never seen", figures(unseen, labels)))


if __name__ == "__main__":
    main()
