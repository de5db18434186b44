"""Sealed known-bad corrections on the desk: what was sealed beforehand, which they are, what was said of them.

Nothing that the window or the command line shows tells them from others until their seal is opened. The rows here must
be in the file, or nothing could keep them from leaving it: whoever opens the file with other tools can read them.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from dreamdesk.desk import encode, rules
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.correction import Revision
from dreamdesk.model.errors import UserError

KNOWN = "known_bad"
MARK = f'"{KNOWN}":true'
"""What the body of the entry of a known-bad revision has more than others; as canonical JSON."""

SEALED, OPENED = "known-bad-sealed", "seal-opened"
"""The types of their entries in the ledger."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What was sealed: that of the next *among* corrections some are known to be bad.

    Attributes:
        body: The sealed list; *salt* and body hash to *commitment*, which the ledger has had since *at*.
        counted: How many corrections came since.
        opened: When it was opened, or None.
    """

    id: int
    at: int
    auditor: str
    body: dict[str, Json] = field(repr=False)
    salt: bytes = field(repr=False)
    counted: int
    opened: int | None

    @property
    def number(self) -> int:
        """How many are known to be bad."""
        return len(self.body["items"])

    @property
    def among(self) -> int:
        """Of how many."""
        return int(self.body["among"])

    @property
    def commitment(self) -> str:
        """The SHA-256 of salt and list."""
        return commitment(self.salt, self.body)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One known-bad correction: in which way it is bad, and what was held back for it."""

    correction: int
    episode: int
    seal: int
    fault: str
    digest: str
    genuine: Revision
    source: str


@dataclass(frozen=True, slots=True)
class KnownBad:
    """What makes a new correction a known-bad one: the seal, the fault, and the *genuine* one that is held back."""

    seal: int
    fault: str
    genuine: Revision


def commitment(salt: bytes, body: Mapping[str, Json]) -> str:
    """Return what the ledger holds of a sealed list: SHA-256 over salt and canonical list."""
    return hashlib.sha256(salt + canonical(dict(body))).hexdigest()


def add_seal(db: Connection, by: rules.By, body: dict[str, Json]) -> int:
    """Keep a sealed list, its commitment in the ledger, in the caller's transaction; return its id."""
    salt = os.urandom(32)
    text = canonical(body).decode()
    cursor = db.execute(
        "INSERT INTO seal(at, auditor, body, salt) VALUES(?,?,?,?)", (time.time_ns(), rules.name_of(by), text, salt)
    )
    seal = int(cursor.lastrowid or 0)
    told: dict[str, Json] = {
        "subject": f"seal {seal}: of the next {body['among']} corrections {len(body['items'])} are known to be bad",
        "seal": seal,
        "items": len(body["items"]),
        "among": body["among"],
        "commitment": commitment(salt, body),
    }
    rules.enter(db, by, SEALED, told)
    return seal


def seals(db: Connection) -> tuple[Seal, ...]:
    """Return the seals, oldest first."""
    rows = db.execute("SELECT id, at, auditor, body, salt, counted, opened FROM seal ORDER BY id")
    return tuple(Seal(r[0], r[1], r[2], json.loads(r[3]), bytes(r[4]), r[5], r[6]) for r in rows)


def due(db: Connection) -> tuple[Seal, dict[str, Json]] | None:
    """Count one more correction on the oldest seal that is not complete, in the caller's transaction.

    Return the seal and its next item where one is due, None else. The count goes on when all are made: where it stood
    still would tell which the last was.
    """
    for seal in seals(db):
        made = int(db.execute("SELECT count(*) FROM sealed WHERE seal = ?", (seal.id,)).fetchone()[0])
        if seal.opened is None and (made < seal.number or seal.counted < seal.among):
            db.execute("UPDATE seal SET counted = counted + 1 WHERE id = ?", (seal.id,))
            items = seal.body["items"]
            is_due = made < len(items) and items[made]["at"] <= seal.counted + 1
            return (seal, items[made]) if is_due else None
    return None


def add(db: Connection, correction: int, known: KnownBad, digest: str) -> None:
    """Say that *correction*, whose revision has this *digest*, is known to be bad, in the caller's transaction."""
    genuine = known.genuine
    held: dict[str, Json] = {
        "start": genuine.start,
        "steps": encode.corrected_out(genuine.steps),
        **{name: getattr(genuine, name) for name in ("author", "note", "prefix", "lesson", "exchange")},
    }
    db.execute(
        "INSERT INTO sealed VALUES(?,?,?,?,?,?)",
        (correction, known.seal, known.fault, digest, canonical(held).decode(), genuine.digest()),
    )


def of_seal(db: Connection, seal: int) -> tuple[Sealed, ...]:
    """Return the known-bad corrections of *seal*."""
    rows = db.execute(
        "SELECT sealed.correction, episode, seal, kind, digest, genuine, source FROM sealed"
        " JOIN correction ON correction.id = sealed.correction WHERE seal = ? ORDER BY sealed.correction",
        (seal,),
    )
    return tuple(Sealed(r[0], r[1], r[2], r[3], r[4], _genuine(json.loads(r[5])), r[6]) for r in rows)


def _genuine(held: dict[str, Json]) -> Revision:
    return Revision(**{**held, "steps": encode.corrected_in(held["steps"])})


def corrections(db: Connection) -> frozenset[int]:
    """Return the ids of all known-bad corrections, also of opened seals: none of them ever leaves the desk."""
    return frozenset(row[0] for row in db.execute("SELECT correction FROM sealed"))


def is_secret(db: Connection, correction: Json) -> bool:
    """Tell whether *correction* is known to be bad under a seal that was not opened yet."""
    query = "SELECT 1 FROM sealed JOIN seal ON seal.id = seal WHERE correction = ? AND opened IS NULL"
    return isinstance(correction, int) and db.execute(query, (correction,)).fetchone() is not None


def holds_back(db: Connection, episode: int, digest: str) -> bool:
    """Tell whether the revision with this digest is the one that a sealed one of *episode* stands for."""
    row = db.execute(
        "SELECT 1 FROM sealed JOIN correction ON correction.id = sealed.correction JOIN seal ON seal.id = seal"
        " WHERE correction.episode = ? AND genuine_digest = ? AND opened IS NULL",
        (episode, digest),
    ).fetchone()
    return row is not None


def mark_opened(db: Connection, seal: Seal, by: rules.By) -> None:
    """Open *seal*: its list and salt are in the ledger from now on, in the caller's transaction.

    Raises:
        UserError: it was opened already.
    """
    if seal.opened is not None:
        raise UserError(f"Seal {seal.id} was opened already.")
    items: list[Json] = [
        {"correction": one.correction, "digest": one.digest, "fault": one.fault} for one in of_seal(db, seal.id)
    ]
    told: dict[str, Json] = {
        "subject": f"seal {seal.id} opened: {len(items)} known-bad corrections",
        "seal": seal.id,
        "salt": seal.salt.hex(),
        "list": seal.body,
        "made": items,
    }
    rules.enter(db, by, OPENED, told)
    db.execute("UPDATE seal SET opened = ? WHERE id = ?", (time.time_ns(), seal.id))


def found(db: Connection, *, opened: bool = True) -> dict[str, tuple[int, int]]:
    """Return by auditor how many known-bad corrections they noticed, and how many they judged.

    Only those of *opened* seals count: a figure that changes with a decision would tell what was decided.
    Of each the first word counts: an approval has missed it; a rejection, a return, an escalation or a revision of
    one's own has noticed it; to hold it says nothing.
    """
    rows = db.execute(
        "WITH chosen(id) AS (SELECT correction FROM sealed JOIN seal ON seal.id = seal"
        " WHERE opened IS NOT NULL OR NOT ?)"
        " SELECT correction, auditor, verdict, at FROM decision WHERE correction IN chosen"
        " AND verdict != 'hold' AND sshsig != ''"
        " UNION ALL SELECT correction, author, 'amend', revision.created FROM revision"
        " WHERE correction IN chosen AND number > 1 AND author IN (SELECT name FROM auditor)"
        " ORDER BY 4",
        (opened,),
    )
    first: dict[tuple[int, str], str] = {}
    for correction, auditor, verdict, _ in rows:
        first.setdefault((correction, auditor), verdict)
    told: dict[str, tuple[int, int]] = {}
    for (_, auditor), verdict in first.items():
        noticed, judged = told.get(auditor, (0, 0))
        told[auditor] = noticed + (verdict != "approve"), judged + 1
    return told
