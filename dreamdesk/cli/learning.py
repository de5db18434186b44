"""Learning on the command line: what the desk's labels teach, taken up or taken back."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("learn", do_learn, "fit the ranker's weights to this desk's confirmed labels, if that finds more")
    way = one.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="say what would be learned; change nothing")
    way.add_argument("--revert", action="store_true", help="use the shipped weights again")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR", help="who takes them up, or back")


def do_learn(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Learn from the confirmed labels; a line for each family of agents."""
    if args.dry_run:
        return _tell(pipeline.study(db), out)
    if not args.auditor:
        raise UserError(
            "learn takes --as AUDITOR, who answers for the new weights; or --dry-run, which changes nothing."
        )
    auditor = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: ")).auditor.name
    if args.revert:
        located = pipeline.use_shipped(db, auditor)
        out.line({"weights": "as shipped", "located_again": located})
        return OK
    return _tell(pipeline.learn(db, auditor), out)


def _tell(found: pipeline.Learned, out: Output) -> int:
    for one in found.lessons:
        out.line(
            {
                "family": one.family,
                "labels": one.labels,
                "enough": one.enough,
                "top3_before": one.before,
                "top3_after": one.after,
                "first_before": one.first_before,
                "first_after": one.first_after,
                "accepted": one.weights is not None,
            }
        )
    if not found.lessons:
        out.say("There is no confirmed label on this desk: a mark on an episode whose correction is approved.")
    if found.located:
        out.say(f"{counted(found.located, 'undecided episode')} located again with the new weights.")
    return OK
