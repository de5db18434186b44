"""The review beside the decisions: queues, reservations, incidents, and what the desk says for itself of it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, acting, passphrase
from dreamdesk.desk import incidents, queue
from dreamdesk.desk.database import Connection
from dreamdesk.desk.incidents import Incident, Kind
from dreamdesk.desk.queue import Tab
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verbs to the parser."""
    one = verb("queue", do_queue, "list what waits for whom, worst first")
    one.add_argument("tab", nargs="?", choices=[tab.value for tab in Tab], default=Tab.REVIEW.value)
    one.add_argument("--as", dest="auditor", default="", metavar="AUDITOR", help="whose queue it is")
    one.add_argument("--limit", type=number, default=50, metavar="N", help="rows at most; 50 without it")

    one = verb("reserve", do_reserve, "reserve a correction for your decision, take it over, or give it back")
    one.add_argument("correction", type=number)
    one.add_argument("--as", dest="auditor", required=True, metavar="AUDITOR")
    one.add_argument("--take-over", default="", metavar="WHY", help="take it from whoever has it; the ledger says why")
    one.add_argument("--give-back", action="store_true", help="end your reservation")

    one = verb("reasons", do_reasons, "list, add, rename, retire or restore reason codes of this desk")
    one.add_argument("action", choices=("list", "add", "rename", "retire", "restore"))
    one.add_argument("code", nargs="?")
    one.add_argument("--title", default="", metavar="TEXT", help="what it says")
    one.add_argument("--for", dest="verdicts", action="append", default=[], choices=[v.value for v in Verdict])
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")

    one = verb("checklist", do_checklist, "show or change what is ticked before an approval")
    one.add_argument("action", choices=("list", "add", "remove", "clear"))
    one.add_argument("item", nargs="?", metavar="TEXT")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")

    one = verb("incident", do_incident, "flag an episode as an incident, with its clock, or close one")
    one.add_argument("action", choices=("list", "open", "close"))
    one.add_argument("number", nargs="?", type=number, help="the episode to flag, or the incident to close")
    one.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.SERIOUS.value)
    one.add_argument("--days", type=number, metavar="N", help="days until the deadline, instead of those of the kind")
    one.add_argument("--reason", default="", metavar="TEXT", help="what happened, or what was done")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")


def moment(text: str) -> int:
    """Return a day, or day and time, in UTC, in nanoseconds since 1970; the day ends a hold when it begins.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no day; write it as 2027-01-31") from error


def do_queue(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List one part of the queue."""
    tab = Tab(args.tab)
    if tab in (Tab.MINE, Tab.QUALITY) and not args.auditor:
        raise UserError(f"The queue {tab.value} is somebody's: say whose with --as AUDITOR.")
    found = queue.ids(db, tab, auditor=args.auditor)
    for row in queue.veiled(db, queue.rows(db, found[: args.limit]), args.auditor):
        out.line(
            {
                "id": row.episode,
                "correction": row.correction,
                "stage": row.stage,
                "title": row.title,
                "severity": row.severity,
                "reserved": row.reserved,
                "incident": row.incident,
            }
        )
    out.say(f"{tab.title}: {len(found):,}")
    return OK


def do_reserve(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Reserve a correction, or give it back."""
    pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    if args.give_back:
        pipeline.give_back(db, args.correction, args.auditor)
        return OK
    kept = pipeline.reserve(db, args.correction, args.auditor, args.take_over)
    out.line({"correction": kept.correction, "auditor": kept.auditor, "until": _time(kept.until)})
    return OK


def do_reasons(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List or change the reason codes."""
    if args.action != "list":
        if not args.code:
            raise UserError(f"reasons {args.action} takes a code.")
        by = acting(args, db)
        if args.action == "add":
            pipeline.add_reason(db, args.code, args.title, [Verdict(verdict) for verdict in args.verdicts], by)
        elif args.action == "rename" and not args.title.strip():
            raise UserError("reasons rename takes --title TEXT.")
        else:
            retired = {"retire": True, "restore": False}.get(args.action)
            pipeline.change_reason(db, args.code, by, title=args.title, retired=retired)
    for reason in pipeline.desk_reasons(db):
        row = {"id": reason.code, "title": reason.title, "verdicts": [v.value for v in reason.verdicts]}
        out.line({**row, "retired": reason.retired or None})
    return OK


def do_checklist(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show or change the checklist."""
    items = list(pipeline.checklist(db))
    if args.action in ("add", "remove"):
        if not args.item:
            raise UserError(f"checklist {args.action} takes the words of an item.")
        if args.action == "remove" and args.item not in items:
            raise UserError("The checklist has no such item. See: dreamdesk checklist list.")
        items = [*items, args.item] if args.action == "add" else [item for item in items if item != args.item]
    elif args.action == "clear":
        items = []
    if args.action != "list":
        pipeline.set_checklist(db, items, acting(args, db))
    for number, item in enumerate(pipeline.checklist(db), 1):
        out.line({"number": number, "item": item})
    return OK


def do_incident(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Open, close or list incidents."""
    if args.action == "list":
        for incident in incidents.all_(db, args.number):
            out.line(_incident(incident))
        return OK
    if args.number is None or not args.auditor:
        what = "an episode" if args.action == "open" else "an incident"
        raise UserError(f"incident {args.action} takes {what}, --reason TEXT and --as AUDITOR.")
    signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    if args.action == "open":
        out.line(_incident(pipeline.open_incident(db, args.number, Kind(args.kind), args.reason, signer, args.days)))
    else:
        out.line(_incident(pipeline.close_incident(db, args.number, args.reason, signer)))
    return OK


def _incident(one: Incident) -> dict[str, object]:
    return {
        "id": one.id,
        "episode": one.episode,
        "kind": one.kind.value,
        "clock": one.clock(time.time_ns()),
        "deadline": _time(one.deadline),
        "reason": one.reason,
        "closing": one.closing,
    }


def _time(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at / 1e9))
