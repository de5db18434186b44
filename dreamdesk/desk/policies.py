"""Policies of the desk: documents that bind agents beside what their traces say of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from dreamdesk.desk import rules
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import sha256
from dreamdesk.model.errors import UserError


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document.

    Attributes:
        name: How people call it; unique among those in force.
        agent: The agent that it binds, as traces name it; "" binds all.
        added, withdrawn: When, in nanoseconds since 1970 UTC; *withdrawn* is None while it is in force.
    """

    id: int
    name: str
    agent: str
    text: str
    added: int
    withdrawn: int | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return sha256(self.text.encode())


def add(db: Connection, name: str, agent: str, text: str, by: rules.By) -> Policy:
    """Put a policy in force.

    Raises:
        UserError: it has no name or no text, or one of that name is in force, or *by* may not change the rules.
    """
    if not name.strip() or not text.strip():
        raise UserError("A policy needs a name and a text; nothing was changed.")
    with transaction(db):
        if any(policy.name == name for policy in in_force(db)):
            raise UserError(f"A policy “{name}” is in force already. Withdraw it first, then add the new text.")
        body = text.encode("utf-8", "replace").decode()
        db.execute("INSERT OR IGNORE INTO document(sha256, body) VALUES(?,?)", (sha256(body.encode()), body))
        cursor = db.execute(
            "INSERT INTO policy(name, agent, document, added) VALUES(?,?,(SELECT id FROM document WHERE sha256 = ?),?)",
            (name, agent, sha256(body.encode()), time.time_ns()),
        )
        made = next(policy for policy in every(db) if policy.id == cursor.lastrowid)
        whom = f"binds {agent}" if agent else "binds every agent"
        rules.enter(
            db,
            by,
            "policy-added",
            {"subject": f"{name}, {whom}", "policy": made.id, "name": name, "agent": agent, "sha256": made.digest},
        )
    return made


def withdraw(db: Connection, name: str, by: rules.By) -> None:
    """Take the policy *name* out of force; its text stays for those who ask later.

    Raises:
        UserError: no policy of that name is in force, or *by* may not change the rules.
    """
    with transaction(db):
        found = [policy for policy in in_force(db) if policy.name == name]
        if not found:
            raise UserError(f"There is no policy “{name}” in force on this desk.")
        db.execute("UPDATE policy SET withdrawn = ? WHERE id = ?", (time.time_ns(), found[0].id))
        rules.enter(db, by, "policy-withdrawn", {"subject": name, "policy": found[0].id, "sha256": found[0].digest})


def every(db: Connection) -> list[Policy]:
    """Return all policies, those withdrawn too, in the order in which they were added."""
    rows = db.execute(
        "SELECT policy.id, name, agent, body, added, withdrawn FROM policy JOIN document ON document.id = document"
        " ORDER BY policy.id"
    )
    return [Policy(*row) for row in rows]


def in_force(db: Connection, agent: str | None = None) -> list[Policy]:
    """Return the policies in force, only those that bind *agent* where one is named."""
    return [p for p in every(db) if p.withdrawn is None and (agent is None or p.agent in ("", agent))]
