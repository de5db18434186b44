"""Auditors and their keys: added, changed, unlocked, rotated, revoked."""

from __future__ import annotations

import getpass
import time
from datetime import UTC, datetime
from pathlib import Path

from dreamdesk.desk import auditors, corrections, decisions, ledger, rules
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model import signers
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import Auditor, AuditorKey, ReviewState, Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.signers import Span
from dreamdesk.pipeline.common import write_head
from dreamdesk.review import identity, register, sshsig
from dreamdesk.review.identity import Signer
from dreamdesk.review.keygen import WrongPassphrase

_LEFT = (ReviewState.RELEASED, ReviewState.RECALLED)
"""States of what is out in a bundle."""

_LAST = 9_000_000_000
"""Seconds since 1970 that nanoseconds in 64 bits can say: the year 2255."""

NAMESPACES = ("dreamdesk-decision", "dreamdesk-bundle", "dreamdesk-recall", "dreamdesk-packet")
"""What the keys in a list of signers may sign."""


def add_auditor(
    db: Connection, name: str, role: Role, passphrase: str, by: rules.By = "", key_file: Path | None = None
) -> Auditor:
    """Make an auditor with a new Ed25519 key under *passphrase*, or with *key_file*, which ssh-keygen signs with.

    *by* says so; without it, the new auditor.

    Raises:
        UserError: the name, the passphrase or the key will not do, or the desk has an administrator and *by* is none.
    """
    rules.check(db, by)
    if any(auditor.name == name for auditor in auditors.all_auditors(db)):
        raise UserError(f"There is an auditor “{name}” on this desk already.")
    auditor = _new(name, role, passphrase, key_file)
    auditors.add(db, auditor, by or name)
    write_head(db)
    return auditor


def _new(name: str, role: Role, passphrase: str, key_file: Path | None) -> Auditor:
    if key_file is None:
        return identity.make_auditor(name, role, passphrase)
    return identity.with_key_file(name, role, key_file, passphrase)


def unlock(db: Connection, name: str, passphrase: str) -> Signer:
    """Open the auditor's key; a wrong passphrase is counted, and an entry of the ledger.

    Raises:
        UserError: there is no such auditor, the key may not be used any more, or the passphrase is wrong.
    """
    auditor = auditors.get(db, name)
    auditors.check_usable(db, auditor)
    try:
        return identity.unlock(auditor, passphrase)
    except WrongPassphrase as error:
        try:
            row = auditors.refused(db, name, getpass.getuser())
        except UserError as trouble:  # a desk that is opened only to be read
            raise WrongPassphrase(f"{error} The ledger could not keep that it was tried. {trouble}") from error
        write_head(db)
        words = f"{error} That makes {row} times in a row." if row > 1 else str(error)
        raise WrongPassphrase(f"{words} The ledger keeps that it was tried, not what was typed.") from error


def change_auditor(
    db: Connection,
    name: str,
    reason: str,
    by: rules.By,
    *,
    role: Role | None = None,
    active: bool | None = None,
    trained_until: str | None = None,
) -> Auditor:
    """Change role, activity or training of an auditor, with the reason, in the ledger.

    *trained_until* is a day, ``2027-06-30`` (the last on which the training holds, UTC), or "" for no end.

    Raises:
        UserError: see `auditors.change`; or the day is none.
    """
    what: dict[str, Json] = {}
    if role is not None:
        what["role"] = role.value
    if active is not None:
        what["active"] = active
    if trained_until is not None:
        what["trained_until"] = _instant(trained_until) + 86_400 * 10**9 if trained_until else None
    auditors.change(db, name, what, reason, by)
    write_head(db)
    return auditors.get(db, name)


def change_passphrase(db: Connection, signer: Signer, passphrase: str) -> None:
    """Encrypt the unlocked key anew under *passphrase*; the key stays the same.

    Raises:
        UserError: it is too short, or the key lies outside the desk.
    """
    with auditors.scrubbed(db):
        auditors.set_private_key(db, signer, signer.reencrypted(passphrase))
    write_head(db)


def rotate_key(
    db: Connection, name: str, passphrase: str, reason: str, by: rules.By, key_file: Path | None = None
) -> Auditor:
    """Give an auditor a new key and retire the old one: what it signed stays valid, and it signs nothing more.

    The owner may do so with the old key; else it is a change of the rules.

    Raises:
        UserError: there is no such auditor, *by* may not, or the passphrase or the key will not do.
    """
    old = auditors.get(db, name)
    new = _new(name, old.role, passphrase, key_file)
    with auditors.scrubbed(db), transaction(db):
        auditors.rotate(db, auditors.get(db, name), new, reason.strip(), by)
    write_head(db)
    return auditors.get(db, name)


def revoke_key(
    db: Connection, name: str, reason: str, by: rules.By, since: str = "", fingerprint: str = ""
) -> tuple[list[int], list[int]]:
    """Believe nothing that a key of *name* signed at *since* (UTC; now without it) or later.

    Approvals by it since then are void where the correction has not left yet. *fingerprint* names a key that was
    retired; without it, it is the one in use.

    Returns:
        The corrections whose approvals are void now, and those that left with an approval that would be.

    Raises:
        UserError: there is no such key, it was revoked already, the time is none or lies ahead, or *by* may not.
    """
    if not reason.strip():
        raise UserError("Say why, for the ledger; nothing was changed.")
    now = time.time_ns()
    # A whole second, which is all that a list of signers can say.
    moment = (_instant(since) if since else now) // 10**9 * 10**9
    if moment > now:
        raise UserError("A key cannot be revoked from a time on that lies ahead; nothing was changed.")
    auditor = auditors.get(db, name)
    wanted = fingerprint or sshsig.fingerprint(auditor.public_key)
    mine = [key for key in auditors.keys(db) if key.auditor == name]
    key = next((key for key in mine if sshsig.fingerprint(key.public_key) == wanted), None)
    if key is None:
        raise UserError(f"{name} has no key {wanted}. See: dreamdesk auditor keys.")
    with auditors.scrubbed(db), transaction(db):
        approved = corrections.ids(db, (ReviewState.SECOND, ReviewState.APPROVED))
        stood = {number: corrections.get(db, number).state for number in approved}
        auditors.revoke(db, key, moment, reason.strip(), by)
        hit = {d.correction for _, d in decisions.all_decisions(db) if d.void and d.auditor == name and d.at >= moment}
        gone = [number for number in sorted(hit) if corrections.get(db, number).state in _LEFT]
        void = [
            number for number in sorted(hit) if number in stood and corrections.get(db, number).state != stood[number]
        ]
    write_head(db)
    return void, gone


def keys(db: Connection) -> tuple[AuditorKey, ...]:
    """Return every key that ever signed on this desk."""
    return auditors.keys(db)


def spans(db: Connection) -> tuple[Span, ...]:
    """Return when which key may sign decisions and bundles, as the ledger tells it."""
    return register.read(ledger.desk_id(db), rules.changes(db)).spans()


def allowed_signers(db: Connection) -> str:
    """Return the desk's list of signers for ``ssh-keygen -Y verify -f``, each key with the times in which it signs."""
    return signers.allowed_signers(spans(db), NAMESPACES)


def revoked_keys(db: Connection) -> str:
    """Return the revoked keys for ``ssh-keygen -Y verify -r``."""
    return signers.revoked_keys(key.public_key for key in auditors.keys(db) if key.revoked is not None)


def _instant(text: str) -> int:
    """Return a day or a moment in UTC, as ISO 8601 writes it, in nanoseconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
        seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        if not 0 <= seconds < _LAST:
            raise ValueError
        return seconds * 10**9
    except (ValueError, OverflowError) as error:
        raise UserError(f"{text!r} is no time. Write it like 2026-11-30 or 2026-11-30T14:00 (UTC).") from error
