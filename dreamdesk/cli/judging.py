"""The verbs that ask a model where it went wrong: locate, and batches for the many at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dreamdesk import pipeline
from dreamdesk.cli import verbs
from dreamdesk.cli.output import Output, complain
from dreamdesk.desk import batches, judgements, listing, marks
from dreamdesk.desk.batches import Job
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted

Verb = Callable[..., argparse.ArgumentParser]


def add(verb: Verb, model: Callable[[argparse.ArgumentParser], None], number: Callable[[str], int]) -> None:
    """Add the verbs to the parser; *model* adds the arguments that say which model is asked, *number* reads an id."""
    one = verb("locate", do_locate, "find the error point of failed episodes")
    one.add_argument("--method", choices=("offline", "model"), default="offline")
    names = [name for name, _, _ in pipeline.ways()]
    one.add_argument("--strategy", choices=names, default=names[0], help="how the model is asked")
    one.add_argument("--votes", type=_votes, default=1, metavar="N", help="ask so many times and count the votes")
    one.add_argument("--again", action="store_true", help="ask even where the desk has the answer")
    one.add_argument("--dry-run", action="store_true", help="only say what asking the model would take")
    one.add_argument("--batch", action="store_true", help="ask in batches, which can be resumed: see batches")
    model(one)
    verbs.reader(one)

    one = verb("batches", do_batches, "show the batch jobs, resume them or cancel one")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--resume", action="store_true", help="go on with everything that is unfinished")
    which.add_argument("--cancel", type=number, metavar="ID", help="hand over nothing more of this job")
    which.add_argument("--abandon", type=number, metavar="ID", help="the job's endpoint is gone for good: wait no more")


def do_locate(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Find error points; a line per candidate, and one per flag of a judgement."""
    chosen = verbs.chosen(args, db)
    if args.method == "offline":
        return _show(args, db, out, pipeline.locate(db, chosen))
    endpoint = verbs.endpoint_of(args, db)
    if args.dry_run:
        found = pipeline.estimated(db, endpoint.model, chosen, way=args.strategy, votes=args.votes, again=args.again)
        return show_estimate(out, endpoint, found, strategy=args.strategy, votes=args.votes)
    if args.batch:
        refuse_again(args)
        job = pipeline.begin_batch(db, endpoint, "locate", chosen, way=args.strategy, votes=args.votes)
        return run_job(db, out, endpoint, job)
    refused: list[int] = []

    def say(episode: int, error: UserError) -> None:
        refused.append(episode)
        complain(f"episode {episode}: {error}")

    done = pipeline.judge(db, endpoint, chosen, way=args.strategy, votes=args.votes, again=args.again, refused=say)
    _show(args, db, out, done)
    return verbs.WRONG if refused else verbs.OK


def show_estimate(out: Output, endpoint: pipeline.Endpoint, found: pipeline.Estimate, **asked: object) -> int:
    """Say what asking would take; nothing was sent."""
    out.line(
        {
            "model": endpoint.model,
            "endpoint": endpoint.url,
            **asked,
            "episodes": found.episodes,
            "too_long": found.skipped,
            "questions": found.questions,
            "stored": found.stored,
            "input_tokens": found.input_tokens,
            "output_tokens_at_most": found.output_tokens,
            "cost_at_most": found.cost,
            "basis": found.basis,
        }
    )
    return verbs.OK


def refuse_again(args: argparse.Namespace) -> None:
    """Refuse --again with --batch."""
    if args.again:
        raise UserError("--again does not go with --batch: a batch asks only what the desk has no answer to.")


def do_batches(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show the batch jobs; with --resume go on with the unfinished ones, with --cancel or --abandon end one."""
    if args.cancel is not None:
        job = batches.job(db, args.cancel)
        if job is None:
            raise UserError(f"There is no batch job {args.cancel} on this desk.")
        pipeline.cancel_batch(db, _endpoint_of(db, job), job.id)
        return run_job(db, out, _endpoint_of(db, job), job.id)
    if args.abandon is not None:
        pipeline.abandon_batch(db, args.abandon)
    if not args.resume:
        for job in reversed(batches.jobs(db)):
            out.line(_row(job))
        return verbs.OK
    status = verbs.OK
    for job in reversed(batches.jobs(db, unfinished=True)):
        status = max(status, run_job(db, out, _endpoint_of(db, job), job.id))
    return status


def run_job(db: Connection, out: Output, endpoint: pipeline.Endpoint, job: int) -> int:
    """Do a job until it is done; a line on how it stands then."""

    def progress(done: int, total: int, what: str) -> None:
        out.say(f"{done:,} of {total:,} episodes: {what}")

    try:
        after = pipeline.resume_batch(db, endpoint, job, progress)
    except KeyboardInterrupt:
        complain(f"stopped; batch job {job} is kept: dreamdesk batches --resume goes on with it")
        return verbs.WRONG
    for episode, reason in batches.failures(db, job):
        complain(f"episode {episode}: {reason}")
    out.line(_row(after))
    return verbs.WRONG if after.failed else verbs.OK


def _endpoint_of(db: Connection, job: Job) -> pipeline.Endpoint:
    return pipeline.make_endpoint(db, job.url, job.model, verbs.api_key())


def _row(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "verb": job.verb,
        **job.parameters,
        "endpoint": job.url,
        "model": job.model,
        "state": job.state,
        "episodes": job.episodes,
        "done": job.done,
        "failed": job.failed,
        "batches_waiting": job.waiting,
    }


def _show(args: argparse.Namespace, db: Connection, out: Output, done: list[int]) -> int:
    """Print the candidates of the episodes *done*, and the flags of what a model said of them."""
    secret = marks.withheld(db, done, args.auditor or "")
    flagged = 0
    for episode in done:
        for row in verbs.open_rows(args, db, list(listing.candidates(db, episode))):
            out.line(row)
        judgement = judgements.latest(db, episode) if args.method == "model" and episode not in secret else None
        for flag in judgement.flags if judgement else ():
            flagged += 1
            places = [{"step": quote.step, "text": quote.text} for quote in flag.quotes]
            out.line({"episode": episode, "flag": flag.kind, "words": flag.words, "quotes": places})
    if flagged:
        out.say(f"{counted(flagged, 'flag')}: what the model said that could not be believed, or must be known")
    return verbs.OK


def _votes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= pipeline.MOST_VOTES:
        raise argparse.ArgumentTypeError(f"votes are a number from 1 to {pipeline.MOST_VOTES}")
    return int(text)
