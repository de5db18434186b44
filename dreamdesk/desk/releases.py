"""Releases: which corrections left the desk, when, signed by whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import corrections, encode, ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted


@dataclass(frozen=True, slots=True)
class Release:
    """One bundle that left the desk; *digest* is the SHA-256 of its signed manifest."""

    id: int
    at: int
    folder: str
    corrections: tuple[int, ...]
    auditor: str
    digest: str


def add(db: Connection, at: int, folder: str, auditor: str, digest: str, released: Sequence[int]) -> int:
    """Record a release: its corrections are released from now on, and the ledger says so. Return its id.

    Raises:
        UserError: one of them is not approved any more; nothing was written.
    """
    with transaction(db):
        for correction in released:
            state = corrections.get(db, correction).state
            if state is not ReviewState.APPROVED:
                raise UserError(
                    f"Correction {correction} is {state.value} by now: somebody decided while the bundle was written. "
                    "Nothing was released; release again."
                )
        cursor = db.execute(
            "INSERT INTO release(at, folder, auditor, digest, corrections) VALUES(?,?,?,?,?)",
            (at, folder, auditor, digest, encode.dump(list(released))),
        )
        for correction in released:
            corrections.set_state(db, correction, ReviewState.RELEASED)
        ledger.append(
            db,
            auditor,
            "released",
            {
                "subject": f"{counted(len(released), 'correction')} to {folder}",
                "corrections": list(released),
                "folder": folder,
                "digest": digest,
            },
        )
    return int(cursor.lastrowid or 0)


def all_releases(db: Connection) -> tuple[Release, ...]:
    """Return the releases, newest first."""
    rows = db.execute("SELECT id, at, folder, corrections, auditor, digest FROM release ORDER BY id DESC")
    return tuple(Release(r[0], r[1], r[2], tuple(json.loads(r[3])), r[4], r[5]) for r in rows)
