"""Why the ranker put the decisions in this order, and how sure that makes it, in sentences and measured figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dreamdesk.locate.calibration import SHORT, TARGET, Calibration
from dreamdesk.locate.ranker import Weights, is_detector
from dreamdesk.locate.trace import Trace
from dreamdesk.locate.traits import sentence
from dreamdesk.model.episode import Actor
from dreamdesk.model.explanation import Contribution, Explained, Explanation
from dreamdesk.model.finding import Category, Finding

SHOWN = 4
"""Contributions that are shown one by one; the others are added up."""

HOPELESS = 0.1
"""Measured hit rate of the best candidate's band below which nothing can be determined."""

MEASURED = 20
"""Decisions that a band, or episodes that a prediction set, must have been measured on to speak of it."""


def explain(
    trace: Trace,
    rows: Sequence[Mapping[str, float]],
    chances: Sequence[float],
    found: Sequence[Finding],
    weights: Weights,
    calibration: Calibration,
    profile: str,
    most: int,
) -> Explanation:
    """Return the explanation of the *most* likely decisions of *trace*.

    *rows*, *chances*: the features and calibrated probabilities of the decisions, in order; *found*: all findings.
    """
    order = sorted(range(len(chances)), key=lambda place: (-chances[place], place))
    usual = _mean(rows)
    said = {(finding.step, finding.detector): finding.why for finding in sorted(found, key=lambda f: abs(f.strength))}
    explained = tuple(
        Explained(
            step := trace.decisions[place].start,
            chances[place],
            calibration.band(chances[place]),
            contributions(rows[place], usual, weights, {d: why for (s, d), why in said.items() if s == step}),
        )
        for place in order[:most]
    )
    likely = calibration.likely(chances)
    believed = calibration.coverage >= TARGET and calibration.shown >= MEASURED
    verdict, why = _verdict(trace, chances, explained, found)
    if not believed or len(likely) > SHORT or len(likely) == len(chances):
        return Explanation(profile, explained, verdict=verdict, why=why)
    steps = tuple(trace.decisions[place].start for place in likely)
    return Explanation(profile, explained, steps, calibration.coverage, calibration.shown, verdict, why)


def contributions(
    row: Mapping[str, float], usual: Mapping[str, float], weights: Weights, said: Mapping[str, str]
) -> tuple[Contribution, ...]:
    """Return what sets a decision apart from the *usual* one of its episode, strongest first.

    Only differences between decisions matter to a conditional logit, so the points count from the episode's mean: they
    add up to the decision's score less the mean score. What is not shown one by one is added up in the last one.
    """
    points = {name: weights.of(name) * (row.get(name, 0.0) - usual[name]) for name in usual}
    present = [name for name in points if row.get(name) and (name in said or not is_detector(name))]
    shown = [name for name in sorted(present, key=lambda n: (-abs(points[n]), n))[:SHOWN] if points[name]]
    rest = math.fsum(value for name, value in points.items() if name not in shown)
    speaking = math.fsum(points[name] for name in shown if points[name] > 0) + max(0.0, rest)

    def share(value: float) -> float:
        return value / speaking if value > 0 and speaking else 0.0

    found = [Contribution(name, said.get(name) or sentence(name), points[name], share(points[name])) for name in shown]
    if abs(rest) > 1e-9:
        found.append(Contribution("", "All other signs together.", rest, share(rest)))
    return tuple(found)


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: math.fsum(row.get(name, 0.0) for row in rows) / len(rows) for name in names}


def _verdict(
    trace: Trace, chances: Sequence[float], explained: Sequence[Explained], found: Sequence[Finding]
) -> tuple[Category | None, str]:
    """Tell whether the ranking should be read at all; the reason in a sentence."""
    if not any(finding.strength > 0 for finding in found):
        return Category.D0, "No detector found anything in this episode, so the order below rests on habit alone."
    users = math.fsum(p for p, turn in zip(chances, trace.decisions, strict=True) if turn.actor is Actor.USER)
    if users > 0.5:
        return Category.D15, f"The user's own turns hold {users:.0%} of the probability, more than all of the agent's."
    band = explained[0].band if explained else None
    if band and band.n >= MEASURED and band.rate is not None and band.rate < HOPELESS:
        why = f"Decisions scored like the best one here were the marked one in {band.hits} of {band.n} cases only."
        return Category.D0, f"{why} Read the episode in order."
    return None, ""
