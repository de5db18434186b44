"""All methods that need no model, joined: what an episode's error point probably is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dreamdesk.locate import ranker
from dreamdesk.locate.detectors import POINTING, detectors
from dreamdesk.locate.explaining import explain
from dreamdesk.locate.labels import labelled
from dreamdesk.locate.siblings import best_divergence
from dreamdesk.locate.trace import Trace
from dreamdesk.locate.traits import profile_of
from dreamdesk.model.episode import Episode, OutcomeState
from dreamdesk.model.explanation import Explanation
from dreamdesk.model.finding import Candidate, Category, Citation, Finding, Opinion, Quote, stands

MOST = 10
"""Candidates from the ranker: nobody reads a longer list, and the rest share little probability."""

DIVERGENCE = 0.379
"""How often the difference from the right tool calls is the very step that experts marked.

Measured on the 29 labelled tau-bench retail failures of AgentRx, with the benchmark's expected actions as the right
calls; a successful attempt at the same task stands in for those. 95 % interval about 0.21 to 0.58.
"""

_REASONS = 3
_QUOTES = 4
_OPENING = 160  # characters


def findings(episode: Episode) -> tuple[Finding, ...]:
    """Return what every detector finds in *episode*, in the order of the steps; each quote stands in the trace."""
    return _findings(Trace(episode))


def accusations(episode: Episode) -> tuple[Finding, ...]:
    """Return the findings that speak against a decision, without those that only point at it."""
    return tuple(finding for finding in findings(episode) if finding.detector not in POINTING)


@dataclass(frozen=True, slots=True)
class Located:
    """The error point of an episode: its ranked candidates, and what the ranker says of how sure it is and why."""

    candidates: tuple[Candidate, ...]
    explanation: Explanation


def locate(
    episode: Episode, siblings: Sequence[Episode] = (), weights: ranker.Weights | None = None
) -> tuple[Candidate, ...]:
    """Return the ranked candidates for the error point of *episode*, as `located` does."""
    return located(Trace(episode), dict(enumerate(siblings)), weights).candidates


def located(
    trace: Trace, siblings: Mapping[int, Episode] | None = None, weights: ranker.Weights | None = None
) -> Located:
    """Return the error point of an episode: its candidates best first, at most one per decision, and why.

    Steps that somebody marked before come first, then the others by probability. *siblings* are other attempts at the
    same task by the number that citations name them by; those that succeeded are compared with this one, others are
    passed over. *weights* are the desk's own; None are the shipped ones of the profile that fits the trace. An episode
    with any step has at least one candidate. The probabilities of the whole list add up to at most 1: a label takes
    `labels.AGREEMENT` of them, a divergence `DIVERGENCE` of what is left, and the ranker shares out the rest over all
    decisions.
    """
    marked = labelled(trace)
    left = 1.0 - sum(candidate.probability for candidate in marked)
    parted = _parted(trace, siblings or {}, left)
    left -= sum(candidate.probability for candidate in parted)
    ranked, explanation = _ranked(trace, left, weights)
    merged: dict[int, Candidate] = {}
    for method in (marked, parted, ranked):
        for place, said in enumerate(method, 1):
            candidate = replace(said, opinions=(Opinion(said.method, place, said.probability),))
            known = merged.get(candidate.step)
            merged[candidate.step] = _joined(known, candidate) if known else candidate
    order = sorted(merged.values(), key=lambda c: (c.method != "label", -c.probability, c.step))
    candidates = tuple(replace(_quoted(trace, candidate), rank=rank) for rank, candidate in enumerate(order, 1))
    return Located(candidates, explanation)


def _findings(trace: Trace) -> tuple[Finding, ...]:
    found = [finding for detect in detectors().values() for finding in detect(trace)]
    return tuple(sorted(found, key=lambda f: (f.step, -f.strength, f.detector)))


def _parted(trace: Trace, siblings: Mapping[int, Episode], left: float) -> tuple[Candidate, ...]:
    succeeded = {n: other for n, other in siblings.items() if other.outcome.state is OutcomeState.SUCCEEDED}
    found = best_divergence(trace, list(succeeded.values()))
    if not found:
        return ()
    part, nearest = found
    attempt = next(n for n, other in succeeded.items() if other is nearest)
    theirs = tuple(Citation(quote.text, attempt, quote.step) for quote in part.theirs)
    share = DIVERGENCE * left
    return (Candidate(part.failed_step, Category.D4, share, "divergence", part.why, part.quotes, citations=theirs),)


def _ranked(trace: Trace, left: float, own: ranker.Weights | None) -> tuple[list[Candidate], Explanation]:
    """Return the ranker's best candidates, their probabilities being shares of *left*, and its explanation."""
    found = _findings(trace)
    profile = profile_of(trace)
    weights = own or ranker.shipped(profile)
    calibration = ranker.shipped_model().calibration(profile)
    rows = ranker.features(trace, found)
    chances = ranker.probabilities(rows, weights, calibration.temperature)
    best = sorted(zip(chances, trace.decisions, strict=True), key=lambda pair: (-pair[0], pair[1].start))[:MOST]
    against: dict[int, list[Finding]] = {}
    for finding in found:
        if finding.strength > 0:
            against.setdefault(finding.step, []).append(finding)
    candidates = [
        _candidate(trace, turn.start, left * chance, against.get(turn.start, []), weights) for chance, turn in best
    ]
    return candidates, explain(trace, rows, chances, found, weights, calibration, profile, MOST)


def _candidate(
    trace: Trace, step: int, probability: float, against: list[Finding], weights: ranker.Weights
) -> Candidate:
    reasons = sorted(against, key=lambda f: -weights.of(f.detector) * f.strength)[:_REASONS]
    if not reasons:
        why = "No detector speaks against this decision; it is ranked by what kind of decision it is."
        return Candidate(step, Category.D0, probability, "offline", why)
    quotes = dict.fromkeys(quote for reason in reasons for quote in reason.quotes if stands(quote, trace.steps))
    why = " ".join(dict.fromkeys(reason.why for reason in reasons))
    cited = tuple(dict.fromkeys(citation for reason in reasons for citation in reason.citations))
    category = reasons[0].category
    return Candidate(step, category, probability, "offline", why, tuple(quotes)[:_QUOTES], citations=cited)


def _quoted(trace: Trace, candidate: Candidate) -> Candidate:
    """Let a claim without words of its own quote the first words of the decision that it accuses."""
    if candidate.quotes:
        return candidate
    turn = trace.turn_of(candidate.step)
    lines = ((index, line.strip()) for index in range(turn.start, turn.stop) for line in _lines(trace, index))
    quotes = [Quote(index, line[:_OPENING]) for index, line in lines if line][:1]
    return replace(candidate, quotes=tuple(quote for quote in quotes if stands(quote, trace.steps)))


def _lines(trace: Trace, index: int) -> list[str]:
    return trace.steps[index].content.split("\n", 20)


def _joined(strong: Candidate, weak: Candidate) -> Candidate:
    """Join two claims about one step: the stronger method's name, both whys and quotes, probabilities added."""
    quotes: dict[Quote, None] = dict.fromkeys((*strong.quotes, *weak.quotes))
    why = strong.why if weak.why in strong.why or weak.category is Category.D0 else f"{strong.why} {weak.why}"
    category = weak.category if strong.category is Category.D0 else strong.category
    probability = min(1.0, strong.probability + weak.probability)
    return replace(
        strong,
        category=category,
        probability=probability,
        why=why,
        quotes=tuple(quotes)[:_QUOTES],
        opinions=strong.opinions + weak.opinions,
        citations=tuple(dict.fromkeys((*strong.citations, *weak.citations))),
    )
