"""The verbs for working together without a server: packets between desks, conflicts, witnessed ledgers."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import FOUND, OK, passphrase
from dreamdesk.desk import packets, queue
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verbs to the parser."""
    top = verb("packet", do_packet, "work handed from desk to desk as signed files, and joined there", desk=False)
    top.set_defaults(desk=None)
    actions = top.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, run: object, summary: str, *, desk: bool = True) -> argparse.ArgumentParser:
        one = actions.add_parser(name, help=summary, description=summary)
        one.set_defaults(run=run, verb=f"packet {name}")
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON lines")
        one.add_argument("--desk", type=Path, required=desk, metavar="FILE", help="the desk")
        return one

    made = action("make", do_make, "write a packet for another auditor")
    made.add_argument("--for", dest="to", required=True, metavar="NAME", help="whom it is for")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--episodes", metavar="1,2,…", help="these episodes")
    which.add_argument("--queue", choices=[tab.value for tab in queue.Tab], help="all of one list; else “review”")
    which.add_argument("--sample", type=number, metavar="N", help="so many of those to review, by lot")
    made.add_argument("--seed", type=number, default=1, help="which lot; the same seed draws the same")
    made.add_argument("--exchange", action="store_true", help="no assignment: what this desk has, to be joined")
    made.add_argument("--why", default="", metavar="TEXT", help="what is asked for")
    made.add_argument("--due", default="", metavar="DATE", help="by when, as 2026-12-31")
    made.add_argument("--blind", action="store_true", help="leave out what was decided and marked so far")
    made.add_argument("--digests-only", action="store_true", help="leave the recordings here; send their digests")
    answered = action("return", do_return, "write what was decided of an assignment, for the desk that it came from")
    answered.add_argument("--answers", default="", metavar="DIGEST", help="which assignment; else the last that came")
    for sending in (made, answered):
        sending.add_argument("--out", type=Path, required=True, metavar="FILE")
        sending.add_argument("--as", dest="auditor", required=True, metavar="AUDITOR")

    shown = action("show", do_show, "what a packet says, and what it would bring to a desk", desk=False)
    taken = action("import", do_import, "join a packet with the desk; what it holds already is not doubled")
    for reading in (shown, taken):
        reading.add_argument("file", type=Path, metavar="FILE")
        reading.add_argument(
            "--confirm", action="append", default=[], metavar="SHA256:…",
            help="the fingerprint of a new auditor, compared with them by telephone or on paper",
        )  # fmt: skip
    taken.add_argument("--as", dest="auditor", metavar="AUDITOR", help="who takes it in; an administrator, if any is")
    action("list", do_list, "the packets that were sent and taken in")
    action(
        "conflicts",
        do_conflicts,
        "what contradicts what; both sides stay until a person decides",
    )

    witness = verb("witness", do_witness, "the ledgers of other desks, as packets have shown them")
    witness.add_argument("action", choices=("list",))


def do_packet(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Say that an action is needed; the parser asks for one before this can happen."""
    raise UserError("packet takes an action: make, return, show, import, list or conflicts.")


def do_make(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Write a packet for another auditor."""
    signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    why = args.why
    if args.episodes:
        try:
            chosen = [int(part) for part in args.episodes.split(",")]
        except ValueError as error:
            raise UserError("--episodes takes numbers with commas between, such as 3,5,12.") from error
    elif args.sample:
        chosen = pipeline.sampled(db, args.sample, args.seed)
        why = f"{why} (a sample of {len(chosen)}, seed {args.seed})".strip()
    else:
        chosen = list(queue.ids(db, queue.Tab(args.queue or "review")))
    kind = pipeline.PacketKind.EXCHANGE if args.exchange else pipeline.PacketKind.ASSIGNMENT
    head = pipeline.make_packet(
        db, args.out, signer, to=args.to, chosen=chosen, why=why, due=args.due, kind=kind, blind=args.blind,
        recordings=not args.digests_only,
    )  # fmt: skip
    return _written(out, args.out, head, len(chosen))


def do_return(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Write what was decided of an assignment."""
    signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    head = pipeline.answer_packet(db, args.out, signer, args.answers)
    row = packets.find(db, head.digest)
    return _written(out, args.out, head, len(row.episodes) if row else 0)


def _written(out: Output, path: Path, head: pipeline.PacketHead, episodes: int) -> int:
    out.line({"packet": head.digest, "kind": head.kind.value, "for": head.to_name, "episodes": episodes,
              "file": str(path)})  # fmt: skip
    return OK


def do_show(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Say what a packet holds, and with a desk what it would bring there."""
    if db is None:
        return _say(out, pipeline.packet_head(args.file), [])
    found = pipeline.look_into_packet(db, args.file, args.confirm)
    return _say(out, found.head, [found])


def do_import(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Join a packet with the desk."""
    by: pipeline.By = args.auditor or getpass.getuser()
    if args.auditor:
        by = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    found = pipeline.join_packet(db, args.file, by, args.confirm)
    return _say(out, found.head, [found])


def _say(out: Output, head: pipeline.PacketHead, results: list[pipeline.PacketFound]) -> int:
    """Print what a packet says, and what it brings or brought; 1 where something was left out or conflicts."""
    out.line({
        "packet": head.digest, "kind": head.kind.value, "from": head.sender, "desk": head.desk,
        "key": pipeline.fingerprint(head.key), "for": head.to_name, "why": head.why, "due": head.due,
        "answers": head.answers, "blind": head.blind or None, "entries": head.ledger.size,
    })  # fmt: skip
    status = OK
    for found in results:
        out.line({"new": {k: v for k, v in found.new.items() if v}, "known": dict(found.known), "kept": found.kept})
        for remark in found.remarks:
            out.line({"remark": remark})
        for stranger in found.strangers:
            out.line({"unknown_auditor": stranger.name, "role": stranger.role, "fingerprint": stranger.fingerprint})
        for left in found.left_out:
            out.line({"left_out": left.what, "why": left.why})
        for conflict in found.conflicts:
            out.line(_conflict(conflict))
        status = FOUND if found.left_out or found.conflicts else status
        if found.kept:
            out.say(f"Taken in: {found.told()}.")
    return status


def _conflict(found: pipeline.PacketConflict) -> dict[str, object]:
    return {"conflict": found.kind, "about": found.about, "sides": list(found.sides), "way_out": found.way_out,
            "correction": found.correction, "episode": found.episode}  # fmt: skip


def do_list(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List the packets that were sent and taken in."""
    for one in packets.all_packets(db):
        out.line({
            "packet": one.digest, "direction": "sent" if one.sent else "came", "kind": one.kind, "desk": one.desk,
            "person": one.person, "at": one.at, "episodes": len(one.episodes),
        })  # fmt: skip
    return OK


def do_conflicts(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List what contradicts what."""
    found = pipeline.packet_conflicts(db)
    for one in found:
        out.line(_conflict(one))
    if not found:
        out.say("No conflicts.")
    return FOUND if found else OK


def do_witness(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List the witnessed states of other desks' ledgers."""
    people = {one.digest: one.person for one in packets.all_packets(db)}
    for one in packets.witnesses(db):
        out.line({
            "desk": one.desk, "from": one_line(people.get(one.packet, ""), 80), "entries": one.size,
            "root": one.root.hex(), "packet": one.packet, "at": one.at,
        })  # fmt: skip
    return OK
