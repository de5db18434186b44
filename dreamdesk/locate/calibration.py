"""How sure the ranker may be: probabilities, bands and prediction sets that were measured, not hoped for.

All of it is fitted on probabilities that were given without the episode in question (cross-validation).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dreamdesk.model.canonical import Json
from dreamdesk.model.explanation import Band

EDGES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45, 1.01)
"""Where one band of probability ends and the next begins."""

TARGET = 0.8
"""Share of episodes whose marked decision a prediction set is to hold."""

SHORT = 6
"""The longest prediction set that helps a reader."""

_TEMPERATURES = tuple(1.05**k for k in range(-30, 41))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured for one profile.

    Attributes:
        temperature: Divides the scores before the softmax.
        bands: From low to high; () where nothing was measured.
        mass: A prediction set takes decisions from the top until their probabilities add up to this.
        coverage: Share of the calibration episodes with a short set whose set held the marked decision.
        episodes: How many calibration episodes there were.
        shown: How many of them had a short set.
    """

    temperature: float = 1.0
    bands: tuple[Band, ...] = ()
    mass: float = 1.0
    coverage: float = 0.0
    episodes: int = 0
    shown: int = 0

    def band(self, probability: float) -> Band:
        """Return the band of *probability*; an empty one where nothing was measured."""
        return next((b for b in self.bands if b.low <= probability < b.high), Band(0.0, 1.01, 0, 0))

    def likely(self, chances: Sequence[float]) -> list[int]:
        """Return the places in *chances* that make up the prediction set, best first."""
        return prediction_set(chances, self.mass)

    @classmethod
    def of(cls, data: Json) -> Calibration:
        """Rebuild a calibration from its JSON object."""
        return cls(**{**data, "bands": tuple(Band(*band) for band in data["bands"])})

    def out(self) -> Json:
        """Return the calibration as a JSON object."""
        bands = [[band.low, band.high, band.hits, band.n] for band in self.bands]
        return {
            "temperature": self.temperature,
            "bands": bands,
            "mass": self.mass,
            "coverage": self.coverage,
            "episodes": self.episodes,
            "shown": self.shown,
        }


def calibrate(chances: Sequence[Sequence[float]], targets: Sequence[int | None]) -> Calibration:
    """Measure how far out-of-fold *chances* can be believed; a target is the marked place, or None for no decision."""
    if not chances:
        return Calibration()
    temperature = min(_TEMPERATURES, key=lambda t: _surprise(chances, targets, t))
    tempered = [heated(given, temperature) for given in chances]
    bands = []
    for low, high in pairwise(EDGES):
        inside = [place == target for c, target in zip(tempered, targets, strict=True)
                  for place, p in enumerate(c) if low <= p < high]  # fmt: skip
        bands.append(Band(low, high, sum(inside), len(inside)))
    mass = _mass(tempered, targets)
    sets = [prediction_set(given, mass) for given in tempered]
    short = [target in found for found, target in zip(sets, targets, strict=True) if len(found) <= SHORT]
    coverage = sum(short) / len(short) if short else 0.0
    return Calibration(
        round(temperature, 3), tuple(bands), round(mass, 4), round(coverage, 3), len(chances), len(short)
    )


def heated(chances: Sequence[float], temperature: float) -> list[float]:
    """Return *chances* at another *temperature*; they add up to 1."""
    powers = [max(chance, 1e-12) ** (1 / temperature) for chance in chances]
    total = math.fsum(powers)
    return [power / total for power in powers]


def prediction_set(chances: Sequence[float], mass: float) -> list[int]:
    """Return the fewest places, likeliest first, whose chances reach *mass* (adaptive sets, Romano et al. 2020)."""
    found: list[int] = []
    total = 0.0
    for place in sorted(range(len(chances)), key=lambda place: (-chances[place], place)):
        found.append(place)
        total += chances[place]
        if total >= mass:
            break
    return found


def _surprise(chances: Sequence[Sequence[float]], targets: Sequence[int | None], temperature: float) -> float:
    """Return the negative log-likelihood of the marked decisions."""
    return -math.fsum(
        math.log(heated(given, temperature)[target])
        for given, target in zip(chances, targets, strict=True)
        if target is not None
    )


def _mass(chances: Sequence[Sequence[float]], targets: Sequence[int | None]) -> float:
    """Return the mass at which sets hold the marked decision of `TARGET` of the episodes (split conformal quantile).

    A mark that stands at no decision can be held by no set, and counts as never held.
    """
    needed = sorted(
        math.fsum(p for p in given if p >= given[target]) if target is not None else math.inf
        for given, target in zip(chances, targets, strict=True)
    )
    place = math.ceil((len(needed) + 1) * TARGET) - 1
    return min(1.0, needed[place]) if place < len(needed) else 1.0
