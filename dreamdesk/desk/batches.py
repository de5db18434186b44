"""Batch jobs on the desk: which episodes a model is asked about in batches, and how far that is, to be resumed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import encode, ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import Json

RUNNING, CANCELED, ABANDONED, ENDED = "running", "canceled", "abandoned", "ended"
"""States of a job. A canceled one asks nothing more, but what was handed over may still be answered; an abandoned one
waits for nothing any more."""

SENDING = "sending"
"""State of a batch that is being handed over, or of which it is not known whether the endpoint has it."""
HANDED_OVER = "handed over"
OPEN, DONE, FAILED = "open", "done", "failed"
"""States of an episode in a job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job: what is done (*verb*, *parameters*), where, and how many of its episodes are done or failed."""

    id: int
    verb: str
    parameters: dict[str, Json]
    url: str
    model: str
    state: str
    created: int
    episodes: int
    done: int
    failed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class SentBatch:
    """One batch of a job: *remote* is the endpoint's name for it, "" while that is not known."""

    id: int
    job: int
    remote: str
    state: str
    requests: int
    created: int


def add_job(
    db: Connection, verb: str, parameters: dict[str, Json], url: str, model: str, chosen: Sequence[int], actor: str
) -> int:
    """Begin a job over the episodes *chosen*, with its ledger entry; return its id."""
    with transaction(db):
        job = db.execute(
            "INSERT INTO batch_job(verb, parameters, url, model, state, created) VALUES(?,?,?,?,?,?)",
            (verb, encode.dump(parameters), url, model, RUNNING, time.time_ns()),
        ).lastrowid
        assert job is not None
        db.executemany(
            "INSERT INTO batch_episode(job, episode, state) VALUES(?,?,?)", [(job, one, OPEN) for one in chosen]
        )
        _enter(db, actor, job, f"begun, {verb}, {len(chosen):,} episodes, {model}", {"verb": verb, **parameters})
    return job


def jobs(db: Connection, *, unfinished: bool = False, only: int | None = None) -> list[Job]:
    """Return the jobs (or the *only* one of this id), newest first; *unfinished*: those that have something to do."""
    rows = db.execute(
        "SELECT id, verb, parameters, url, model, state, created,"
        " (SELECT count(*) FROM batch_episode WHERE job = batch_job.id),"
        " (SELECT count(*) FROM batch_episode WHERE job = batch_job.id AND state = ?),"
        " (SELECT count(*) FROM batch_episode WHERE job = batch_job.id AND state = ?),"
        " (SELECT count(*) FROM batch WHERE job = batch_job.id AND state != ?)"
        " FROM batch_job WHERE id = coalesce(?, id) ORDER BY id DESC",
        (DONE, FAILED, ENDED, only),
    )
    found = [Job(r[0], r[1], json.loads(r[2]), *r[3:]) for r in rows]
    return [job for job in found if job.state == RUNNING or job.waiting] if unfinished else found


def job(db: Connection, identity: int) -> Job | None:
    """Return the job with this id, or None."""
    return next(iter(jobs(db, only=identity)), None)


def set_job(db: Connection, identity: int, state: str, actor: str) -> None:
    """Note the state of a job, with its ledger entry."""
    with transaction(db):
        db.execute(
            "UPDATE batch_job SET state = ?, ended = ? WHERE id = ?",
            (state, time.time_ns() if state != RUNNING else None, identity),
        )
        _enter(db, actor, identity, state, {"state": state})


def open_episodes(db: Connection, identity: int) -> list[int]:
    """Return the episodes of a job that are neither done nor failed."""
    query = "SELECT episode FROM batch_episode WHERE job = ? AND state = ? ORDER BY episode"
    return [row[0] for row in db.execute(query, (identity, OPEN))]


def settle_episode(db: Connection, identity: int, episode: int, state: str, detail: str = "") -> None:
    """Note what came of one episode."""
    with transaction(db):
        db.execute(
            "UPDATE batch_episode SET state = ?, detail = ? WHERE job = ? AND episode = ?",
            (state, detail, identity, episode),
        )


def failures(db: Connection, identity: int) -> list[tuple[int, str]]:
    """Return the failed episodes of a job, each with the reason."""
    query = "SELECT episode, detail FROM batch_episode WHERE job = ? AND state = ? ORDER BY episode"
    return [(row[0], row[1]) for row in db.execute(query, (identity, FAILED))]


def add_batch(db: Connection, identity: int, requests: int) -> int:
    """Note that a batch is about to be handed over, in the caller's transaction; return its id."""
    made = db.execute(
        "INSERT INTO batch(job, remote, state, requests, created) VALUES(?,'',?,?,?)",
        (identity, SENDING, requests, time.time_ns()),
    ).lastrowid
    assert made is not None
    return made


def live(db: Connection, url: str, model: str) -> list[SentBatch]:
    """Return the batches, of whichever job, that *url* has or may have and that have not ended, oldest first."""
    rows = db.execute(
        "SELECT batch.id, job, remote, batch.state, requests, batch.created FROM batch JOIN batch_job"
        " ON batch_job.id = job WHERE url = ? AND model = ? AND batch.state != ? ORDER BY batch.id",
        (url, model, ENDED),
    )
    return [SentBatch(*row) for row in rows]


def set_batch(db: Connection, batch: int, state: str, remote: str | None = None) -> None:
    """Note the state of a batch, and its name at the endpoint, in the caller's transaction."""
    db.execute("UPDATE batch SET state = ?, remote = coalesce(?, remote) WHERE id = ?", (state, remote, batch))


def remotes(db: Connection) -> set[str]:
    """Return the endpoint's names of all batches that are known."""
    return {row[0] for row in db.execute("SELECT remote FROM batch WHERE remote != ''")}


def tokens(db: Connection, identity: int) -> tuple[int, int]:
    """Return the tokens sent and answered in all batches of a job so far."""
    row = db.execute(
        "SELECT coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0) FROM exchange WHERE batch IN"
        " (SELECT id FROM batch WHERE job = ?)",
        (identity,),
    ).fetchone()
    return int(row[0]), int(row[1])


def _enter(db: Connection, actor: str, identity: int, words: str, details: dict[str, Json]) -> None:
    ledger.append(db, actor, "batch-job", {"subject": f"batch job {identity}: {words}", "job": identity, **details})
