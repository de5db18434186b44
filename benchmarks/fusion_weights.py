"""Computes the weights with which a model's opinion is joined with the desk's own (`resources/fusion/weights.json`).

    python benchmarks/fusion_weights.py LABELS [--write]

A fit would need what judges answered on labelled recordings, and such answers are not at hand. So the weights are
likelihood ratios instead: how much more often a published judge is right than chance, in log-odds. The hit rates of
the judges are published figures, named below; chance is computed here on the labelled recordings in LABELS, as far as
their label is on a decision. Nothing is measured about what the joined ranking gains.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from statistics import fmean

from dreamdesk.locate.evaluate.cases import Case
from dreamdesk.pipeline.evaluating import labelled_cases

# Strict hit rates of Claude Sonnet 4 without the expected answer on Who&When, from table 1 of AgenTracer (arXiv
# 2509.03312): the exact step, and the agent of the named step.
EXACT = {"algorithm-generated": 0.388, "hand-crafted": 0.190}
AGENT = {"algorithm-generated": 0.511, "hand-crafted": 0.500}
# All at once with GPT-4o on the hand-crafted part of Who&When (arXiv 2505.00212): the exact step, and within 3 steps.
NEAR_EXACT, NEAR_WITHIN = 0.053, 0.302
WITHIN = 3

WEIGHTS = Path(__file__).resolve().parents[1] / "resources" / "fusion" / "weights.json"


def chance(case: Case) -> tuple[float, float, float]:
    """Return how often a decision taken at random is the marked one, is another one of its agent, or is near it."""
    starts, place = case.rows.steps, case.rows.target
    assert place is not None
    agents = [case.agents[start] for start in starts]
    others = [at for at in range(len(starts)) if at != place]
    same = sum(agents[at] == agents[place] for at in others) / len(starts)
    near = sum(abs(at - place) <= WITHIN for at in others) / len(starts)
    return 1 / len(starts), same, near


def ratio(rate: float, by_chance: float) -> float:
    """Return the odds of *rate* over those of *by_chance*, as a logarithm."""
    return math.log(rate / (1 - rate)) - math.log(by_chance / (1 - by_chance))


def weights(labelled: list[Case]) -> dict[str, float]:
    """Return the weights of an exact hit, of nearness and of the same agent."""
    exact, agent, near = [], [], 0.0
    for family in EXACT:
        rates = [chance(case) for case in labelled if case.rows.family == family]
        hit, same, close = (fmean(column) for column in zip(*rates, strict=True))
        exact.append(ratio(EXACT[family], hit))
        # Among the misses only, so that nothing counts twice.
        agent.append(ratio((AGENT[family] - EXACT[family]) / (1 - EXACT[family]), same / (1 - hit)))
        if family == "hand-crafted":
            decay = fmean(math.exp(-distance / 2) for distance in range(1, WITHIN + 1))
            near = ratio((NEAR_WITHIN - NEAR_EXACT) / (1 - NEAR_EXACT), close / (1 - hit)) / decay
    near, by_agent = max(0.0, near), max(0.0, fmean(agent))
    # At an exact hit nearness and agent count too; together they come to the ratio of exact hits.
    return {"exact": max(0.0, fmean(exact) - near - by_agent), "near": near, "agent": by_agent}


def usable(labelled: list[Case]) -> list[Case]:
    """Return the cases of the two families whose label is on a decision."""
    return [case for case in labelled if case.rows.family in EXACT and case.rows.target is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    args = parser.parse_args()
    labelled = usable(labelled_cases(args.labels))
    found = {name: round(value, 3) for name, value in weights(labelled).items()}
    print(json.dumps({"episodes": len(labelled), "weights": found}, indent=2))
    if args.write:
        WEIGHTS.write_text(json.dumps({"weights": found, "basis": BASIS}, indent=2, ensure_ascii=False) + "\n")


BASIS = (
    "Log-odds ratios of published hit rates over chance (benchmarks/fusion_weights.py), not a fit: exact hits and"
    " agents of Claude Sonnet 4 without the expected answer on Who&When (arXiv 2509.03312, table 1), nearness of GPT-4o"
    " all at once (arXiv 2505.00212); chance computed on the labelled Who&When recordings. What joining gains was not"
    " measured."
)

if __name__ == "__main__":
    main()
