"""The desk as a file: backup, restore, receipts, and where the head of its ledger is repeated."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import FOUND, OK, passphrase
from dreamdesk.desk import heads, rules, witness
from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verbs to the parser."""
    one = verb(
        "desk", do_desk, "back a desk up, put a backup back, print a receipt, list where its head is", desk=False
    )
    one.add_argument("action", choices=("backup", "restore", "receipt", "heads", "accept-older"))
    one.add_argument("--desk", dest="file", type=Path, required=True, metavar="FILE", help="the desk")
    one.add_argument("--out", type=Path, metavar="FILE|DIR", help="where the backup goes")
    one.add_argument("--from", dest="backup", type=Path, metavar="FILE", help="the backup that is put back")
    one.add_argument("--reason", default="", metavar="TEXT", help="why, for the ledger")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")
    one.set_defaults(desk=None)


def do_desk(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Do one of the things that concern the desk as a file."""
    if args.action == "restore":
        return _restore(args, out)
    with closing(open_desk(args.file, readonly=args.action in ("receipt", "heads"))) as opened:
        match args.action:
            case "backup":
                if args.out is None:
                    raise UserError("desk backup takes --out, a folder or the name of a file.")
                out.line({"backup": str(pipeline.back_up(opened, args.out))})
            case "receipt":
                out.line({"receipt": witness.receipt(opened)}) if out.as_json else out.say(witness.receipt(opened))
            case "heads":
                return _heads(opened, out)
            case _:
                pipeline.accept_older(opened, signer(args, opened), args.reason)
    return OK


def _restore(args: argparse.Namespace, out: Output) -> int:
    if args.backup is None:
        raise UserError("desk restore takes --from, the backup that is put back.")
    with closing(open_desk(args.backup, readonly=True)) as backup:
        by = signer(args, backup)
    aside = pipeline.restore(args.backup, args.file, by, args.reason)
    out.line({"restored": str(args.file), "replaced": str(aside) if aside else None})
    return OK


def _heads(db: Connection, out: Output) -> int:
    found = OK
    for place in heads.places(db):
        state = place.fault or ("not there now" if place.missing else "agrees")
        when = None if place.missing else f"{datetime.fromtimestamp(place.at, UTC):%Y-%m-%d %H:%M} UTC"
        out.line({"file": str(place.path), "entries": place.entries, "at": when, "state": state})
        found = FOUND if place.fault else found
    return found


def signer(args: argparse.Namespace, db: Connection) -> rules.By:
    """Return who acts: the unlocked key of the auditor who is named, else the name of who is logged in."""
    if args.auditor:
        return pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    return getpass.getuser()
