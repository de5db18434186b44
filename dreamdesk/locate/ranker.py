"""The ranker: a conditional logit over what the detectors found, its weights a resource with a data card.

The score of a decision is the sum of weight x value over its features, so that each feature's part of it can be shown.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from dreamdesk.locate.calibration import Calibration
from dreamdesk.locate.resources import resource
from dreamdesk.locate.trace import Trace
from dreamdesk.locate.traits import described
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature counts. *default* is for detectors that were added after the weights were fitted."""

    features: Mapping[str, float]
    default: float

    def of(self, name: str) -> float:
        """Return the weight of feature or detector *name*."""
        return self.features.get(name, self.default if is_detector(name) else 0.0)


@dataclass(frozen=True, slots=True)
class Model:
    """All that the ranker knows: general weights, the weights of the profiles, and how sure each makes it.

    Attributes:
        general: For agents of no known profile.
        profiles: Weights by the name of a profile (`traits.profile_of`).
        calibrations: By the name of a profile; "" is the general one's.
    """

    general: Weights
    profiles: Mapping[str, Weights] = field(default_factory=dict)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    def weights(self, profile: str) -> Weights:
        """Return the weights for *profile*."""
        return self.profiles.get(profile, self.general)

    def calibration(self, profile: str) -> Calibration:
        """Return how sure the weights for *profile* make the ranker."""
        return self.calibrations.get(profile if profile in self.profiles else "", Calibration())


def is_detector(name: str) -> bool:
    """Tell whether the feature *name* is a detector's; the others describe the turn ("+") or its place ("@")."""
    return not name.startswith(("+", "@"))


def shipped(profile: str = "") -> Weights:
    """Return the weights that ship with the program for *profile*; the general ones where it has none of its own."""
    return shipped_model().weights(profile)


@cache
def shipped_model() -> Model:
    """Return the model that ships with the program (``resources/ranker/offline.json``)."""
    return model_in(json.loads(resource("ranker", "offline.json").read_text(encoding="utf-8")))


def model_in(data: Json) -> Model:
    """Rebuild a model from its JSON object."""
    profiles = {name: Weights(value["weights"], value["default"]) for name, value in data["profiles"].items()}
    calibrations = {name: Calibration.of(value) for name, value in data["calibration"].items()}
    return Model(Weights(data["general"]["weights"], data["general"]["default"]), profiles, calibrations)


def model_out(model: Model) -> Json:
    """Return *model* as a JSON object."""

    def out(weights: Weights) -> Json:
        return {"default": weights.default, "weights": dict(weights.features)}

    return {
        "version": 2,
        "general": out(model.general),
        "profiles": {name: out(weights) for name, weights in model.profiles.items()},
        "calibration": {name: calibration.out() for name, calibration in model.calibrations.items()},
    }


def features(trace: Trace, findings: Sequence[Finding]) -> list[dict[str, float]]:
    """Return the features of each decision of *trace*, in the order of ``trace.decisions``.

    A detector's feature is its finding of the greatest absolute strength against the decision. The others describe the
    turn itself; those that tell its place ("@") are there only for families of agents whose profile weighs them.
    """
    rows = described(trace)
    places = {turn.start: row for turn, row in zip(trace.decisions, rows, strict=True)}
    for finding in findings:
        row = places.get(finding.step)
        if row is not None and abs(finding.strength) > abs(row.get(finding.detector, 0.0)):
            row[finding.detector] = finding.strength
    return rows


def probabilities(rows: Sequence[Mapping[str, float]], weights: Weights, temperature: float = 1.0) -> list[float]:
    """Return the probability of each decision to be the error point; they add up to 1 (softmax, McFadden 1974).

    *temperature* above 1 makes them more alike (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    """
    if not rows:
        return []
    scores = [sum(weights.of(name) * value for name, value in row.items()) / temperature for row in rows]
    peak = max(scores)
    powers = [math.exp(score - peak) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
