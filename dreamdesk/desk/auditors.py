"""Auditors on the desk: names, roles and keys (the private ones encrypted under their passphrases)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dreamdesk.desk import ledger, rules
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import Auditor, AuditorKey, Role, Verdict
from dreamdesk.model.errors import UserError

ADDED, CHANGED, ROTATED, REVOKED = "auditor-added", "auditor-changed", "key-rotated", "key-revoked"
"""Types of entries of the ledger about auditors and their keys."""

PASSPHRASE, REFUSED = "passphrase-changed", "passphrase-refused"
"""Types of entries about passphrases: a new one, and a wrong one that somebody gave."""

_COLUMNS = "name, role, public_key, private_key, key_file, active, trained_until"


def add(db: Connection, auditor: Auditor, by: rules.By, since: int | None = None, *, looking: bool = False) -> None:
    """Add *auditor* and the ledger entry that names the key, which signs from *since* on (None: from now on).

    *looking*: the caller takes it back, so that whether *by* may is not asked.

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
        (rules.sign_entry if looking else rules.enter)(db, by, ADDED, body)
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


def current(db: Connection, key: rules.Key) -> Auditor:
    """Return the auditor whose unlocked *key* this is, as the desk knows them now.

    Raises:
        UserError: the auditor is not active, or the key is not the one that the desk has, or it was revoked.
    """
    auditor = get(db, key.auditor.name)
    if auditor.public_key != key.auditor.public_key:
        raise UserError(f"The key in use is not the one that this desk has for {auditor.name}; unlock it again.")
    check_usable(db, auditor)
    return auditor


def check_usable(db: Connection, auditor: Auditor) -> None:
    """Return if *auditor* may sign now.

    Raises:
        UserError: the auditor is not active, or the key was revoked.
    """
    if not auditor.active:
        raise UserError(f"{auditor.name} is no longer active on this desk, and signs nothing.")
    if any(key.public_key == auditor.public_key and key.revoked is not None for key in keys(db)):
        raise UserError(f"The key of {auditor.name} was revoked. Give {auditor.name} a new one first (rotate).")


def check_trained(auditor: Auditor, verdict: Verdict, at: int | None = None) -> None:
    """Return if what *auditor* was trained in had not run out at *at* (None: now), or the *verdict* is no approval.

    Raises:
        UserError: it has.
    """
    until = auditor.trained_until
    if verdict is Verdict.APPROVE and until is not None and until <= (time.time_ns() if at is None else at):
        raise UserError(
            f"The training of {auditor.name} ran out on {_shown(until)}. Whoever keeps the auditors enters a new day "
            "after a new training; until then everything but an approval may be said."
        )


def check_writes(db: Connection, name: str) -> None:
    """Return if *name* may write on this desk; a name that is no auditor's is not asked for a role.

    Raises:
        UserError: it is an auditor who is not active, or whose role is only to look or to keep the rules.
    """
    row = db.execute("SELECT role, active FROM auditor WHERE name = ?", (name,)).fetchone()
    if row is not None and not (row[1] and Role(row[0]).writes):
        role = Role(row[0]).value if row[1] else "nobody, being no longer active"
        raise UserError(f"{name} has the role of {role}, which writes nothing here. Nothing was changed.")


def change(db: Connection, name: str, what: dict[str, Json], reason: str, by: rules.By) -> None:
    """Change role, activity or training of *name*; *what* holds the new "role", "active" or "trained_until".

    Raises:
        UserError: there is no such auditor, no reason, nothing to change, *by* may not change the rules, or the desk
            would be left without an administrator.
    """
    if not reason.strip():
        raise UserError("Say why, for the ledger; nothing was changed.")
    with transaction(db):
        auditor = get(db, name)
        before = {"role": auditor.role.value, "active": auditor.active, "trained_until": auditor.trained_until}
        changed = {field: value for field, value in what.items() if value != before[field]}
        if not changed:
            raise UserError(f"{name} is so already; nothing was changed.")
        after = before | changed
        if list(rules.administrators(db)) == [name] and (after["role"], after["active"]) != ("administrator", True):
            raise UserError(f"{name} is the only administrator. Make somebody else one first; nothing was changed.")
        told = ", ".join(f"{field} {_shown(before[field])} → {_shown(value)}" for field, value in changed.items())
        body = {
            "subject": f"{name}: {told.replace('_', ' ')} ({reason.strip()})",
            "name": name,
            "reason": reason.strip(),
            "at": time.time_ns(),
            **changed,
        }
        rules.enter(db, by, CHANGED, body)
        db.execute(
            "UPDATE auditor SET role = ?, active = ?, trained_until = ? WHERE name = ?",
            (after["role"], after["active"], after["trained_until"], name),
        )


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # The training holds up to the end of a day.
    day = time.strftime("%Y-%m-%d", time.gmtime((value - 1) // 10**9)) if isinstance(value, int) else ""
    return day or str(value or "none")


def rotate(db: Connection, old: Auditor, new: Auditor, reason: str, by: rules.By) -> None:
    """Retire the key of *old* now and take that of *new* instead, in the caller's transaction.

    The owner may do so with the old key; else it is a change of the rules.

    Raises:
        UserError: *by* may not, or the new key was used on this desk before.
    """
    now = time.time_ns()
    body: dict[str, Json] = {
        "subject": f"{old.name}: {reason}".strip(": "),
        "name": old.name,
        "from": old.public_key,
        "public_key": new.public_key,
        "at": now,
        "reason": reason,
    }
    _enter_for(db, old.name, by, ROTATED, body)
    db.execute(
        "UPDATE auditor_key SET retired = ?, reason = CASE WHEN revoked IS NULL THEN ? ELSE reason END"
        " WHERE public_key = ?",
        (now, reason, old.public_key),
    )
    _add_key(db, old.name, new.public_key, now)
    db.execute(
        "UPDATE auditor SET public_key = ?, private_key = ?, key_file = ? WHERE name = ?",
        (new.public_key, new.private_key, new.key_file, old.name),
    )


def revoke(db: Connection, key: AuditorKey, since: int, reason: str, by: rules.By) -> None:
    """Believe nothing that *key* signed at *since* or later, in the caller's transaction; its private half goes.

    Raises:
        UserError: *by* may not, it is revoked already, or it is the key of the only administrator.
    """
    if key.revoked is not None:
        raise UserError(f"This key of {key.auditor} was revoked already; nothing was changed.")
    if key.public_key in rules.administrators(db).values() and len(rules.administrators(db)) == 1:
        raise UserError(f"{key.auditor} is the only administrator. Rotate to a new key first, then revoke this one.")
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(since // 10**9))
    body: dict[str, Json] = {
        "subject": f"{key.auditor}, from {when} UTC on: {reason}",
        "name": key.auditor,
        "public_key": key.public_key,
        "from": since,
        "reason": reason,
    }
    _enter_for(db, key.auditor, by, REVOKED, body)
    db.execute("UPDATE auditor_key SET revoked = ?, reason = ? WHERE public_key = ?", (since, reason, key.public_key))
    db.execute("UPDATE auditor SET private_key = '', key_file = '' WHERE public_key = ?", (key.public_key,))


def _enter_for(db: Connection, owner: str, by: rules.By, kind: str, body: dict[str, Json]) -> None:
    """Enter a change of *owner*'s keys: the owner's own key suffices."""
    if not isinstance(by, str) and by.auditor.name == owner:
        current(db, by)
        rules.sign_entry(db, by, kind, body)
    else:
        rules.enter(db, by, kind, body)


def set_private_key(db: Connection, key: rules.Key, private_key: str) -> None:
    """Keep the private key of *key*'s auditor, encrypted anew."""
    with transaction(db):
        current(db, key)
        rules.sign_entry(db, key, PASSPHRASE, {"subject": key.auditor.name, "name": key.auditor.name})
        db.execute("UPDATE auditor SET private_key = ? WHERE name = ?", (private_key, key.auditor.name))


def refused(db: Connection, name: str, where: str) -> int:
    """Enter that somebody gave a wrong passphrase for *name*; return how many that makes since *name* did anything.

    *where* is the name of who uses the computer, which is all that is known of who tried.
    """
    with transaction(db):
        count = 1
        for (line,) in db.execute("SELECT line FROM entry ORDER BY seq DESC LIMIT 1000"):
            entry = json.loads(line)
            if entry["actor"] == name:
                break
            count += entry["type"] == REFUSED and _named(db, entry["seq"]) == name
        told = f"wrong passphrase for {name}, {count} in a row"
        ledger.append(db, where, REFUSED, {"subject": told, "name": name, "in_a_row": count})
    return count


def _named(db: Connection, seq: int) -> str:
    row = db.execute("SELECT body FROM entry_body WHERE seq = ?", (seq,)).fetchone()
    return str(json.loads(row[0]).get("name", "")) if row and row[0] else ""


@contextmanager
def scrubbed(db: Connection) -> Iterator[None]:
    """Leave nothing of a private key that the body replaces: not in the file's free space, nor in its log."""
    db.execute("PRAGMA secure_delete=ON")
    try:
        yield
    finally:
        db.execute("PRAGMA secure_delete=OFF")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
