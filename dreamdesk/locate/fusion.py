"""Joining the desk's own view with a model's opinion, both left visible in what comes of it.

A log-linear pool (Genest and Zidek 1986, "Combining probability distributions").
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from dreamdesk.locate.resources import resource
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import FUSED, Candidate, Category, Opinion

MOST = 12
"""Joined candidates that are kept."""

_QUOTES = 5
_LEAST = 1e-6
"""Probability of a decision that the desk's own view leaves nothing for."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a model's claim adds to the log-probability of a decision, in proportion to its own probability.

    Attributes:
        exact: Where it names this very decision.
        near: Where it names one *d* decisions away, times exp(-d/2); also at d = 0.
        agent: Where it names a decision of the same agent; also this one.
    """

    exact: float
    near: float
    agent: float


@cache
def shipped() -> Weights:
    """Return the weights that ship with the program; ``resources/fusion/weights.json`` says what they rest on."""
    return Weights(**json.loads(resource("fusion", "weights.json").read_text(encoding="utf-8"))["weights"])


def fuse(
    trace: Trace, own: Sequence[Candidate], judged: Sequence[Candidate], weights: Weights | None = None
) -> tuple[Candidate, ...]:
    """Return *own* (the desk's view) and *judged* (a model's claims), joined into one candidate per decision.

    The best come first, except that a step that a label names stands before the others. Without claims, or without a
    view of the desk's own, there is nothing to join: (). Probabilities are over all decisions, so that those of the
    candidates add up to at most 1. Each candidate says by `named_by` what every method thought of its step.
    """
    if not own or not judged:
        return ()
    chances = _pooled(trace, own, judged, weights or shipped())
    mine = {candidate.step: candidate for candidate in own}
    theirs = {candidate.step: candidate for candidate in judged}
    joined = [
        replace(_joined(mine.get(step), theirs.get(step)), probability=chances[step])
        for step in dict.fromkeys((*mine, *theirs))
        if step in chances
    ]
    order = sorted(joined, key=lambda c: (not _labelled(c), -c.probability, c.step))
    kept = [c for place, c in enumerate(order) if place < MOST or c.step in theirs]
    return tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(kept, 1))


def _pooled(trace: Trace, own: Sequence[Candidate], judged: Sequence[Candidate], weights: Weights) -> dict[int, float]:
    """Return the pooled probability of each decision, by its first step; they add up to 1."""
    places = {turn.start: place for place, turn in enumerate(trace.decisions)}
    agents = {start: (trace.steps[start].actor, trace.steps[start].agent) for start in places}
    known = {candidate.step: candidate.probability for candidate in own if candidate.step in places}
    rest = max(0.0, 1.0 - math.fsum(known.values())) / max(1, len(places) - len(known))
    claims = [claim for claim in judged if claim.step in places]
    scores = {}
    for start, place in places.items():
        said = 0.0
        for claim in claims:
            apart = abs(place - places[claim.step])
            added = weights.near * math.exp(-apart / 2)
            added += weights.exact * (apart == 0) + weights.agent * (agents[start] == agents[claim.step])
            said += claim.probability * added
        scores[start] = math.log(max(_LEAST, known.get(start, rest))) + said
    peak = max(scores.values())
    powers = {start: math.exp(score - peak) for start, score in scores.items()}
    total = math.fsum(powers.values())
    return {start: power / total for start, power in powers.items()}


def _joined(mine: Candidate | None, theirs: Candidate | None) -> Candidate:
    """Return one candidate for a step that the desk, the model or both name."""
    first = mine or theirs
    assert first is not None
    if theirs is None:
        return replace(first, method=FUSED, opinions=first.named_by)
    opinion = Opinion(theirs.method, theirs.rank, theirs.probability)
    if mine is None:
        return replace(theirs, method=FUSED, opinions=(opinion,))
    return replace(
        mine,
        method=FUSED,
        category=theirs.category if mine.category is Category.D0 else mine.category,
        why=f"{mine.why} The model: {theirs.why}",
        quotes=tuple(dict.fromkeys((*mine.quotes, *theirs.quotes)))[:_QUOTES],
        opinions=(*mine.named_by, opinion),
    )


def _labelled(candidate: Candidate) -> bool:
    return any(opinion.method == "label" for opinion in candidate.named_by)
