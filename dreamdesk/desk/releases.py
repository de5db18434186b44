"""Releases: which corrections left the desk, when, signed by whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import corrections, encode, ledger, memory, sealed, tracing
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted


@dataclass(frozen=True, slots=True)
class Release:
    """One bundle that left the desk; *digest* is the SHA-256 of its signed manifest, *memory* ids of memory changes."""

    id: int
    at: int
    folder: str
    corrections: tuple[int, ...]
    auditor: str
    digest: str
    memory: tuple[int, ...] = ()


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
    turns: Sequence[tracing.Turn] = (),
    formats: Sequence[str] = (),
) -> int:
    """Record a release: its corrections and memory *changes* are released from now on, and the ledger says so.

    *turns* are the corrected turns in it with their lines, *formats* the training formats that were chosen. Return its
    id.

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
        if set(changes) - set(memory.waiting(db)):
            raise UserError(
                "Somebody decided otherwise of a memory change while the bundle was written. "
                "Nothing was released; release again."
            )
        cursor = db.execute(
            "INSERT INTO release(at, folder, auditor, digest, corrections, memory) VALUES(?,?,?,?,?,?)",
            (at, folder, auditor, digest, encode.dump(list(released)), encode.dump(list(changes))),
        )
        tracing.add(db, int(cursor.lastrowid or 0), turns)
        for change in changes:
            memory.set_state(db, change, ReviewState.RELEASED)
        for correction in released:
            corrections.set_state(db, correction, ReviewState.RELEASED)
        ledger.append(
            db,
            auditor,
            "released",
            {
                "subject": f"{_said(released, changes)} to {folder}",
                "corrections": list(released),
                "memory_changes": list(changes),
                "folder": folder,
                "digest": digest,
                "formats": list(formats),
            },
        )
    return int(cursor.lastrowid or 0)


def _said(released: Sequence[int], changes: Sequence[int]) -> str:
    parts = [counted(len(released), "correction")] if released or not changes else []
    return " and ".join([*parts, *([counted(len(changes), "memory change")] if changes else [])])


def all_releases(db: Connection) -> tuple[Release, ...]:
    """Return the releases, newest first."""
    rows = db.execute("SELECT id, at, folder, corrections, auditor, digest, memory FROM release ORDER BY id DESC")
    return tuple(Release(r[0], r[1], r[2], tuple(json.loads(r[3])), r[4], r[5], tuple(json.loads(r[6]))) for r in rows)
