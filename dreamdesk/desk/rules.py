"""Who may change the rules of the desk, and the entry of the ledger that says who did.

While a desk has no active administrator, whoever works at it may change its rules, and the entry says that nobody
signed. From the first administrator on, only the unlocked key of one changes them, and the entry carries its signature.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Protocol

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.ruling import NAMESPACE, SIGNATURE, RuleChange

KINDS = (
    "setting-changed",
    "policy-added",
    "policy-withdrawn",
    "auditor-added",
    "auditor-changed",
    "key-rotated",
    "key-revoked",
    "known-bad-sealed",
    "seal-opened",
    "desk-restored",
    "older-copy-accepted",
    "erased",
)
"""Types of entries that are changes of the rules: each is signed once the desk has an administrator."""


class Key(Protocol):
    """An unlocked key."""

    @property
    def auditor(self) -> Auditor:
        """Whose it is."""

    def sshsig(self, message: bytes, namespace: str) -> str:
        """Return the armored SSHSIG of *message* under *namespace*."""


By = str | Key
"""Who changes a rule: a name that nobody proved, or the unlocked key of an auditor."""


def name_of(by: By) -> str:
    """Return the name that the ledger gives to *by*."""
    return by if isinstance(by, str) else by.auditor.name


def administrators(db: Connection) -> dict[str, str]:
    """Return the public keys of the active administrators by their names."""
    rows = db.execute(
        "SELECT name, public_key FROM auditor WHERE role = ? AND active ORDER BY added", (Role.ADMINISTRATOR.value,)
    )
    return {str(name): str(key) for name, key in rows}


def check(db: Connection, by: By) -> None:
    """Return if *by* may change the rules of the desk.

    Raises:
        UserError: the desk has an administrator, and *by* is not the unlocked key of one.
    """
    known = administrators(db)
    if not known:
        return
    if isinstance(by, str) or by.auditor.name not in known:
        raise UserError(
            f"Only an administrator changes the rules of this desk ({', '.join(known)}), with an unlocked key. "
            "Nothing was changed."
        )
    if by.auditor.public_key != known[by.auditor.name]:
        raise UserError(f"The key in use is not the one that this desk has for {by.auditor.name}; unlock it again.")
    if db.execute("SELECT 1 FROM auditor_key WHERE public_key = ? AND revoked", (by.auditor.public_key,)).fetchone():
        raise UserError(f"The key of {by.auditor.name} was revoked. Nothing was changed.")


def enter(db: Connection, by: By, kind: str, body: dict[str, Json]) -> int:
    """Append the entry of a change of the rules, in the caller's transaction; return its number.

    Raises:
        UserError: as `check` says.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is not among the changes of rules, so that nobody would verify its signature")
    check(db, by)
    return sign_entry(db, by, kind, body)


def sign_entry(db: Connection, by: By, kind: str, body: dict[str, Json]) -> int:
    """Append an entry that carries the signature of *by* where that is a key; whether they may is not asked."""
    if isinstance(by, str):
        return ledger.append(db, by, kind, {**body, SIGNATURE: None})
    size, prev = ledger.head(db)
    change = RuleChange(size + 1, prev, kind, body)
    signed: Json = {
        "by": by.auditor.name,
        "public_key": by.auditor.public_key,
        "sshsig": by.sshsig(change.message(ledger.desk_id(db)), NAMESPACE),
    }
    return ledger.append(db, by.auditor.name, kind, {**body, SIGNATURE: signed})


def changes(db: Connection) -> Iterator[RuleChange]:
    """Yield the changes of the rules, oldest first; without those whose body is gone or is not the one committed to."""
    left = ledger.replaced(db)
    marks = ",".join("?" * len(KINDS))
    rows = db.execute(
        f"SELECT line, salt, body FROM entry_body JOIN entry USING(seq) WHERE {ledger.KIND} IN ({marks}) ORDER BY seq",  # noqa: S608
        KINDS,
    )
    for line, salt, body in rows:
        entry = json.loads(line)
        commit, erased = hashlib.sha256(salt + body).hexdigest(), left.get(entry["seq"])
        if commit in (entry["body_commit"], erased):
            yield RuleChange(entry["seq"], entry["prev"], entry["type"], json.loads(body), erased=commit == erased)
