"""Mappings that are kept on the desk under a name; each saving, replacing and deleting is an entry of the ledger.

The entry holds the mapping itself, so that an examiner can see how a source was read after the mapping was replaced.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.errors import UserError

CHANGED = "mapping-changed"
"""The type of the entries: a name, the digest that it stood for and the one that it stands for now, "" for none."""

MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept mapping: *body* is its canonical JSON, *sha256* the digest of that."""

    name: str
    body: bytes
    sha256: str
    saved: int


def all_kept(db: Connection) -> list[Kept]:
    """Return the kept mappings, the newest first."""
    rows = db.execute("SELECT name, body, sha256, saved FROM mapping ORDER BY saved DESC, name")
    return [Kept(name, body.encode(), digest, saved) for name, body, digest, saved in rows]


def get(db: Connection, name: str) -> Kept:
    """Return the mapping kept under *name*.

    Raises:
        UserError: there is none.
    """
    kept = {one.name: one for one in all_kept(db)}
    if name not in kept:
        known = f"It keeps: {', '.join(sorted(kept))}." if kept else "It keeps none."
        raise UserError(f"This desk keeps no mapping named ‘{name}’. {known}")
    return kept[name]


def put(db: Connection, name: str, mapping: dict[str, Json], actor: str, *, replace: bool = False) -> None:
    """Keep *mapping* under *name*, and say so in the ledger; the same mapping under the same name changes nothing.

    Raises:
        UserError: the name is empty or too long, or another mapping has it and *replace* was not asked for.
    """
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise UserError(f"A mapping needs a name of 1 to {MAX_NAME} visible characters; nothing was saved.")
    body = canonical(mapping)
    digest = sha256(body)
    with transaction(db):
        row = db.execute("SELECT sha256 FROM mapping WHERE name = ?", (name,)).fetchone()
        if row and row[0] == digest:
            return
        if row and not replace:
            raise UserError(
                f"This desk keeps another mapping named ‘{name}’; nothing was saved. Choose another name or replace it."
            )
        db.execute(
            "INSERT INTO mapping VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE"
            " SET body = excluded.body, sha256 = excluded.sha256, saved = excluded.saved",
            (name, body.decode(), digest, time.time_ns()),
        )
        ledger.append(
            db,
            actor,
            CHANGED,
            {
                "subject": f"‘{name}’ {'replaced' if row else 'saved'}",
                "name": name,
                "from": row[0] if row else "",
                "to": digest,
                "mapping": mapping,
            },
        )


def delete(db: Connection, name: str, actor: str) -> None:
    """Delete the mapping kept under *name*, and say so in the ledger; sources that were read with it stay.

    Raises:
        UserError: there is none.
    """
    with transaction(db):
        kept = get(db, name)
        db.execute("DELETE FROM mapping WHERE name = ?", (name,))
        body = {"subject": f"‘{name}’ deleted", "name": name, "from": kept.sha256, "to": ""}
        ledger.append(db, actor, CHANGED, body)
