"""Auditors on the desk: names, roles and keys (the private ones encrypted under their passphrases)."""

from __future__ import annotations

import time

from dreamdesk.desk import rules
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import Auditor, AuditorKey, Role
from dreamdesk.model.errors import UserError

ADDED, CHANGED, ROTATED, REVOKED = "auditor-added", "auditor-changed", "key-rotated", "key-revoked"
"""Types of ledger entries, each signed where the desk has an administrator."""

PASSPHRASE, REFUSED = "passphrase-changed", "passphrase-refused"
"""Types of entries about passphrases: a new one, and a wrong one that somebody gave."""

_COLUMNS = "name, role, public_key, private_key, key_file, active, trained_until"


def add(db: Connection, auditor: Auditor, by: rules.By, since: int | None = None) -> None:
    """Add *auditor* and the ledger entry that names the key, which signs from *since* on (None: from now on).

    Raises:
        UserError: the desk has an auditor of that name or that key, or *by* may not change the rules.
    """
    now = time.time_ns()
    since = now if since is None else since
    with transaction(db):
        if db.execute("SELECT 1 FROM auditor WHERE name = ?", (auditor.name,)).fetchone():
            raise UserError(f"There is an auditor “{auditor.name}” on this desk already.")
        body: dict[str, Json] = {
            "subject": f"{auditor.name}, {auditor.role.value}",
            "name": auditor.name,
            "role": auditor.role.value,
            "public_key": auditor.public_key,
            "since": since,
            "trained_until": auditor.trained_until,
        }
        rules.enter(db, by, ADDED, body)
        db.execute(
            "INSERT INTO auditor(name, role, public_key, private_key, added, key_file, trained_until)"
            " VALUES(?,?,?,?,?,?,?)",
            (auditor.name, auditor.role.value, auditor.public_key, auditor.private_key, now, auditor.key_file,
             auditor.trained_until),
        )  # fmt: skip
        _add_key(db, auditor.name, auditor.public_key, since)


def _add_key(db: Connection, name: str, public_key: str, since: int) -> None:
    if db.execute("SELECT 1 FROM auditor_key WHERE public_key = ?", (public_key,)).fetchone():
        raise UserError("This key is or was an auditor's on this desk already. Every auditor needs a key of their own.")
    db.execute("INSERT INTO auditor_key VALUES(?,?,?,NULL,NULL,'')", (public_key, name, since))


def get(db: Connection, name: str) -> Auditor:
    """Return the auditor *name*.

    Raises:
        UserError: there is none; the message lists those there are.
    """
    row = db.execute(f"SELECT {_COLUMNS} FROM auditor WHERE name = ?", (name,)).fetchone()  # noqa: S608
    if row is None:
        names = ", ".join(auditor.name for auditor in all_auditors(db)) or "none yet; add one first"
        raise UserError(f"There is no auditor “{name}” on this desk (auditors: {names}).")
    return _auditor(row)


def all_auditors(db: Connection) -> tuple[Auditor, ...]:
    """Return the auditors, those no longer active too, in the order in which they were added."""
    return tuple(map(_auditor, db.execute(f"SELECT {_COLUMNS} FROM auditor ORDER BY added")))  # noqa: S608


def _auditor(row: tuple[str, str, str, str, str, int, int | None]) -> Auditor:
    return Auditor(row[0], Role(row[1]), row[2], row[3], row[4], bool(row[5]), row[6])


def keys(db: Connection) -> tuple[AuditorKey, ...]:
    """Return every key that ever signed on this desk, in the order in which they came."""
    rows = db.execute(
        "SELECT auditor, public_key, since, retired, revoked, reason FROM auditor_key ORDER BY since, rowid"
    )
    return tuple(AuditorKey(*row) for row in rows)
