"""Auditors and their keys on the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, acting, auditor_row, passphrase
from dreamdesk.desk.auditors import all_auditors, get
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError

NEW = "DREAMDESK_NEW_PASSPHRASE"
"""The new passphrase, where `DREAMDESK_PASSPHRASE` is that of whoever acts."""

Action = Callable[[argparse.Namespace, Connection, Output], None]


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("auditor", do_auditor, "add, list and change auditors and their keys")
    one.add_argument("action", choices=list(_ACTIONS), metavar="ACTION", help=", ".join(_ACTIONS))
    one.add_argument("name", nargs="?", help="the auditor")
    one.add_argument("--role", type=Role, choices=list(Role), metavar="ROLE", help=", ".join(Role))
    one.add_argument(
        "--key", type=Path, metavar="FILE", help="a key that ssh-keygen signs with; FILE.pub lies beside it"
    )
    one.add_argument("--reason", default="", metavar="TEXT", help="why, for the ledger")
    one.add_argument("--until", metavar="DAY", help='the last day on which the training holds; "" for no end')
    one.add_argument("--since", default="", metavar="TIME", help="revoke: from when on (UTC); now without it")
    one.add_argument("--fingerprint", default="", help="revoke: another key than the one in use")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR", help="who does it; an administrator once there is one")


def do_auditor(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Do what the arguments say with an auditor."""
    if args.action not in ("list", "keys", "signers", "revoked") and not args.name:
        raise UserError(f"auditor {args.action} takes a name.")
    _ACTIONS[args.action](args, db, out)
    return OK


def _add(args: argparse.Namespace, db: Connection, out: Output) -> None:
    if args.role is None:
        raise UserError(f"Say which role {args.name} has: --role {', '.join(Role)}.")
    by = acting(args, db) if args.auditor else ""
    pipeline.may_change_rules(db, by)
    out.line(auditor_row(pipeline.add_auditor(db, args.name, args.role, _new(args), by, args.key)))


def _list(args: argparse.Namespace, db: Connection, out: Output) -> None:
    for auditor in all_auditors(db):
        if args.name in (None, auditor.name):
            out.line(auditor_row(auditor))


def _keys(args: argparse.Namespace, db: Connection, out: Output) -> None:
    for key in pipeline.keys(db):
        if args.name in (None, key.auditor):
            out.line(
                {
                    "auditor": key.auditor,
                    "fingerprint": pipeline.fingerprint(key.public_key),
                    "since": key.since,
                    "retired": key.retired,
                    "revoked": key.revoked,
                    "reason": key.reason,
                    "public_key": key.public_key,
                }
            )


def _change(args: argparse.Namespace, db: Connection, out: Output) -> None:
    if args.action == "role" and args.role is None:
        raise UserError(f"Say which role {args.name} gets: --role {', '.join(Role)}.")
    if args.action == "training" and args.until is None:
        raise UserError(f"Say until when {args.name} is trained: --until DAY.")
    changed = pipeline.change_auditor(
        db,
        args.name,
        args.reason,
        acting(args, db),
        role=args.role if args.action == "role" else None,
        active={"deactivate": False, "reactivate": True}.get(args.action),
        trained_until=args.until if args.action == "training" else None,
    )
    out.line(auditor_row(changed))


def _passphrase(args: argparse.Namespace, db: Connection, out: Output) -> None:
    signer = pipeline.unlock(db, args.name, passphrase(f"Passphrase of {args.name}: "))
    pipeline.change_passphrase(db, signer, _asked(f"New passphrase for {args.name}: "))
    out.line(auditor_row(get(db, args.name)))


def _rotate(args: argparse.Namespace, db: Connection, out: Output) -> None:
    if args.action == "import-key" and args.key is None:
        raise UserError("Say which key: --key FILE.")
    known = any(auditor.name == args.name for auditor in all_auditors(db))
    if args.action == "import-key" and not known:
        _add(args, db, out)
        return
    by = acting(args, db)
    out.line(auditor_row(pipeline.rotate_key(db, args.name, _new(args), args.reason, by, args.key)))


def _revoke(args: argparse.Namespace, db: Connection, out: Output) -> None:
    by = acting(args, db)
    void, gone = pipeline.revoke_key(db, args.name, args.reason, by, args.since, args.fingerprint)
    for number in void:
        out.line({"correction": number, "approval": "void"})
    for number in gone:
        out.line({"correction": number, "approval": "void, but it was released already"})
    out.say(
        f"Revoked. {len(void)} corrections went back to review; {len(gone)} had been released with such an approval."
    )


def _signers(args: argparse.Namespace, db: Connection, out: Output) -> None:
    text = pipeline.allowed_signers(db) if args.action == "signers" else pipeline.revoked_keys(db)
    for line in text.splitlines():
        if out.as_json:
            out.line({"line": line})
        else:
            print(line)


def _new(args: argparse.Namespace) -> str:
    """Return the passphrase of a new key."""
    words = f"Passphrase or PIN of {args.key}: " if args.key else f"New passphrase for {args.name}: "
    return _asked(words, twice=not args.key) if args.auditor else passphrase(words, twice=not args.key)


def _asked(words: str, twice: bool = True) -> str:
    """Return a new passphrase, where another one is asked for too."""
    return os.environ[NEW] if NEW in os.environ else passphrase(words, twice, terminal_only=True)


_ACTIONS: dict[str, Action] = {
    "add": _add,
    "list": _list,
    "keys": _keys,
    "role": _change,
    "deactivate": _change,
    "reactivate": _change,
    "training": _change,
    "passphrase": _passphrase,
    "rotate": _rotate,
    "import-key": _rotate,
    "revoke": _revoke,
    "signers": _signers,
    "revoked": _signers,
}
