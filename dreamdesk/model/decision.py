"""Decisions: what an auditor says of one revision, and means by it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What an auditor may say of a revision."""

    APPROVE = "approve"
    REJECT = "reject"
    AMEND = "amend"
    RETURN = "return"
    ESCALATE = "escalate"
    HOLD = "hold"


class Role(StrEnum):
    """What an auditor may do.

    An author writes and amends; a reviewer also decides and releases; a lead also decides what was escalated.
    """

    AUTHOR = "author"
    REVIEWER = "reviewer"
    LEAD = "lead"


class ReviewState(StrEnum):
    """Where a correction, or a memory change, stands in the review.

    All but one are stored, and follow from the signed decisions and the ledger. `IN_REVIEW` is never stored: it is what
    `PROPOSED` and `AMENDED` are called while somebody has the case reserved.
    """

    PROPOSED = "proposed"
    IN_REVIEW = "in review"
    RETURNED = "returned"
    AMENDED = "amended"
    """A newer revision waits; what was said of the one before no longer counts."""
    SECOND = "second"
    """Approved by one auditor; under four eyes it waits for another."""
    APPROVED = "approved"
    RELEASED = "released"
    REJECTED = "rejected"
    HELD = "held"
    ESCALATED = "escalated"
    STALE = "stale"
    """Its recording has a newer state on the desk; its approvals no longer count."""
    RECALLED = "recalled"
    """Released, and called back since."""

    @property
    def called(self) -> str:
        """The name that people see."""
        return {"second": "approved once", "held": "on hold"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code, what it says, and the verdicts that it applies to."""

    code: str
    title: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Auditor:
    """A person with a key.

    Attributes:
        name: Unique on the desk.
        role: See `Role`.
        public_key: One line, OpenSSH form: ``ssh-ed25519 AAAA…``.
        private_key: OpenSSH private key text, encrypted under the auditor's passphrase.
    """

    name: str
    role: Role
    public_key: str
    private_key: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One auditor's signed word on one revision.

    Attributes:
        correction: Id on this desk of the correction, or of the memory change, that was decided.
        revision: Number of the revision.
        verdict, reason, comment: What was said and why.
        auditor: Who said it.
        at: Nanoseconds since 1970 UTC.
        statement: The exact bytes that were signed: a canonical in-toto Statement v1.
        sshsig: Armored SSHSIG over *statement*, namespace ``dreamdesk-decision``.
        envelope: Canonical DSSE envelope (JSON) over the same statement.
    """

    correction: int
    revision: int
    verdict: Verdict
    reason: str
    comment: str
    auditor: str
    at: int
    statement: bytes = b""
    sshsig: str = ""
    envelope: bytes = b""
