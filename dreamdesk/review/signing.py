"""Signing a decision, and checking that a stored one is still what was signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.check import Check, Level
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.episode import Episode
from dreamdesk.model.finding import Candidate
from dreamdesk.model.source import Source
from dreamdesk.review import dsse, sshsig
from dreamdesk.review.identity import Signer
from dreamdesk.review.memory_statement import PREDICATE_TYPE as MEMORY_DECISION
from dreamdesk.review.second_look import PREDICATE_TYPE as SECOND_LOOK
from dreamdesk.review.shown import Shown
from dreamdesk.review.statement import PREDICATE_TYPE, STATEMENT_TYPE, statement

NAMESPACE = dsse.NAMESPACE

_SUBJECTS = {PREDICATE_TYPE: "correction", MEMORY_DECISION: "memory_change", SECOND_LOOK: "correction"}
"""Where each kind of statement names what was decided."""


def decide(
    *,
    correction: int,
    revision: Revision,
    episode: Episode,
    source: Source,
    error: Candidate | None,
    checks: Sequence[Check],
    level: Level,
    verdict: Verdict,
    reason: str,
    comment: str,
    signer: Signer,
    at: int,
    tool_version: str,
    earlier: Sequence[Decision] = (),
    ticked: Sequence[str] = (),
    until: int | None = None,
    shown: Shown | None = None,
) -> Decision:
    """Return the signed decision. Ask `workflow.may_decide` first; the arguments are those of `statement`."""
    signed = statement(
        verdict=verdict,
        reason=reason,
        comment=comment,
        auditor=signer.auditor,
        at=at,
        correction=correction,
        revision=revision,
        episode=episode,
        source=source,
        error=error,
        checks=checks,
        level=level,
        earlier=earlier,
        ticked=ticked,
        until=until,
        tool_version=tool_version,
        shown=shown,
    )
    return sign(signed, signer, correction, revision.number)


def sign(signed: bytes, signer: Signer, subject_id: int, revision: int) -> Decision:
    """Return the decision that the statement *signed* makes of revision *revision* of what has the id *subject_id*."""
    said = json.loads(signed)["predicate"]
    made = signer.sshsig(signed, NAMESPACE)
    return Decision(
        correction=subject_id,
        revision=revision,
        verdict=Verdict(said["verdict"]),
        reason=said["reason"],
        comment=said["comment"],
        auditor=signer.auditor.name,
        at=said["at"],
        until=said["until"],
        statement=signed,
        sshsig=made,
        envelope=dsse.seal(signed, [signer], [made]),
    )


def check_decision(decision: Decision, public_key: str, *, erased: bool = False) -> list[str]:
    """Return what is wrong with a stored decision, if anything: [] means that it is sound.

    Both signatures must be by *public_key* (an OpenSSH line), and the signed statement must say what the row says.
    Whether the revision's own digest is the statement's subject is the caller's to compare, with `subject`. Where words
    were *erased* from the statement its signatures fit no more; they were verified before, and the ledger says so.
    """
    faults = []
    if not erased and not sshsig.verify(decision.sshsig, decision.statement, NAMESPACE, public_key):
        faults.append("the signature does not fit the statement and the auditor's key")
    if not erased and dsse.verify(decision.envelope, public_key) != decision.statement:
        faults.append("the DSSE envelope is not a signature of the same statement by the auditor's key")
    try:
        said = _row(decision.statement)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        return [*faults, f"the statement cannot be read: {error}"]
    row: dict[str, Json] = {
        "correction": decision.correction,
        "revision": decision.revision,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "comment": _as_signed(decision.comment),
        "auditor": decision.auditor,
        "key": sshsig.fingerprint(public_key),
        "at": decision.at,
        "until": decision.until,
    }
    faults += [
        f"the statement says {name} {said[name]!r}, the desk {row[name]!r}" for name in row if said[name] != row[name]
    ]
    return faults


def subject(decision: Decision) -> str:
    """Return the digest of the revision that the statement speaks of, as 64 hex digits."""
    return str(json.loads(decision.statement)["subject"][0]["digest"]["sha256"])


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """What people read under a decision: who signed when, in which role, what it means, and with which key."""

    name: str
    role: str
    at: int
    meaning: str
    key: str
    void: bool


def block(decision: Decision) -> SignatureBlock:
    """Return the signature block of *decision*, as its signed statement has it; "" for what it does not say."""
    try:
        said = json.loads(decision.statement)["predicate"]
        auditor = said["auditor"]
        meaning, role, key = str(said["meaning"]), str(auditor["role"]), str(auditor["key"])
    except (ValueError, KeyError, TypeError):
        meaning = role = key = ""
    return SignatureBlock(decision.auditor, role, decision.at, meaning, key, decision.void)


def key_of(decision: Decision) -> str:
    """Return the fingerprint of the key that the statement names, "" where it cannot be read."""
    return block(decision).key


def _row(signed: bytes) -> dict[str, Json]:
    """Return what a statement says, under the names of a decision's fields."""
    said = json.loads(signed)
    if said["_type"] != STATEMENT_TYPE or said["predicateType"] not in _SUBJECTS or canonical(said) != signed:
        raise ValueError("it is not a canonical decision on a correction or a memory change")
    predicate = said["predicate"]
    return {
        **{name: predicate[name] for name in ("verdict", "reason", "comment", "at")},
        "correction": predicate[_SUBJECTS[said["predicateType"]]],
        "revision": predicate["revision"]["number"],
        "until": predicate.get("until"),
        "auditor": predicate["auditor"]["name"],
        "key": predicate["auditor"]["key"],
    }


def _as_signed(text: str) -> Json:
    """Return *text* as it reads after canonical JSON, which replaces lone surrogates."""
    return json.loads(canonical(text))
