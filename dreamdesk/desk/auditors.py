"""Auditors on the desk: names, roles and keys (the private ones encrypted under their passphrases)."""

from __future__ import annotations

import time

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError


def add(db: Connection, auditor: Auditor) -> None:
    """Add *auditor* and the ledger entry that names the key.

    Raises:
        UserError: the desk has an auditor of that name.
    """
    with transaction(db):
        if db.execute("SELECT 1 FROM auditor WHERE name = ?", (auditor.name,)).fetchone():
            raise UserError(f"There is an auditor “{auditor.name}” on this desk already.")
        db.execute(
            "INSERT INTO auditor VALUES(?,?,?,?,?)",
            (auditor.name, auditor.role.value, auditor.public_key, auditor.private_key, time.time_ns()),
        )
        ledger.append(
            db,
            auditor.name,
            "auditor-added",
            {
                "subject": f"{auditor.name}, {auditor.role.value}",
                "name": auditor.name,
                "role": auditor.role.value,
                "public_key": auditor.public_key,
            },
        )


def get(db: Connection, name: str) -> Auditor:
    """Return the auditor *name*.

    Raises:
        UserError: there is none; the message lists those there are.
    """
    row = db.execute("SELECT name, role, public_key, private_key FROM auditor WHERE name = ?", (name,)).fetchone()
    if row is None:
        names = ", ".join(auditor.name for auditor in all_auditors(db)) or "none yet; add one first"
        raise UserError(f"There is no auditor “{name}” on this desk (auditors: {names}).")
    return Auditor(row[0], Role(row[1]), row[2], row[3])


def all_auditors(db: Connection) -> tuple[Auditor, ...]:
    """Return the auditors in the order in which they were added."""
    rows = db.execute("SELECT name, role, public_key, private_key FROM auditor ORDER BY added")
    return tuple(Auditor(row[0], Role(row[1]), row[2], row[3]) for row in rows)
