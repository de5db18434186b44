"""Releases: which corrections left the desk, when, to whom, signed by whom, and what was called back since."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreamdesk.desk import corrections, encode, ledger, memory, sealed, tracing
from dreamdesk.desk.database import Connection, refusing, transaction
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted

DRAFTED, RELEASED, WITHDRAWN, RECALLED = "release-drafted", "released", "draft-withdrawn", "recalled"
"""Types of ledger entries."""

WAITING, DONE, GONE = "waiting", "released", "withdrawn"
"""What becomes of a draft."""


@dataclass(frozen=True, slots=True)
class Release:
    """One bundle that left the desk.

    Attributes:
        id, at: Its number on the desk, and when it left, in nanoseconds since 1970 UTC.
        folder: Where it was written.
        corrections, memory: Ids of the corrections and of the memory changes in it.
        auditor: Who released it.
        digest: SHA-256 of its signed manifest.
        recipient: To whom it went, in words; "" where nobody said.
        signers: Everybody who signed it.
    """

    id: int
    at: int
    folder: str
    corrections: tuple[int, ...]
    auditor: str
    digest: str
    memory: tuple[int, ...] = ()
    recipient: str = ""
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A sealed bundle that others must still sign.

    Attributes:
        id, at, folder, auditor, digest, memory, recipient: As of a release.
        revisions: The digest of the revision of each correction in it, by the correction's id.
        required: How many people must sign.
        state: `WAITING`, `DONE` or `GONE`.
    """

    id: int
    at: int
    folder: str
    auditor: str
    digest: str
    revisions: Mapping[int, str]
    memory: tuple[int, ...]
    recipient: str
    required: int
    state: str


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall: the release, and the signed notice (see `dreamdesk.release.recall`)."""

    id: int
    release: int
    at: int
    auditor: str
    notice: bytes
    sshsig: str


def leaving(db: Connection) -> list[int]:
    """Return the corrections that a release would take: those approved, but never one that is known to be bad."""
    known_bad = sealed.corrections(db)
    return [number for number in corrections.ids(db, (ReviewState.APPROVED,)) if number not in known_bad]


def add(
    db: Connection,
    at: int,
    folder: str,
    auditor: str,
    digest: str,
    released: Sequence[int],
    changes: Sequence[int] = (),
    *,
    turns: Sequence[tracing.Turn] = (),
    formats: Sequence[str] = (),
    recipient: str = "",
    signers: Sequence[str] = (),
    waived: Mapping[int, str] | None = None,
    draft: int | None = None,
) -> int:
    """Record a release: its corrections and memory *changes* are released from now on, and the ledger says so.

    *turns* are the corrected turns in it with their lines, *formats* the training formats that were chosen. *waived*
    says for corrections why what they hold of secrets and personal data leaves; *draft* is the draft that became this
    release. Return its id.

    Raises:
        UserError: one of them is not approved any more; nothing was written.
    """
    with transaction(db):
        _still_approved(db, released, changes)
        cursor = refusing(
            db,
            "INSERT INTO release(at, folder, auditor, digest, corrections, memory, recipient, signers)"
            " VALUES(?,?,?,?,?,?,?,?)",
            (at, folder, auditor, digest, encode.dump(list(released)), encode.dump(list(changes)), recipient,
             encode.dump(list(signers or [auditor]))),
        )  # fmt: skip
        tracing.add(db, int(cursor.lastrowid or 0), turns)
        if draft is not None:
            db.execute("UPDATE release_draft SET state = ? WHERE id = ?", (DONE, draft))
        ledger.append(
            db,
            auditor,
            RELEASED,
            {
                "subject": f"{_said(released, changes)} to {folder}",
                "corrections": list(released),
                "memory_changes": list(changes),
                "folder": folder,
                "digest": digest,
                "formats": list(formats),
                "recipient": recipient,
                "signers": list(signers or [auditor]),
                "waived": {str(correction): why for correction, why in (waived or {}).items()},
                "draft": draft,
            },
        )
    return int(cursor.lastrowid or 0)


def _still_approved(db: Connection, released: Sequence[int], changes: Sequence[int]) -> None:
    for correction in released:
        state = corrections.get(db, correction).state
        if state is not ReviewState.APPROVED:
            raise UserError(
                f"Correction {correction} is {state.called} by now: somebody decided while the bundle was written. "
                "Nothing was released; release again."
            )
    if set(changes) - set(memory.waiting(db)):
        raise UserError(
            "Somebody decided otherwise of a memory change while the bundle was written. "
            "Nothing was released; release again."
        )


def _said(released: Sequence[int], changes: Sequence[int]) -> str:
    parts = [counted(len(released), "correction")] if released or not changes else []
    return " and ".join([*parts, *([counted(len(changes), "memory change")] if changes else [])])


def all_releases(db: Connection) -> tuple[Release, ...]:
    """Return the releases, newest first."""
    rows = db.execute(
        "SELECT id, at, folder, corrections, auditor, digest, memory, recipient, signers FROM release ORDER BY id DESC"
    )
    return tuple(
        Release(r[0], r[1], r[2], tuple(json.loads(r[3])), r[4], r[5], tuple(json.loads(r[6])), r[7],
                tuple(json.loads(r[8])) or (r[4],))
        for r in rows
    )  # fmt: skip


def get(db: Connection, number: int) -> Release:
    """Return the release *number*.

    Raises:
        UserError: there is none.
    """
    found = next((release for release in all_releases(db) if release.id == number), None)
    if found is None:
        raise UserError(f"There is no bundle {number} on this desk; “dreamdesk bundles” lists those there are.")
    return found


def carrying(db: Connection, numbers: Sequence[int]) -> tuple[Release, ...]:
    """Return the releases that any of the corrections *numbers* left with, newest first."""
    wanted = set(numbers)
    return tuple(release for release in all_releases(db) if wanted & set(release.corrections))


def next_number(db: Connection) -> int:
    """Return the number that the next bundle bears; a draft that waits or was withdrawn keeps its own."""
    released = int(db.execute("SELECT count(*) FROM release").fetchone()[0])
    drafts = int(db.execute("SELECT count(*) FROM release_draft WHERE state != ?", (DONE,)).fetchone()[0])
    return released + drafts + 1


def add_draft(
    db: Connection,
    at: int,
    folder: str,
    auditor: str,
    digest: str,
    revisions: Mapping[int, str],
    changes: Sequence[int],
    recipient: str,
    required: int,
) -> int:
    """Record a sealed draft, and say so in the ledger; return its id.

    Raises:
        UserError: one of its corrections is not approved any more; nothing was written.
    """
    with transaction(db):
        _still_approved(db, list(revisions), changes)
        cursor = db.execute(
            "INSERT INTO release_draft(at, folder, auditor, digest, revisions, memory, recipient, required, state)"
            " VALUES(?,?,?,?,?,?,?,?,?)",
            (at, folder, auditor, digest, encode.dump({str(c): d for c, d in revisions.items()}),
             encode.dump(list(changes)), recipient, required, WAITING),
        )  # fmt: skip
        ledger.append(
            db,
            auditor,
            DRAFTED,
            {
                "subject": f"{_said(list(revisions), changes)} to {folder}, for {required} signatures",
                "draft": int(cursor.lastrowid or 0),
                "corrections": list(revisions),
                "memory_changes": list(changes),
                "folder": folder,
                "digest": digest,
                "recipient": recipient,
                "required": required,
            },
        )
    return int(cursor.lastrowid or 0)


def drafts(db: Connection, state: str = WAITING) -> tuple[Draft, ...]:
    """Return the drafts of which *state* became, newest first."""
    rows = db.execute(
        "SELECT id, at, folder, auditor, digest, revisions, memory, recipient, required, state FROM release_draft"
        " WHERE state = ? ORDER BY id DESC",
        (state,),
    )
    return tuple(
        Draft(r[0], r[1], r[2], r[3], r[4], {int(c): d for c, d in json.loads(r[5]).items()}, tuple(json.loads(r[6])),
              r[7], r[8], r[9])
        for r in rows
    )  # fmt: skip


def withdraw(db: Connection, draft: Draft, auditor: str, reason: str) -> None:
    """Give up a draft that waits: what is in it may be released in another bundle. The ledger says why."""
    with transaction(db):
        db.execute("UPDATE release_draft SET state = ? WHERE id = ? AND state = ?", (GONE, draft.id, WAITING))
        ledger.append(
            db,
            auditor,
            WITHDRAWN,
            {"subject": f"the draft {draft.folder}", "draft": draft.id, "digest": draft.digest, "reason": reason},
        )


def add_recall(
    db: Connection, release: Release, called_back: Sequence[int], auditor: str, at: int, notice: bytes, sshsig: str
) -> int:
    """Record a recall: the corrections *called_back* are recalled from now on, and the ledger says so. Return its id.

    Raises:
        UserError: one of them is not released, so that there is nothing to call back; nothing was written.
    """
    said = json.loads(notice)
    with transaction(db):
        for correction in called_back:
            state = corrections.get(db, correction).state
            if correction not in release.corrections or state is not ReviewState.RELEASED:
                raise UserError(f"Correction {correction} is {state.called}; bundle {release.id} has none to recall.")
            corrections.recall(db, correction, at)
        cursor = db.execute(
            "INSERT INTO recall(release, at, auditor, notice, sshsig) VALUES(?,?,?,?,?)",
            (release.id, at, auditor, notice, sshsig),
        )
        ledger.append(
            db,
            auditor,
            RECALLED,
            {
                "subject": f"{counted(len(called_back), 'correction')} of bundle {release.id}: {said['reason']}",
                "release": release.id,
                "corrections": list(called_back),
                "reason": said["reason"],
                "recipient": release.recipient,
                "digest": release.digest,
                "notice": notice.decode(),
            },
        )
    return int(cursor.lastrowid or 0)


def recalls(db: Connection) -> tuple[Recall, ...]:
    """Return the recalls, oldest first."""
    return tuple(
        Recall(*row) for row in db.execute("SELECT id, release, at, auditor, notice, sshsig FROM recall ORDER BY id")
    )
