"""Policies of the desk, and how much each guardrail weighs on it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk import policies, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import Strictness
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verbs to the parser."""
    one = verb("policy", do_policy, "add, withdraw or list documents that bind agents on this desk")
    one.add_argument("action", choices=("add", "withdraw", "list"))
    one.add_argument("subject", nargs="?", metavar="FILE|NAME", help="the file to add, or the policy to withdraw")
    one.add_argument("--name", default="", help="how people call it; without it, the file's name")
    one.add_argument("--agent", default="", help="the one agent that it binds; without it, all")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")

    one = verb("guard", do_guardrail, "list the guardrails, or say how much one weighs on this desk")
    one.add_argument("guardrail", nargs="?", metavar="ID")
    one.add_argument("strictness", nargs="?", choices=[s.value for s in Strictness])
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")


def do_policy(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Add, withdraw or list policies."""
    if args.action != "list":
        if not (args.subject and args.auditor):
            raise UserError(f"policy {args.action} takes what to {args.action}, and --as AUDITOR.")
        signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
        if args.action == "add":
            pipeline.add_policy(db, Path(args.subject), args.name, args.agent, signer)
        else:
            pipeline.withdraw_policy(db, args.subject, signer)
    for policy in policies.every(db):
        out.line(
            {
                "id": policy.id,
                "name": policy.name,
                "agent": policy.agent or None,
                "sha256": policy.digest,
                "added": policy.added,
                "withdrawn": policy.withdrawn,
            }
        )
    return OK


def do_guardrail(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Set how much a guardrail weighs, or list them all."""
    if args.strictness:
        if not args.auditor:
            raise UserError("To change a guardrail, say who you are: --as AUDITOR.")
        signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
        pipeline.choose_strictness(db, args.guardrail, Strictness(args.strictness), signer)
    chosen = settings.strictness(db)
    for guardrail in pipeline.guardrails():
        if args.guardrail in (None, guardrail.id):
            weight = chosen.get(guardrail.id, Strictness.NORMAL)
            out.line(
                {"id": guardrail.id, "title": guardrail.title, "version": guardrail.version, "strictness": weight.value}
            )
    return OK
