"""The parser of the command line, and what happens before and after a verb."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dreamdesk import __version__, pipeline
from dreamdesk.cli import (
    auditors,
    desk,
    dreaming,
    effect,
    environments,
    episode,
    erasing,
    evaluating,
    judging,
    learning,
    mapping,
    memory,
    outcomes,
    oversight,
    packets,
    policies,
    releasing,
    report,
    reviewing,
    tracing,
    triage,
    verbs,
)
from dreamdesk.cli.output import Output, complain
from dreamdesk.desk import erasure, heads, ledger, settings
from dreamdesk.desk.database import DatabaseError, create, open_desk
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError

NOUNS = (
    *(
        "sources",
        "episodes",
        "candidates",
        "corrections",
        "undreamed",
        "exchanges",
        "checks",
        "decisions",
        "entries",
        "auditors",
        "reasons",
    ),
    *("agreement", "families", "no_return"),
)
MAKING = ("import", "memory import", "auditor", "setting")
"""Verbs that make the desk if there is none; so does a mapping that is saved."""
READING = ("list", "queue", "memory list", "memory show", "verify", "report", "effect", "evaluate", "exchange",
           "episode", "packet list", "packet conflicts", "witness", "trace", "bundles",
           "report-bundle", *oversight.READING)  # fmt: skip
"""Verbs that change nothing, not even on a medium that may only be read."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    top = argparse.ArgumentParser(
        prog="dreamdesk",
        description="Decide what a self-improving agent may learn. Without a verb the window opens.",
        epilog="Exit status: 0, 1 for a finding such as a bundle that fails verification, 2 for wrong use or unreadable"
        " input. Passphrases come from the terminal or DREAMDESK_PASSPHRASE, a new one beside that from"
        " DREAMDESK_NEW_PASSPHRASE.",
    )
    top.add_argument("--version", action="version", version=__version__)
    every = top.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, run: object, summary: str, *, desk: bool = True) -> argparse.ArgumentParser:
        one = every.add_parser(name, help=summary, description=summary)
        one.set_defaults(run=run)
        one.add_argument("--json", action="store_true", help="print JSON lines")
        if desk:
            one.add_argument("--desk", type=Path, required=True, metavar="FILE", help="the desk")
        return one

    one = verb("import", verbs.do_import, "read trace files into the desk, which is made if there is none")
    one.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    one.add_argument("--format", help="read as this format instead of finding out")
    one.add_argument("--mapping", metavar="NAME|FILE", help="read with this mapping, which the desk then keeps")
    one.add_argument("--progress", action="store_true", help="tell how far it is, with rate and time left")

    one = verb("list", verbs.do_list, "list what the desk holds")
    one.add_argument("noun", choices=NOUNS)
    one.add_argument("--episode", type=_number, help="only what belongs to this episode")
    verbs.reader(one)

    judging.add(verb, _model, _number)

    dreaming.add(verb, _model)

    one = verb("check", verbs.do_check, "run the guardrails on every correction")
    one.add_argument(
        "--stale", action="store_true", help="only where guardrails, settings or policies have changed since"
    )

    one = verb("decide", verbs.do_decide, "sign one decision")
    one.add_argument("correction", type=_number)
    one.add_argument("--verdict", required=True, choices=[v.value for v in Verdict if v is not Verdict.AMEND])
    one.add_argument("--reason", default="", metavar="CODE", help="see: list reasons")
    one.add_argument("--comment", default="", metavar="TEXT")
    one.add_argument(
        "--tick", action="append", default=[], metavar="TEXT|N", help="an item of the checklist, or its number"
    )
    one.add_argument("--until", type=reviewing.moment, metavar="DAY", help="when a hold ends, in UTC")
    one.add_argument("--as", dest="auditor", required=True, metavar="AUDITOR")

    auditors.add(verb)

    one = verb("setting", verbs.do_setting, "show or change a setting of the desk")
    one.add_argument("name", choices=list(settings.DEFAULTS))
    one.add_argument("value", nargs="?")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")

    releasing.add(verb, _number)
    policies.add(verb)
    desk.add(verb)
    erasing.add(verb)
    packets.add(verb, _number)
    mapping.add(verb)
    outcomes.add(verb)
    report.add(verb)
    reviewing.add(verb, _number)
    memory.add(verb)
    oversight.add(verb)
    learning.add(verb)
    environments.add(verb)
    effect.add(verb)
    evaluating.add(verb)
    tracing.add(verb, _number)
    episode.add(verb, _number)
    triage.add(verb, _number)

    one = verb("verify", verbs.do_verify, "verify a bundle, or the desk", desk=False)
    one.add_argument("bundle", nargs="?", type=Path)
    one.add_argument("--desk", type=Path, metavar="FILE")
    one.add_argument("--allowed-signers", type=Path, metavar="FILE", help="the keys that you trust")
    one.add_argument(
        "--receipt", metavar="TEXT|FILE", help="a receipt, head file or checkpoint that the desk must agree with"
    )
    one.add_argument("--revoked", type=Path, metavar="FILE", help="keys that count for nothing, one a line")
    one.add_argument("--recall", type=Path, metavar="NOTICE", help="a recall notice that came for the bundle")
    one.add_argument("--draft", action="store_true", help="signatures may still be missing")
    return top


def _number(text: str) -> int:
    """Return the id that *text* is: what SQLite can hold, from 1 on."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no id; ids are whole numbers from 1 on")
    return int(text)


def _model(one: argparse.ArgumentParser) -> None:
    one.add_argument("--episode", type=_number, help="only this episode")
    one.add_argument("--endpoint", metavar="URL", help="a Messages-API endpoint on this machine")
    one.add_argument("--model", metavar="NAME")


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    args = parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # whatever a file name holds
    try:
        _check_text(args)
        status = _run(args, Output(args.json))
        sys.stdout.flush()
        return status
    except UserError as error:
        complain(str(error))
    except KeyboardInterrupt:
        complain("stopped; what was not complete was taken back")
    except BrokenPipeError:
        _let_go_of_output()  # who reads has seen enough
        return verbs.OK
    except MemoryError:
        complain("there is not enough memory for this; what was not complete was taken back")
    except (DatabaseError, OSError) as error:
        _let_go_of_output()
        complain(f"a file could not be used: {error}")
    return verbs.WRONG


def _run(args: argparse.Namespace, out: Output) -> int:
    if args.verb == "verify" and (args.bundle is None) == (args.desk is None):
        raise UserError("verify takes a bundle, or --desk FILE.")
    if args.desk is None:
        return int(args.run(args, None, out))
    made = (args.verb in MAKING or getattr(args, "save", False)) and not args.desk.exists()
    db = create(args.desk) if made else open_desk(args.desk, readonly=args.verb in READING)
    try:
        if args.verb not in READING and erasure.unfinished(db):
            erasing.finish(db)
        if args.verb not in READING:
            for folder in pipeline.finish_releases(db):
                complain(f"{folder}: this bundle was released when the program was stopped; it has its name now")
        for words in heads.at_opening(db) if args.verb != "verify" else ():
            complain(words)
        return int(args.run(args, db, out))
    except (ValueError, KeyError, TypeError) as error:
        # A value that DreamDesk never writes: a fault of the desk if it shows, else a defect of ours, which must show.
        if faults := pipeline.verify_desk(db):
            raise UserError(f"{args.desk}: the desk is damaged: {faults[0]}. Restore it from a backup.") from error
        raise
    finally:
        empty = made and ledger.size(db) == 1
        db.close()
        if empty:  # nothing came of it, so that no empty desk is left behind
            for suffix in ("", "-wal", "-shm", ledger.HEAD_SUFFIX):
                args.desk.with_name(args.desk.name + suffix).unlink(missing_ok=True)


def _check_text(args: argparse.Namespace) -> None:
    """Refuse words that are no text; paths may be any bytes."""
    for name, value in [*vars(args).items(), ("DREAMDESK_PASSPHRASE", os.environ.get("DREAMDESK_PASSPHRASE"))]:
        if isinstance(value, str) and not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise UserError(f"{name}: this is not text in UTF-8; nothing was done.")


def _let_go_of_output() -> None:
    """Let nothing more be written to an output that takes nothing, not even when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
