"""Signed decisions."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from dreamdesk.model.canonical import canonical
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.decision import Decision, Role, Verdict
from dreamdesk.model.episode import Actor, Episode, Kind, Step
from dreamdesk.model.finding import Candidate, Category
from dreamdesk.model.source import Source
from dreamdesk.review import dsse
from dreamdesk.review.identity import Signer, make_auditor, unlock
from dreamdesk.review.signing import check_decision, decide, subject

REVISION = Revision(
    1,
    (CorrectedStep(Step(1, Actor.AGENT, Kind.MESSAGE, "No, sorry.", 1), Provenance.AUTHORED),),
    "otto",
    "",
    "ab" * 32,
    3,
)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return unlock(make_auditor("anna", Role.REVIEWER, "long enough"), "long enough")


def approve(signer: Signer, comment: str = "A test key.") -> Decision:
    return decide(
        correction=7, revision=REVISION, episode=Episode("/0", "Refund", (), sha256="cd" * 32),
        source=Source("run.jsonl", "/in/run.jsonl", "ef" * 32, 10),
        error=Candidate(1, Category.D1, 0.5, "auditor", "It promised a refund."),
        checks=(Check("secrets", "No secrets", CheckResult.WARN), Check("schema", "Fits", CheckResult.PASS)),
        level=Level.V2, verdict=Verdict.APPROVE, reason="warning-false-alarm", comment=comment, signer=signer, at=5,
        tool_version="1",
    )  # fmt: skip


def test_the_statement_says_everything_that_an_examiner_asks(signer: Signer) -> None:
    decision = approve(signer)
    said = json.loads(decision.statement)
    assert canonical(said) == decision.statement
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"][0]["digest"] == {"sha256": REVISION.digest()}
    assert subject(decision) == REVISION.digest()
    predicate = said["predicate"]
    assert predicate["meaning"].endswith("approve it to be learned from.")
    assert predicate["auditor"]["role"] == "reviewer"
    assert predicate["revision"] == {"author": "otto", "number": 3, "prefix_sha256": "ab" * 32, "start": 1}
    assert predicate["checks"][0] == {"guardrail": "secrets", "result": "warn"}
    assert predicate["warnings_accepted"] == ["secrets"]
    assert predicate["level"] == "V2"
    assert predicate["error"]["step"] == 1
    assert predicate["episode"]["sha256"] == "cd" * 32
    assert check_decision(decision, signer.auditor.public_key) == []


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": Verdict.REJECT}, {"reason": "other"}, {"comment": "x"}, {"auditor": "bert"}, {"at": 6},
        {"revision": 4}, {"correction": 8}, {"statement": b"{}"}, {"statement": b"[]"}, {"statement": b"\xff"},
        {"sshsig": ""}, {"envelope": b""}, {"envelope": b"[1]"}, {"envelope": b'{"payload":1}'},
    ],
)  # fmt: skip
def test_a_row_that_is_not_what_was_signed_is_found(signer: Signer, change: dict[str, object]) -> None:
    assert check_decision(replace(approve(signer), **change), signer.auditor.public_key)  # type: ignore[arg-type]


def test_another_key_or_another_statement_is_found(signer: Signer) -> None:
    decision = approve(signer)
    stranger = unlock(make_auditor("anna", Role.REVIEWER, "long enough"), "long enough")
    assert check_decision(decision, stranger.auditor.public_key)
    other = approve(signer, "Other words.")
    assert check_decision(replace(decision, envelope=other.envelope), signer.auditor.public_key)
    assert check_decision(replace(decision, sshsig=other.sshsig), signer.auditor.public_key)
    assert check_decision(replace(decision, sshsig=signer.sshsig(decision.statement, "x")), signer.auditor.public_key)


def test_a_comment_with_what_utf8_cannot_carry_is_signed_and_checked(signer: Signer) -> None:
    assert check_decision(approve(signer, "odd \ud800 text\u202e\x00"), signer.auditor.public_key) == []


def test_an_envelope_carries_one_signature_per_auditor(signer: Signer) -> None:
    second = unlock(make_auditor("bert", Role.APPROVER, "long enough"), "long enough")
    envelope = dsse.seal(b"payload", [signer, second])
    for key in (signer.auditor.public_key, second.auditor.public_key):
        assert dsse.verify(envelope, key) == b"payload"
    stranger = make_auditor("eve", Role.APPROVER, "long enough")
    assert dsse.verify(envelope, stranger.public_key) is None
    assert len(json.loads(envelope)["signatures"]) == 2
    assert base64.b64decode(json.loads(envelope)["payload"]) == b"payload"


def test_pae_is_the_one_of_the_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
