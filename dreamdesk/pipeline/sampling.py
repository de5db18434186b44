"""Sampling plans: a lot of decisions, a sample that anybody can draw again, what the second looks say of the lot."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreamdesk import __version__
from dreamdesk.desk import auditors, corrections, episodes, findings, ledger, sampling
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.sampling import DECIDED, Item, Look, Plan
from dreamdesk.guard.calls import consequential
from dreamdesk.model.canonical import Json, digest, sha256
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Decision, ReviewState, Verdict
from dreamdesk.model.episode import Kind
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.checking import seen_by
from dreamdesk.pipeline.common import write_head
from dreamdesk.pipeline.reviewing import decide_within
from dreamdesk.review import sampling as plans
from dreamdesk.review import signing
from dreamdesk.review.identity import Signer
from dreamdesk.review.reasons import OTHER, applies
from dreamdesk.review.sampling import Bound, Outcome, Risk, Terms
from dreamdesk.review.second_look import MEANING, second_look
from dreamdesk.review.statement import statement

_HIGH_PRIORITY = 3000
"""Priority of the queue from which on an error reaches a customer or breaks a rule (`desk.findings.SEVERITY`)."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a plan would be: the lot, its strata, the sample that the promise needs, and the floors of the strata."""

    lot: dict[str, Risk]
    strata: dict[Risk, int]
    size: int
    floors: dict[Risk, int]


@dataclass(frozen=True, slots=True)
class Result:
    """What the second looks say of a lot.

    Attributes:
        looked: How many of the sample were looked at; *bad*: how many of them were decided otherwise.
        bound: Of the part of the sample that was drawn from the whole lot; its n is what was looked at of that part.
        strata: The same of each stratum by itself, whatever it was drawn for.
        outcome: Whether the lot is accepted, rejected or still open.
    """

    plan: Plan
    looks: tuple[Look, ...]
    looked: int
    bad: int
    bound: Bound
    strata: dict[Risk, Bound]
    outcome: Outcome


def risk(db: Connection, item: Item) -> Risk:
    """Return the stratum of *item*.

    A point each: its error reaches a customer or breaks a rule, so that the queue shows it first; a guardrail warned;
    the corrected path makes a call that changes something. Two points are high, one is medium.
    """
    checks, _ = corrections.checks(db, item.correction, item.revision)
    steps = [corrected.step for corrected in corrections.revision(db, item.correction, item.revision).steps]
    points = [
        item.priority >= _HIGH_PRIORITY,
        any(check.result is CheckResult.WARN for check in checks),
        any(step.kind is Kind.TOOL_CALL and consequential(step) for step in steps),
    ]
    return (Risk.LOW, Risk.MEDIUM, Risk.HIGH, Risk.HIGH)[sum(points)]


def sketch(db: Connection, terms: Terms, states: Sequence[str] = DECIDED) -> Sketch:
    """Return what a plan on these *terms* would be; nothing is drawn.

    Raises:
        UserError: the terms are none, or nothing is decided that was in no lot yet.
    """
    terms.check()
    lot = {item.name: risk(db, item) for item in sampling.decided(db, states)}
    if not lot:
        raise UserError("Nothing was decided since the last sampling plan, so there is nothing to look at again.")
    strata = dict(Counter(lot.values()))
    looked = plans.size(len(lot), terms)
    return Sketch(lot, strata, looked, plans.floors(looked, strata, terms.least))


def make_plan(db: Connection, terms: Terms, signer: Signer, seed: str = "", states: Sequence[str] = DECIDED) -> int:
    """Draw a sample of what was decided since the last plan; return the plan's id. It can never be changed.

    Without a *seed* the system gives one, 32 bytes.

    Raises:
        UserError: as `sketch` says; or the seed is no single word of text; or the auditor's role only looks.
    """
    role = auditors.get(db, signer.auditor.name).role
    if not (role.decides or role.value == "administrator"):
        raise UserError(f"{signer.auditor.name} is {role.value}; a sampling plan is made by one who decides.")
    if seed and (not seed.isascii() or not seed.isalnum()):
        raise UserError("A seed is one word of letters and digits, so that it can be typed again.")
    with transaction(db):
        drawn = sketch(db, terms, states)
        items = {item.name: item for item in sampling.decided(db, states)}
        chosen = seed or secrets.token_hex(32)
        sample = plans.draw(drawn.lot, drawn.size, drawn.floors, chosen)
        lot = plans.lot_lines(drawn.lot)
        body: dict[str, Json] = {
            "terms": {
                "share": terms.share,
                "confidence": terms.confidence,
                "allowed": terms.allowed,
                "least": terms.least,
            },
            "states": list(states),
            "lot": {"size": len(drawn.lot), "sha256": sha256(lot.encode())},
            "strata": {one.value: number for one, number in sorted(drawn.strata.items())},
            "floors": {one.value: number for one, number in sorted(drawn.floors.items())},
            "size": drawn.size,
            "seed": chosen,
            "seed_given": bool(seed),
            "sample_sha256": digest(list(sample)),
        }
        plan = sampling.add_plan(db, signer, body, lot, [items[name] for name in sample])
    write_head(db)
    return plan


def result(db: Connection, identity: int) -> Result:
    """Return what was found of a plan's lot so far."""
    plan = sampling.plan(db, identity)
    looks = sampling.looks(db, identity)
    lot, terms = lot_of(plan), plan.body["terms"]
    whole = set(sorted(lot, key=lambda item: plans.place(plan.body["seed"], item))[: plan.body["size"]])
    done = [look for look in looks if look.overturned is not None]

    def bound(some: Sequence[Look]) -> Bound:
        return plans.bound(sum(look.overturned is True for look in some), len(some), float(terms["confidence"]))

    return Result(
        plan,
        looks,
        len(done),
        sum(look.overturned is True for look in done),
        bound([look for look in done if look.name in whole]),
        {one: bound([look for look in done if lot[look.name] is one]) for one in Risk if one in lot.values()},
        plans.outcome([look.overturned for look in looks], terms["allowed"]),
    )


def lot_of(plan: Plan) -> dict[str, Risk]:
    """Return the lot of *plan*: each item with its stratum."""
    parts = [line.split(" ", 1) for line in plan.lot.splitlines()]
    return {name: Risk(stratum) for stratum, name in parts}


def look_again(db: Connection, identity: int, verdict: Verdict, reason: str, comment: str, signer: Signer) -> Look:
    """Sign the second look with this id; only now the first decision is read. Return both.

    Where they differ the correction is escalated in the name of the second auditor, so that a third decides.

    Raises:
        UserError: the look is not this auditor's to take, the verdict is neither approve nor reject, or a rejection
            has no reason; nothing was written.
    """
    if verdict not in (Verdict.APPROVE, Verdict.REJECT):
        raise UserError("A second look says approve or reject: whether you would let it be learned from.")
    if (verdict is Verdict.REJECT or reason) and not applies(reason, verdict):
        raise UserError("To reject, choose a reason that applies.")
    if reason == OTHER and not comment.strip():
        raise UserError("The reason 'other' needs a comment that says what it is.")
    with transaction(db):
        auditor = auditors.current(db, signer)
        if not auditor.role.decides:
            raise UserError(f"{auditor.name} is {auditor.role.value}; a second look is taken by one who decides.")
        look = next((one for one in sampling.waiting(db, auditor.name) if one.id == identity), None)
        if look is None:
            raise UserError(f"Second look {identity} is not for {auditor.name}: see those that wait for you.")
        decision = _signed(db, look, verdict, reason, comment, signer)
        first = sampling.standing(db, look)
        sampling.add_look(db, look, first, decision)
        if verdict is not first:
            _escalate(db, look, signer)
    taken = next(one for one in sampling.looks(db, look.plan) if one.id == identity)
    write_head(db)
    return taken


def meaning(verdict: Verdict) -> str:
    """Return the sentence that is signed at a second look with *verdict*, "" where it cannot be given."""
    return MEANING.get(verdict, "")


def _signed(db: Connection, look: Look, verdict: Verdict, reason: str, comment: str, signer: Signer) -> Decision:
    """Return the second look as signed: of what was shown, which is neither the first decision nor anybody's mark."""
    revision = corrections.revision(db, look.correction, look.revision)
    checks, level = seen_by(db, look.correction, signer.auditor.name)
    standing = findings.as_seen_by(db, look.episode, signer.auditor.name)
    said = statement(
        verdict=verdict,
        reason=reason,
        comment=comment,
        auditor=signer.auditor,
        at=time.time_ns(),
        correction=look.correction,
        revision=revision,
        episode=episodes.load(db, look.episode),
        source=episodes.source_of(db, look.episode),
        error=standing[0] if standing else None,
        checks=checks,
        level=level,
        tool_version=__version__,
    )
    return signing.sign(second_look(said), signer, look.correction, revision.number)


def _escalate(db: Connection, look: Look, signer: Signer) -> None:
    """Escalate what a second look overturned; what was released, or decided anew, cannot be any more."""
    state = corrections.get(db, look.correction)
    if state.state in (ReviewState.APPROVED, ReviewState.REJECTED) and state.revisions == look.revision:
        words = f"Second look {look.id}: the decisions differ, so a third auditor decides."
        decide_within(db, look.correction, Verdict.ESCALATE, OTHER, words, signer)


def sampling_faults(db: Connection) -> list[str]:
    """Return where plans or second looks are not those of the ledger, or a sample is not what seed and lot give."""
    entered = {body["plan"]: body for body in ledger.bodies(db, sampling.PLANNED)}
    held = {plan.id: plan for plan in sampling.plans(db)}
    faults = [f"the ledger has a sampling plan {number} that the desk has lost" for number in entered.keys() - held]
    for number, plan in held.items():
        told = entered.get(number, {})
        if any(told.get(name) != value for name, value in plan.body.items()):
            faults.append(f"sampling plan {number} is not the one in the ledger")
        faults += _drawn_faults(plan, sampling.looks(db, number))
    return faults + _look_faults(db)


def _drawn_faults(plan: Plan, looks: Sequence[Look]) -> list[str]:
    body, lot = plan.body, lot_of(plan)
    terms = Terms(**body["terms"])
    strata = Counter(lot.values())
    floors = plans.floors(body["size"], strata, terms.least)
    sample = plans.draw(lot, body["size"], floors, body["seed"])
    told: Mapping[str, tuple[Json, Json]] = {
        "lot": (sha256(plan.lot.encode()), body["lot"]["sha256"]),
        "size": (plans.size(len(lot), terms), body["size"]),
        "strata": ({one.value: number for one, number in strata.items()}, body["strata"]),
        "floors": ({one.value: number for one, number in floors.items()}, body["floors"]),
        "sample": ([look.name for look in looks], list(sample)),
        "digest of the sample": (digest(list(sample)), body["sample_sha256"]),
    }
    return [
        f"the {what} of sampling plan {plan.id} is not what its seed and its lot give"
        for what, (one, other) in told.items()
        if one != other
    ]


def _look_faults(db: Connection) -> list[str]:
    keys = {auditor.name: auditor.public_key for auditor in auditors.all_auditors(db)}
    entered = {body["look"]: body for body in ledger.bodies(db, sampling.LOOKED)}
    faults, erased = [], ledger.renamed(db)
    for look, decision in sampling.signed(db):
        called = f"second look {look.id}"
        told = entered.pop(look.id, {})
        signed = str(told.get("statement"))
        held = (sha256(decision.statement), look.first.value if look.first else "")
        if (erased.get(signed, signed), told.get("first")) != held:
            faults.append(f"{called} is not the one in the ledger")
        fitting = [key.public_key for key in auditors.keys(db) if key.auditor == decision.auditor]
        known = fitting or [keys.get(decision.auditor, "")]
        found = [signing.check_decision(decision, key, erased=signed in erased) for key in known]
        faults += [f"{called}: {fault}" for fault in min(found, key=len)]
        if signing.subject(decision) != look.name.split(":")[0]:
            faults.append(f"{called} is of another revision than the one that was drawn")
    return faults + [f"the ledger has a second look {number} that the desk has lost" for number in sorted(entered)]
