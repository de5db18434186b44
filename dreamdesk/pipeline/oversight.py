"""Oversight of the overseers: how far auditors agree, how they decide, and the figures that leave with a bundle."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations

from dreamdesk.desk import auditors, corrections, decisions, findings, sampling, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.intervals import CONFIDENCE, clopper_pearson
from dreamdesk.pipeline.marking import blind_marks
from dreamdesk.pipeline.sampling import Result, result
from dreamdesk.review import agreement, indicators
from dreamdesk.review.agreement import ENOUGH, Coefficient
from dreamdesk.review.indicators import ENOUGH_SEALED, Act
from dreamdesk.review.indicators import Indicator as Indicator

MEASURES = {
    "decision": "Second looks: approved or rejected",
    "step": "Blind marks: the very step",
    "near": "Blind marks: at most one step apart",
    "category": "Blind marks: the kind of error",
}
"""What agreement is measured on."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far *left* and *right* agree beyond chance (Cohen's kappa), or everyone (Krippendorff's alpha) if both ""."""

    measure: str
    left: str
    right: str
    coefficient: Coefficient


@dataclass(frozen=True, slots=True)
class Habits:
    """How one auditor decides; *hours*: decisions by hour of the day, local time."""

    auditor: str
    decisions: int
    indicators: tuple[Indicator, ...]
    hours: tuple[int, ...]


def agreed(db: Connection) -> tuple[Agreed, ...]:
    """Return the agreement of all and of each pair that shares an item, by measure. Only blind judgements count."""
    found = []
    for measure, judged in _judged(db).items():
        same = _near if measure == "near" else _equal
        found.append(Agreed(measure, "", "", agreement.of_all(judged, same)))
        names = sorted({name for item in judged for name in item})
        for left, right in combinations(names, 2):
            pairs = [(item[left], item[right]) for item in judged if left in item and right in item]
            if pairs:
                found.append(Agreed(measure, left, right, agreement.of_two(pairs, same)))
    return tuple(found)


def _equal(one: Hashable, other: Hashable) -> bool:
    return one == other


def _near(one: Hashable, other: Hashable) -> bool:
    """Tell whether two steps, None for no step, are at most one apart."""
    return abs(one - other) <= 1 if isinstance(one, int) and isinstance(other, int) else one is other


def _judged(db: Connection) -> dict[str, list[Mapping[str, Hashable]]]:
    """Return by measure what was judged: per item, each auditor's word."""
    marks = blind_marks(db).values()
    looks = []
    for look, second in sampling.signed(db):
        made = decisions.of_correction(db, look.correction, look.revision)
        before = [one for one in made if one.at < second.at and look.first and one.verdict is look.first]
        if before:
            looks.append({before[0].auditor: before[0].verdict.value, second.auditor: second.verdict.value})
    return {
        "decision": list(looks),
        "step": [{name: place[0] for name, place in told.items()} for told in marks],
        "near": [{name: place[0] for name, place in told.items()} for told in marks],
        "category": [{name: place[1].value for name, place in told.items()} for told in marks],
    }


def habits(db: Connection) -> tuple[Habits, ...]:
    """Return the indicators of each auditor who decided anything, by name; nobody is ranked.

    Known-bad corrections count where they are noticed or not, and nowhere else.
    """
    secret, noticed, departed = sealed.corrections(db), sealed.found(db), _departed(db)
    words: dict[tuple[int, int], int] = {}
    acts: dict[str, list[Act]] = defaultdict(list)
    for _, one in decisions.all_decisions(db):
        key = (one.correction, one.revision)
        if one.correction not in secret:
            if key not in words:
                words[key] = _words(corrections.revision(db, *key))
            acts[one.auditor].append(_act(one, words[key]))
    told = []
    for name in sorted(auditor.name for auditor in auditors.all_auditors(db)):
        own = sorted(acts[name], key=lambda act: act.at)
        if own or name in noticed or name in departed:
            figures = indicators.indicators(own, departed.get(name, (0, 0)), noticed.get(name, (0, 0)))
            told.append(Habits(name, len(own), figures, _hours(own)))
    return tuple(told)


def _act(decision: Decision, words: int) -> Act:
    said = json.loads(decision.statement)["predicate"]
    shown = said.get("shown") or {}
    return Act(
        decision.at // 1_000_000,
        words,
        decision.verdict is Verdict.APPROVE,
        bool(said["warnings_accepted"]),
        shown.get("error_turn"),
        shown.get("dwell_ms"),
    )


def _words(revision: Revision) -> int:
    return sum(len(corrected.step.content.split()) for corrected in revision.steps)


def _hours(acts: list[Act]) -> tuple[int, ...]:
    counts = [0] * 24
    for act in acts:
        counts[datetime.fromtimestamp(act.at / 1000).astimezone().hour] += 1
    return tuple(counts)


def _departed(db: Connection) -> dict[str, tuple[int, int]]:
    """Return by auditor how many of their blind marks name another step than the desk's best candidate, of how many."""
    counts: dict[str, tuple[int, int]] = {}
    for episode, told in blind_marks(db).items():
        machine = findings.of_machine(db, episode)
        for name, (step, _) in told.items() if machine else ():
            apart, n = counts.get(name, (0, 0))
            counts[name] = apart + (machine is not None and step != machine.step), n + 1
    return counts


def quality(db: Connection) -> dict[str, Json]:
    """Return the figures that leave with a bundle, by the name of their file without ".json".

    "agreement", "sampling" and "canaries", each a JSON object that says what it holds and from which n on a figure is
    said. Of known-bad corrections only counts leave.
    """
    return {
        "agreement": {
            "about": "Cohen's kappa of pairs and Krippendorff's alpha of all auditors, nominal, blind judgements only.",
            "enough": ENOUGH,
            "measures": MEASURES,
            "coefficients": [_agreed_json(one) for one in agreed(db)],
        },
        "sampling": {
            "about": "Sampling plans for a blind second look; the draw is repeated from seed and lot.",
            "plans": [result_json(result(db, plan.id)) for plan in sampling.plans(db)],
        },
        "canaries": _canaries(db),
    }


def _agreed_json(one: Agreed) -> dict[str, Json]:
    between = [one.left, one.right] if one.left else "all"
    name = "kappa" if one.left else "alpha"
    figures = asdict(one.coefficient)
    return {"measure": one.measure, "between": between, "coefficient": name, **figures}


def result_json(found: Result) -> dict[str, Json]:
    """Return a plan and what was found as one JSON object."""
    return {
        "plan": found.plan.id,
        "at": found.plan.at,
        "by": found.plan.auditor,
        **found.plan.body,
        "sample": len(found.looks),
        "looked": found.looked,
        "overturned": found.bad,
        "outcome": found.outcome.value,
        "bound": asdict(found.bound),
        "by_stratum": {one.value: asdict(bound) for one, bound in found.strata.items()},
    }


def _canaries(db: Connection) -> dict[str, Json]:
    found = sealed.found(db).values()
    noticed, judged = sum(one for one, _ in found), sum(n for _, n in found)
    seals = sealed.seals(db)
    opened = [seal for seal in seals if seal.opened is not None]
    enough = judged >= ENOUGH_SEALED
    return {
        "about": "Known-bad corrections, sealed beforehand and never released: how often reviewers did not approve them"
        " at their first word. A correction counts once for each auditor who judged it, once its seal is open.",
        "enough": ENOUGH_SEALED,
        "seals": len(seals),
        "opened": len(opened),
        "made": sum(len(sealed.of_seal(db, seal.id)) for seal in opened),
        "judged": judged,
        "noticed": noticed,
        "interval": list(clopper_pearson(noticed, judged, CONFIDENCE)) if enough else None,
    }
