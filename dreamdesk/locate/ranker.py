"""The ranker: a conditional logit over what the detectors found, its weights a resource with a data card."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dreamdesk.locate.resources import resource
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Kind, Turn
from dreamdesk.model.finding import Finding

_FIGURE = re.compile(r"\d+")
_LITTLE = 120
"""Characters below which a turn passes a word on rather than decides something."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature counts. *default* is for detectors that were added after the weights were fitted."""

    features: Mapping[str, float]
    default: float

    def of(self, name: str) -> float:
        """Return the weight of feature or detector *name*."""
        return self.features.get(name, self.default)


def is_detector(name: str) -> bool:
    """Tell whether the feature *name* is a detector's; the others describe the turn or belong to one profile."""
    return not name.startswith("+") and ":" not in name


@cache
def shipped() -> Weights:
    """Return the weights that ship with the program (``resources/ranker/offline.json``)."""
    data = json.loads(resource("ranker", "offline.json").read_text(encoding="utf-8"))
    return Weights(data["weights"], data["default"])


def features(trace: Trace, findings: Sequence[Finding]) -> list[dict[str, float]]:
    """Return the features of each decision of *trace*, in the order of ``trace.decisions``.

    A detector's feature is its finding of the greatest absolute strength against the decision. The others describe the
    turn itself. None tells where in the episode it stands: position helps inside one family of agents and
    hurts on every other (measured; see the data card).
    """
    rows = _described(trace)
    places = {turn.start: row for turn, row in zip(trace.decisions, rows, strict=True)}
    for finding in findings:
        row = places.get(finding.step)
        if row is not None and abs(finding.strength) > abs(row.get(finding.detector, 0.0)):
            row[finding.detector] = finding.strength
    return rows


def probabilities(rows: Sequence[Mapping[str, float]], weights: Weights) -> list[float]:
    """Return the probability of each decision to be the error point; they add up to 1 (softmax, McFadden 1974)."""
    if not rows:
        return []
    scores = [sum(weights.of(name) * value for name, value in row.items()) for row in rows]
    peak = max(scores)
    powers = [math.exp(score - peak) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _described(trace: Trace) -> list[dict[str, float]]:
    """Describe each decision by who made it, what it holds and what came of it."""
    names = Counter(trace.steps[turn.start].agent for turn in trace.decisions if turn.actor is Actor.AGENT)
    met: set[str] = set()
    rows = []
    for turn in trace.decisions:
        agent = trace.steps[turn.start].agent
        rows.append(_describe(trace, turn))
        if len(names) > 1 and turn.actor is Actor.AGENT:
            rows[-1]["+share of turns"] = names[agent] / names.total()
            rows[-1]["+agent's first turn"] = float(agent not in met)
            met.add(agent)
    return rows


def _describe(trace: Trace, turn: Turn) -> dict[str, float]:
    steps = trace.steps[turn.start : turn.stop]
    following = trace.next_turn(turn)
    length = sum(len(step.content) for step in steps)
    text = steps[0].content
    return {
        "+user": float(turn.actor is Actor.USER),
        "+calls a tool": float(any(step.kind is Kind.TOOL_CALL for step in steps)),
        "+only thinks": float(all(step.kind is Kind.THINKING for step in steps)),
        "+hands over": float(any(step.kind is Kind.HANDOFF for step in steps)),
        "+writes code": float("```" in text),
        "+length": math.log1p(length) / 10,
        "+figures": min(1.0, len(_FIGURE.findall(text[:2000])) / 20),
        "+says little": float(length < _LITTLE),
        "+output follows": float(following is not None and trace.is_output(following.start)),
    }
