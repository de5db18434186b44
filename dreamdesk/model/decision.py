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

    A reader looks only. An author also writes and amends; a reviewer also decides and releases; an approver also
    decides what was escalated. An administrator keeps the auditors, their keys and the rules, and does not decide.
    """

    READER = "reader"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"

    @classmethod
    def _missing_(cls, value: object) -> Role | None:
        """Read the name that desks, ledgers and signatures before version 1.2 have for an approver."""
        return cls.APPROVER if value == "lead" else None

    @property
    def writes(self) -> bool:
        """Whether one with this role writes and amends corrections, and marks error points."""
        return self in (Role.AUTHOR, Role.REVIEWER, Role.APPROVER)

    @property
    def decides(self) -> bool:
        """Whether one with this role decides and releases."""
        return self in (Role.REVIEWER, Role.APPROVER)


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
    """A reason code, what it says, and the verdicts that it applies to; one that is *retired* is only read."""

    code: str
    title: str
    verdicts: tuple[Verdict, ...]
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Auditor:
    """A person with a key.

    Attributes:
        name: Unique on the desk.
        role: See `Role`.
        public_key: One line, OpenSSH form: ``ssh-ed25519 AAAA…``.
        private_key: OpenSSH private key text, encrypted under the auditor's passphrase; "" where it is elsewhere.
        key_file: Path of the key with which ``ssh-keygen`` signs for this auditor, "" where the desk has the key.
        active: Whether the auditor may do anything at all.
        trained_until: When what the auditor was trained in runs out, in nanoseconds since 1970 UTC; None for never.
    """

    name: str
    role: Role
    public_key: str
    private_key: str = ""
    key_file: str = ""
    active: bool = True
    trained_until: int | None = None


@dataclass(frozen=True, slots=True)
class AuditorKey:
    """A public key and the time in which it signs for an auditor, in nanoseconds since 1970 UTC.

    Attributes:
        auditor: Whose it is.
        public_key: One line, OpenSSH form.
        since: From when on.
        retired: When another key took its place; what it signed before stays valid.
        revoked: From when on it must not be believed, which may lie before the day on which that was found out.
        reason: Why it was retired or revoked.
    """

    auditor: str
    public_key: str
    since: int = 0
    retired: int | None = None
    revoked: int | None = None
    reason: str = ""

    def same_times(self, other: AuditorKey) -> bool:
        """Tell whether *other* is this key of the same auditor; ledgers before version 1.2 do not say since when."""
        return (self.auditor, self.public_key, self.retired, self.revoked, self.since or other.since) == (
            (other.auditor, other.public_key, other.retired, other.revoked, other.since)
        )

    def signs_at(self, at: int) -> bool:
        """Tell whether a signature that was made with it at *at* is valid."""
        ends = [end for end in (self.retired, self.revoked) if end is not None]
        return self.since <= at and all(at < end for end in ends)


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
        until: Of a hold, when it ends, in nanoseconds since 1970 UTC; None where it has no date.
        void: An approval that counts for nothing, because its key was revoked from a time before it on.
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
    until: int | None = None
    void: bool = False
