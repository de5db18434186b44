"""Environments on the command line: which there are, which episodes they fit, and results taken over from one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk import listing
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("environments", do_environments, "list the environments and the episodes that they fit")
    words = "write a revision of this correction whose results are what its environment answers"
    one.add_argument("--reexecute", type=int, metavar="CORRECTION", help=words)
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")


def do_environments(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List the environments, a line each; or execute one correction again and take over what is answered."""
    if args.reexecute is not None:
        return _reexecute(args, db, out)
    for one in pipeline.environments(db):
        out.line(
            {
                "id": one.name,
                "source": "shipped" if one.ours else "installed",
                "runs_here": one.allowed,
                "episodes": list(one.fits),
                "fault": one.fault,
            }
        )
        if not one.allowed:
            out.say(f"To let {one.name} run on this desk: dreamdesk setting environments {one.name} --desk FILE.")
    return OK


def _reexecute(args: argparse.Namespace, db: Connection, out: Output) -> int:
    if not args.auditor:
        raise UserError("A revision is written by an auditor: add --as AUDITOR.")
    auditor = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: ")).auditor.name
    if pipeline.reexecute(db, args.reexecute, auditor) is None:
        out.say("Every result is what the environment answers; nothing was changed.")
    for row in listing.checks(db):
        if row["correction"] == args.reexecute and row["guardrail"] == "environment":
            out.line(row)
    return OK
