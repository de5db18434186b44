"""The recipe by which the shipped weights are made; cross-validation repeats all of it on every fold.

The general weights start from one and the same weight for every sign and move little, which holds best on agents that
were never seen. Each profile then learns from its own episodes alone. A team's and a service's starts from the general
weights, without the signs that pointed at the marked decision no more often than chance. The orchestrator's starts from
a common weight and may use the places of decisions: its episodes are so much longer that the others say little of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from random import Random

from dreamdesk.locate.calibration import Calibration, calibrate
from dreamdesk.locate.detectors import detectors
from dreamdesk.locate.fitting import Rows, fit
from dreamdesk.locate.ranker import Model, Weights, is_detector, probabilities
from dreamdesk.locate.traits import ORCHESTRATED

COMMON, COMMON_ORCHESTRATED = 0.3, 0.2
"""What each detector counts before any data speaks."""

STIFF, LOOSE, LOOSE_ORCHESTRATED = 50.0, 10.0, 15.0
"""Precision of the priors of the general and of the profiles' weights, in episodes."""

LEAST = 15
"""Marked episodes below which a profile is not worth having."""

TELLING = 1.0
"""How many standard errors from chance a sign must point to be used in a screened profile."""


def train(marked: Sequence[Rows]) -> Model:
    """Return the model that *marked* teaches, without calibrations. About a second for 150 episodes."""
    usable = [row for row in marked if row.target is not None]
    names = {name for row in usable for feature in row.features for name in feature} | set(detectors())
    placeless = {name for name in names if not _places(name)}
    general = fit(usable, _flat(placeless, COMMON), STIFF, placeless)
    general = Weights({name: weight for name, weight in general.features.items() if name in placeless}, COMMON)
    profiles: dict[str, Weights] = {}
    for profile, size in sorted(Counter(row.profile for row in usable).items()):
        own = [row for row in usable if row.profile == profile]
        if profile and size >= LEAST:
            profiles[profile] = _orchestrated(own, names) if profile == ORCHESTRATED else _screened(own, general)
    return Model(general, profiles)


def folded(count: int, seed: int, folds: int = 10) -> list[list[int]]:
    """Return the places of *count* episodes in *folds* parts, shuffled by *seed*; the same for the same seed."""
    order = Random(seed).sample(range(count), count)  # noqa: S311 - a shuffle, not a secret
    return [part for start in range(folds) if (part := order[start::folds])]


def crossed(marked: Sequence[Rows], seed: int = 0) -> list[list[float]]:
    """Return the probabilities of each episode's decisions under a model trained without its fold (of ten)."""
    return _left_out(marked, folded(len(marked), seed))


def unseen(marked: Sequence[Rows]) -> list[list[float]]:
    """Return the probabilities of each episode's decisions under a model that never saw its family."""
    families = dict.fromkeys(row.family for row in marked)
    return _left_out(marked, [[i for i, row in enumerate(marked) if row.family == family] for family in families])


def calibrated(marked: Sequence[Rows], model: Model) -> Model:
    """Return *model* with what cross-validation on *marked* says of how sure each profile may be.

    The general weights are measured on families that they never saw, since that is what they are used for.
    """
    inside, outside = crossed(marked), unseen(marked)
    found = {"": _measured(marked, outside, None)}
    found |= {profile: _measured(marked, inside, profile) for profile in model.profiles}
    return Model(model.general, model.profiles, found)


def pointing(marked: Sequence[Rows]) -> dict[str, float]:
    """Return for each feature how many standard errors more than by chance it pointed at the marked decision.

    This is the score test of a conditional logit at weights of zero.
    """
    excess: dict[str, float] = {}
    variance: dict[str, float] = {}
    for row in marked:
        first: dict[str, float] = {}
        second: dict[str, float] = {}
        for feature in row.features:
            for name, value in feature.items():
                first[name] = first.get(name, 0.0) + value / len(row.features)
                second[name] = second.get(name, 0.0) + value * value / len(row.features)
        hit = row.features[row.target] if row.target is not None else {}
        for name, mean in first.items():
            excess[name] = excess.get(name, 0.0) + hit.get(name, 0.0) - mean
            variance[name] = variance.get(name, 0.0) + second[name] - mean * mean
    return {name: excess[name] / math.sqrt(variance[name]) for name in excess if variance[name] > 1e-12}


def _places(name: str) -> bool:
    return name.startswith("@")


def _flat(names: set[str], common: float) -> Weights:
    return Weights({name: common if is_detector(name) else 0.0 for name in names}, common)


def _orchestrated(own: Sequence[Rows], names: set[str]) -> Weights:
    return fit(own, _flat(names, COMMON_ORCHESTRATED), LOOSE_ORCHESTRATED)


def _screened(own: Sequence[Rows], general: Weights) -> Weights:
    scores = pointing(own)
    near = {name for name, score in scores.items() if abs(score) > TELLING and not _places(name)}
    idle = {name for name, score in scores.items() if is_detector(name) and score < TELLING}
    start = {name: 0.0 if name in idle else weight for name, weight in general.features.items()}
    return fit(own, Weights(start, general.default), LOOSE, near)


def _left_out(marked: Sequence[Rows], parts: Sequence[Sequence[int]]) -> list[list[float]]:
    found: list[list[float]] = [[] for _ in marked]
    for part in parts:
        held = set(part)
        model = train([row for place, row in enumerate(marked) if place not in held])
        for place in part:
            row = marked[place]
            found[place] = probabilities(row.features, model.weights(row.profile))
    return found


def _measured(marked: Sequence[Rows], chances: Sequence[Sequence[float]], profile: str | None) -> Calibration:
    here = [place for place, row in enumerate(marked) if profile in (None, row.profile)]
    return calibrate([chances[place] for place in here], [marked[place].target for place in here])
