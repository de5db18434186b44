"""Outcomes on the command line: an auditor's word on an episode, and the desk's rule for scores."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, acting, passphrase
from dreamdesk.desk import episodes, outcomes, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError

BACK = "own"
"""Instead of an outcome: the source's own counts again."""


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verbs to the parser."""
    one = verb("outcome", do_outcome, "show how an episode ended, or set it with a reason")
    one.add_argument("episode", type=int)
    one.add_argument("state", nargs="?", choices=[*map(str, OutcomeState), BACK], help="own: as the source has it")
    one.add_argument("--reason", default="", metavar="TEXT")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")

    one = verb("outcome-rule", do_rule, "show or change from which score on an episode failed or succeeded")
    one.add_argument("rule", nargs="?", metavar="RULE", help='two scores from 0 to 1, such as "0.5 0.8"')
    one.add_argument("--preview", action="store_true", help="only say how many episodes would change")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")


def do_outcome(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Set an outcome, or show the one that counts, the source's own and what auditors said."""
    if args.state is not None:
        if not args.auditor:
            raise UserError("An outcome is set by an auditor: add --as AUDITOR, and --reason TEXT.")
        signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
        state = None if args.state == BACK else OutcomeState(args.state)
        pipeline.set_outcome(db, args.episode, state, args.reason, signer)
    own, counts = outcomes.own(db, args.episode), episodes.outcome(db, args.episode)
    out.line(
        {
            "id": args.episode,
            "outcome": counts.state.value,
            "outcome_source": counts.source.value,
            "detail": counts.detail,
            "score": counts.score,
            "own_outcome": own.state.value,
            "own_detail": own.detail,
        }
    )
    for word in outcomes.words(db, args.episode):
        said = word.state.value if word.state else BACK
        out.line({"auditor": word.auditor, "said": said, "reason": word.reason, "at": word.at})
    return OK


def do_rule(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show the rule, or change it, and say how many episodes that changes."""
    if args.rule is None:
        out.line({"id": settings.OUTCOME_RULE, "value": settings.get(db, settings.OUTCOME_RULE)})
        return OK
    rule, changes = pipeline.preview_rule(db, args.rule)
    if not args.preview:
        pipeline.change_setting(db, settings.OUTCOME_RULE, rule, acting(args, db))
    out.line({"id": settings.OUTCOME_RULE, "value": rule, "changed": not args.preview})
    for (before, after), count in sorted(changes.items()):
        out.line({"from": before.value, "to": after.value, "episodes": count})
    return OK
