"""The verb that proposes corrections: imported, grafted, or written by a model, one by one or in batches."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict

from dreamdesk import pipeline
from dreamdesk.cli import judging, verbs
from dreamdesk.cli.output import Output, complain
from dreamdesk.desk import episodes, exchanges, listing, marks
from dreamdesk.desk.database import Connection
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser], model: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verb to the parser; *model* adds the arguments that say which model is asked."""
    one = verb("dream", do_dream, "propose corrections")
    one.add_argument("--source", choices=("graft", "model", "imported"), default="graft")
    words = "how many a model writes of each episode; the guardrails rank them"
    one.add_argument("--candidates", type=int, choices=range(1, 10), default=1, metavar="N", help=words)
    one.add_argument("--again", action="store_true", help="ask even where the desk has the answer")
    one.add_argument("--dry-run", action="store_true", help="only say what asking the model would take")
    one.add_argument("--batch", action="store_true", help="ask in batches, which can be resumed: see batches")
    model(one)
    verbs.reader(one)

    one = verb("exchange", do_exchange, "show one question to a model and its answer: see list exchanges")
    one.add_argument("key", metavar="KEY", help="its id, or how that begins")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--request", action="store_true", help="print what was sent, as JSON")
    which.add_argument("--reply", action="store_true", help="print what came back, as it came")
    verbs.reader(one)


def do_exchange(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Print one question to a model and its answer, byte for byte as they are kept.

    Raises:
        UserError: there is no such exchange, or whoever asks has to mark first: an answer may name the error point.
    """
    found = exchanges.record(db, args.key)
    if marks.withheld(db, episodes.ids(db), verbs.reading(args, db)):
        raise UserError(
            "This desk asks for a mark first; once you have marked every failed episode, name yourself with --as."
        )
    if args.request or args.reply:
        sys.stdout.buffer.write(found.request if args.request else found.reply)
        return verbs.OK
    fields = {name: value for name, value in asdict(found).items() if name not in ("key", "request", "reply")}
    out.line({"id": found.key, **fields})
    return verbs.OK


def do_dream(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Propose corrections; a line per new correction. Those that came with the traces are taken first."""
    source, chosen = DreamSource(args.source), verbs.chosen(args, db)
    endpoint = verbs.endpoint_of(args, db) if source is DreamSource.MODEL else None
    if endpoint and args.dry_run:
        found = pipeline.estimated_dreams(db, endpoint.model, chosen, args.candidates, again=args.again)
        return judging.show_estimate(out, endpoint, found, candidates=args.candidates)
    if endpoint and args.batch:
        judging.refuse_again(args)
        if args.candidates > 1:
            raise UserError("--candidates does not go with --batch, which asks for one correction of each episode.")
        return judging.run_job(db, out, endpoint, pipeline.begin_batch(db, endpoint, "dream", chosen))
    if args.dry_run or args.batch:
        raise UserError("--dry-run and --batch go with --source model: the other sources ask nobody.")
    failed: list[int] = []

    def refused(episode: int, error: UserError) -> None:
        failed.append(episode)
        complain(f"episode {episode}: {error}")

    made = pipeline.dream(db, DreamSource.IMPORTED, chosen)
    if source is not DreamSource.IMPORTED:
        made += pipeline.dream(
            db, source, chosen, None, None, endpoint, refused, again=args.again, samples=args.candidates
        )
    for row in verbs.open_rows(args, db, [row for row in listing.corrections(db) if row["id"] in made]):
        out.line(row)
    for row in listing.undreamed(db, args.episode) if not out.as_json else ():
        if row["source"] == source.value:
            out.say(f"episode {row['episode']}: no {source.value}: {row['reason']}")
    return verbs.WRONG if failed else verbs.OK
