"""What can be done in batches: judging and dreaming, begun, resumed and canceled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dreamdesk.desk import batches
from dreamdesk.desk.batches import Job
from dreamdesk.desk.database import Connection
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.dream.message_batches import MOST_REQUESTS
from dreamdesk.locate.judge import strategy
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import batching
from dreamdesk.pipeline.batching import Work
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress
from dreamdesk.pipeline.dreaming import dream_one
from dreamdesk.pipeline.judging import failed, judge_one

LOCATE, DREAM = "locate", "dream"


def begin(
    db: Connection, endpoint: Endpoint, verb: str, chosen: Sequence[int] | None = None, **parameters: Json
) -> int:
    """Begin the job *verb* over the failed episodes among *chosen* (all when None); return its id. Nothing is sent yet.

    *parameters*: for "locate" *way* and *votes*, as `judging.judge` takes them.

    Raises:
        UserError: the parameters do not fit, or there is no episode.
    """
    _work(db, verb, parameters)
    work = failed(db, chosen)
    if not work:
        raise UserError("There is no failed episode to ask about. Nothing was sent.")
    return batches.add_job(db, verb, parameters, endpoint.url, endpoint.model, work, PROGRAM)


def resume(
    db: Connection,
    endpoint: Endpoint,
    identity: int,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
    *,
    poll: float = batching.POLL,
    settling: float = batching.SETTLING,
    portion: int = batching.PORTION,
    most: int = MOST_REQUESTS,
) -> Job:
    """Do the job *identity* from wherever it stands; see `batching.run`."""
    job = batches.job(db, identity)
    if job is None:
        raise UserError(f"There is no batch job {identity} on this desk.")
    work = _work(db, job.verb, job.parameters)
    return batching.run(
        db,
        endpoint,
        identity,
        work,
        progress,
        cancelled,
        poll=poll,
        settling=settling,
        portion=portion,
        most=most,
    )


def _work(db: Connection, verb: str, parameters: dict[str, Json]) -> Work:
    makers: dict[str, Callable[..., Work]] = {LOCATE: _judging, DREAM: _dreaming}
    try:
        return makers[verb](db, **parameters)
    except (KeyError, TypeError) as error:
        raise UserError(f"This DreamDesk does not know how to do a batch job “{verb}” with {parameters}.") from error


def _judging(db: Connection, *, way: str, votes: int) -> Work:
    chosen = strategy(way)
    return lambda episode, ask: judge_one(db, episode, chosen, votes, ask)


def _dreaming(db: Connection) -> Work:
    return lambda episode, ask: dream_one(db, episode, ask)
