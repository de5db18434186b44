"""Erasing a person's words, and the certificates of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dreamdesk import pipeline
from dreamdesk.cli.desk import signer
from dreamdesk.cli.output import Output, complain
from dreamdesk.cli.verbs import OK
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("erase", do_erase, "erase a person's words from the desk, or show what that would change")
    one.add_argument("--text", action="append", default=[], help="the words; may be given several times")
    one.add_argument("--preview", action="store_true", help="show what would be erased, and change nothing")
    one.add_argument("--reason", default="", metavar="TEXT", help="why, for the certificate")
    one.add_argument("--ground", default="", metavar="TEXT", help="the legal ground that outweighs a duty to keep")
    one.add_argument("--certificates", action="store_true", help="list what was erased so far")
    one.add_argument("--finish", action="store_true", help="finish an erasure that was interrupted")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")


def do_erase(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Erase, preview, finish, or list certificates."""
    if args.certificates:
        for certificate in pipeline.certificates(db):
            out.line(certificate)
    elif args.finish:
        finish(db)
    elif not args.text:
        raise UserError("erase takes --text, the words that are to go.")
    elif args.preview:
        _show(pipeline.preview_erasure(db, args.text), out)
    else:
        out.line(pipeline.erase(db, args.text, args.reason, signer(args, db), args.ground))
        finish(db)
    return OK


def finish(db: Connection) -> None:
    """Leave nothing of what was erased in the file and beside it, and name the copies that cannot be reached."""
    try:
        for copy in pipeline.finish_erasures(db):
            complain(f"{copy}: this copy of the desk is out of reach; destroy it where it is")
    except UserError as error:
        complain(str(error))


def _show(preview: pipeline.ErasurePreview, out: Output) -> None:
    for found in preview.found:
        out.line({"table": found.table, "column": found.column, "row": found.row, "times": found.times,
                  "around": found.around})  # fmt: skip
    for name, values in (
        ("kept bytes of source", preview.sources),
        ("stays: name of an auditor", preview.names),
        ("bundle that carries it", preview.bundles),
        ("packet that carries it", preview.packets),
        ("copy that is removed", preview.copies),
        ("copy out of reach", preview.out_of_reach),
    ):
        for value in values:
            out.line({name: value})
