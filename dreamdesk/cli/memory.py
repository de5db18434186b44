"""Memory: compare two states of it, decide path by path, apply a plan to a folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import FOUND, OK, passphrase
from dreamdesk.desk import memory
from dreamdesk.desk.database import Connection
from dreamdesk.desk.memory import ChangeRow
from dreamdesk.model.canonical import Json
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Operation


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb and its actions to the parser."""
    top = verb("memory", do_memory, "compare two states of a memory, decide on the changes, apply a plan", desk=False)
    top.set_defaults(desk=None)
    actions = top.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, run: object, summary: str, *, desk: bool = True) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=summary, description=summary)
        one.set_defaults(run=run, verb=f"memory {name}")
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON lines")
        if desk:
            one.add_argument("--desk", type=Path, required=True, metavar="FILE", help="the desk")
        return one

    one = action("import", do_import, "compare two memory stores, or two folders, and put the changes on the desk")
    one.add_argument("before", type=Path, help="listing of memories, or folder, as it was")
    one.add_argument("after", type=Path, help="the same as it is proposed, or as it is now")
    one.add_argument("--dream", type=Path, metavar="FILE", help="the dream object")
    one.add_argument("--versions", type=Path, action="append", default=[], metavar="FILE", help="memory versions")
    one.add_argument("--in-place", action="store_true", help="what AFTER holds stands there already")

    one = action("list", do_list, "list the changes, of one set where named")
    one.add_argument("set", nargs="?", type=int)

    one = action("show", do_show, "show one change: its hunks, its statements with their sources, its checks")
    one.add_argument("change", type=int)

    one = action("decide", do_decide, "sign decisions on changes; a deletion is decided alone")
    one.add_argument("changes", nargs="+", type=int, metavar="CHANGE")
    one.add_argument("--verdict", required=True, choices=[v.value for v in pipeline.MEMORY_VERDICTS])
    one.add_argument("--hunks", metavar="N,N,…", help="take only these hunks, numbered from 1")
    one.add_argument("--reason", default="", metavar="CODE", help="see: list reasons")
    one.add_argument("--comment", default="", metavar="TEXT")
    one.add_argument("--as", dest="auditor", required=True, metavar="AUDITOR")

    one = action("apply", do_apply, "apply a plan to a folder, checked beforehand; no network", desk=False)
    one.add_argument("plan", type=Path)
    one.add_argument("folder", type=Path)
    one.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt here")
    one.add_argument("--dry-run", action="store_true", help="only check that the plan fits")


def do_memory(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Say that an action is needed; the parser asks for one before this can happen."""
    raise UserError("memory takes an action: import, list, show, decide or apply.")


def do_import(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Import two states and compare them; a line per change."""
    identity = pipeline.import_memory(
        db, args.before, args.after, dream=args.dream, versions=args.versions, in_place=args.in_place
    )
    about = memory.get_set(db, identity)
    for note in about.notes:
        out.say(f"    note: {note}")
    for skip in about.left_out:
        out.say(f"    not compared: {skip.place}: {skip.reason}")
    for row in memory.changes(db, identity):
        out.line(_line(row))
    return OK


def do_list(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List the changes of one set, or of all."""
    for row in _rows(db, args.set):
        out.line(_line(row))
    return OK


def _rows(db: Connection, identity: int | None) -> Iterator[ChangeRow]:
    wanted = [row.id for row in reversed(memory.sets(db))] if identity is None else [identity]
    for one in wanted:
        memory.get_set(db, one)  # says so where there is none
        yield from memory.changes(db, one)


def _line(row: ChangeRow) -> dict[str, Json]:
    counts = {result: sum(check.result is result for check in row.checks) for result in CheckResult}
    return {
        "id": row.id,
        "set": row.set,
        "operation": row.change.operation.value,
        "path": row.change.path,
        "from": row.change.old_path or None,
        "state": row.state.value,
        "author": row.change.author.name or None,
        "statements": len(row.statements),
        "without_source": sum(not statement.support for statement in row.statements),
        "warns": counts[CheckResult.WARN],
        "blocks": counts[CheckResult.BLOCK],
    }


def do_show(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show one change."""
    view = pipeline.memory_view(db, args.change)
    out.line(_line(view.row))
    for number, (gone, come) in enumerate(pipeline.memory_texts(view), 1):
        out.line({"hunk": number, "before": gone, "after": come})
    for statement in view.row.statements:
        sources = [[support.key, support.step, support.quote] for support in statement.support]
        out.line({"statement": statement.text, "hunk": statement.hunk + 1, "sources": sources or "no source found"})
    for check in pipeline.memory_checks(db, args.change, view.taken):
        out.line({"check": check.guardrail, "result": check.result.value, "detail": check.detail})
    return OK


def do_decide(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Sign one decision on each change."""
    rows = [memory.change(db, identity) for identity in args.changes]
    if len(rows) > 1 and args.hunks:
        raise UserError("Hunks are those of one change: decide it alone.")
    if len(rows) > 1 and any(row.change.operation is Operation.DELETE for row in rows):
        raise UserError("A deletion is decided by itself, never among others.")
    taken = None if args.hunks is None else _numbers(args.hunks)
    signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    for row in rows:
        pipeline.decide_memory(db, row.id, Verdict(args.verdict), args.reason, args.comment, signer, taken)
        out.line(_line(memory.change(db, row.id)))
    return OK


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 1_000_000 for part in parts):
        raise UserError(f"{text[:40]!r} names no hunks: write their numbers, from 1, with commas between.")
    return [int(part) - 1 for part in parts]


def do_apply(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Apply a plan to a folder; the receipt is printed, or written where asked."""
    try:
        receipt = pipeline.apply_memory(args.plan, args.folder, dry_run=args.dry_run)
    except UserError as error:
        out.line({"plan": str(args.plan), "fault": str(error)})
        return FOUND
    if args.receipt and not args.dry_run:
        args.receipt.write_text(json.dumps(receipt, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        out.line({"plan": str(args.plan), "applied": len(receipt["operations"]), "receipt": str(args.receipt)})
    else:
        out.line({"plan": str(args.plan), **receipt} if not args.dry_run else {"plan": str(args.plan), "fits": True})
    return OK
