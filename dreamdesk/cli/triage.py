"""The verb for a corpus that is too large for one person: read, located and dealt to several desks."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk.auditors import all_auditors
from dreamdesk.desk.database import Connection, open_or_create
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted

DESK = "triage.desk"
"""The desk that deals where none is named, in the folder of the packets."""


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verb to the parser."""
    one = verb("triage", do_triage, "read and locate a corpus of any size, and deal its failures to several auditors",
               desk=False)  # fmt: skip
    one.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of the packets")
    one.add_argument("--desks", type=number, required=True, metavar="N", help="to how many auditors")
    one.add_argument("--for", dest="names", action="append", default=[], metavar="NAME", help="whom the next is for")
    one.add_argument("--desk", type=Path, metavar="FILE", help=f"the desk that deals; else {DESK} in the folder")
    one.add_argument("--as", dest="auditor", default=getpass.getuser(), metavar="AUDITOR", help="who signs the packets")
    workers = one.add_mutually_exclusive_group()
    workers.add_argument(
        "--workers", type=number, default=os.cpu_count(), metavar="N", help="processes; else all cores"
    )
    workers.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.1:8786")
    one.add_argument(
        "--each", type=number, default=pipeline.EACH, metavar="N",
        help=f"how many episodes each auditor gets at most, else {pipeline.EACH}: a sample of all, then the gravest",
    )  # fmt: skip
    one.add_argument("--all", action="store_true", help="deal every failure, however many that are")
    one.add_argument("--share", default="0.05", help="the share of bad ones that the lot may have")
    one.add_argument("--confidence", default="0.95", help="how sure that is, when the sample shows none")
    one.add_argument("--seed", default="1", metavar="WORD", help="which sample; the same seed draws the same")
    one.add_argument("--most", type=number, default=pipeline.MOST_EPISODES, metavar="N", help="episodes of a packet")
    one.add_argument("--format", help="read as this format instead of finding out")
    one.add_argument("--why", default="", metavar="TEXT", help="what is asked for")
    one.add_argument("--due", default="", metavar="DATE", help="by when, as 2026-12-31")
    one.add_argument("--digests-only", action="store_true", help="leave the recordings here; send their digests")
    one.add_argument("--keep", action="store_true", help="leave the desks of the shards in the folder")
    one.add_argument("--progress", action="store_true", help="tell how far it is")


def do_triage(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Read, locate and deal."""
    if args.names and len(args.names) != args.desks:
        raise UserError(f"--for names {counted(len(args.names), 'auditor')}, and --desks says {args.desks}.")
    if db is not None:
        return _triage(args, db, out)
    args.out.mkdir(parents=True, exist_ok=True)
    with closing(open_or_create(args.out / DESK)) as own:
        return _triage(args, own, out)


def _triage(args: argparse.Namespace, db: Connection, out: Output) -> int:
    secret = passphrase(f"Passphrase of {args.auditor}: ")
    if args.desk is None and not all_auditors(db):
        pipeline.add_auditor(db, args.auditor, Role.APPROVER, secret)
    signer = pipeline.unlock(db, args.auditor, secret)
    terms = None if args.all else pipeline.Terms(args.share, args.confidence)
    stop: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

    def progress(done: int, total: int, what: str) -> None:
        if out.as_json:
            out.line({"progress": {"done": done, "total": total, "what": what}})
        else:
            out.tell(f"{100 * done // max(total, 1)} % {what}")

    with pipeline.hire(args.workers, args.cluster or "") as crew:
        result = pipeline.triage(
            db, signer, args.paths, args.out, crew,
            pipeline.TriageAsk(args.desks, args.each, terms, args.seed, args.most),
            pipeline.TriageSending(tuple(args.names), args.why, args.due, not args.digests_only),
            format_name=args.format, keep=args.keep, progress=progress if args.progress else None,
            cancelled=lambda: bool(stop),
        )  # fmt: skip
    out.wipe()
    return _say(result, args.out, out)


def _say(result: pipeline.Triage, folder: Path, out: Output) -> int:
    """Print what was found, and a line for each packet."""
    deal = result.deal
    out.line({
        "files": result.files, "unread": len(result.unread), "episodes": sum(result.states.values()),
        "failures": len(deal.lot),
        **{risk.value: number for risk, number in deal.strata.items()}, "sample": len(deal.sample),
        "gravest": len(deal.gravest),
    })  # fmt: skip
    for packet in result.packets:
        out.line({
            "file": str(folder / packet.file), "for": packet.to, "episodes": len(packet.episodes),
            **{risk.value: number for risk, number in packet.risks.items()},
        })  # fmt: skip
    if result.unread:
        out.say(f"{counted(len(result.unread), 'file')} could not be read; triage.json says which, and why.")
    return OK
