"""Surveying: where the failures of a shard went wrong, and how grave that is. Runs in a worker."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dreamdesk.desk import database, episodes, findings, learned, outcomes, packets
from dreamdesk.desk.database import Connection
from dreamdesk.locate import offline
from dreamdesk.locate.trace import Trace
from dreamdesk.model.canonical import canonical
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.judging import FAILED
from dreamdesk.pipeline.policies import bound
from dreamdesk.pipeline.triaging.nouns import Job, Place, desk_of, survey_of
from dreamdesk.pipeline.triaging.reading import publish
from dreamdesk.review.sampling import Risk

_MOST_TASKS, _MOST_DESKS = 16, 8


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed episode of the corpus.

    Attributes:
        digest: What it is called on every desk.
        same: The same without the file that it was read from: what two states of a file both hold.
        risk, priority: How grave its error is, as the queue of a desk orders it.
        shard, episode: Where it lies.
        task: Shared by the attempts at one task, "" where that is unknown.
        source, recording: The SHA-256 and the bytes of its file.
        steps, size: How many steps it has, and how many characters those have.
    """

    digest: str
    same: str
    risk: Risk
    priority: int
    shard: str
    episode: int
    task: str
    source: str
    recording: int
    steps: int
    size: int


def survey(job: Job) -> int:
    """List the failures of the shard in a file; return how many bytes were surveyed.

    Raises:
        UserError: the folder cannot be written, or the desk of a shard is not there.
    """
    folder, name = Path(job.folder), job.shard.name
    if not survey_of(folder, name).exists():
        try:
            with closing(still(folder, name)) as db, Attempts(folder) as attempts:
                publish(survey_of(folder, name), (canonical(asdict(one)) for one in _failures(job, db, attempts)))
        except OSError as error:
            raise UserError(f"{folder}: a list of failures cannot be written ({error.strerror or error}).") from error
    return job.shard.size


def failures(folder: Path, shard: str) -> Iterator[Failure]:
    """Yield the failures of a shard that was surveyed, in the order of its files."""
    with survey_of(folder, shard).open("rb") as lines:
        for line in lines:
            said = json.loads(line)
            yield Failure(**{**said, "risk": Risk(said["risk"])})


def _failures(job: Job, db: Connection, attempts: Attempts) -> Iterator[Failure]:
    for identity in episodes.ids(db, outcomes=FAILED):
        source = episodes.source_of(db, identity)
        if source.path in job.parts:
            continue
        episode = bound(db, identity)
        weights = job.rules.ranking(learned.family_of(db, identity))
        siblings = attempts.at(episode.task_key, job)
        found = offline.located(Trace(episode), siblings, weights).candidates
        if not found:
            continue  # it has no step
        recorded = own(db, identity)
        yield Failure(
            packets.episode_digest(recorded, source.sha256),
            packets.episode_digest(recorded, ""),
            Risk(findings.SEVERITY[found[0].category]),
            findings.priority(found[0]),
            job.shard.name,
            identity,
            episode.task_key,
            source.sha256,
            source.size,
            len(episode.steps),
            sum(len(step.content) for step in episode.steps),
        )


def still(folder: Path, shard: str) -> Connection:
    """Open the desk of a shard, which nobody writes any more."""
    return database.open_desk(desk_of(folder, shard), still=True)


def own(db: Connection, identity: int) -> Episode:
    """Return an episode with its source's own verdict, as it is told to other desks."""
    return replace(episodes.load(db, identity), outcome=outcomes.own(db, identity))


class Attempts:
    """The successful attempts on the desks of all shards; the last used of both are kept. Close it after use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._desks: OrderedDict[str, Connection] = OrderedDict()
        self._tasks: OrderedDict[str, Mapping[int, Episode]] = OrderedDict()

    def __enter__(self) -> Attempts:
        return self

    def __exit__(self, *_: object) -> None:
        for db in self._desks.values():
            db.close()

    def at(self, task: str, job: Job) -> Mapping[int, Episode]:
        """Return the successful attempts at a task, numbered in the order of the corpus."""
        if task not in self._tasks:
            found = (self._load(place, job.parts) for place in job.siblings.get(task, ()))
            self._tasks[task] = dict(enumerate(filter(None, found)))
            if len(self._tasks) > _MOST_TASKS:
                self._tasks.popitem(last=False)
        self._tasks.move_to_end(task)
        return self._tasks[task]

    def _load(self, place: Place, parts: frozenset[str]) -> Episode | None:
        db = self._desk(place[0])
        return None if episodes.source_of(db, place[1]).path in parts else episodes.load(db, place[1])

    def _desk(self, shard: str) -> Connection:
        if shard not in self._desks:
            self._desks[shard] = still(self._folder, shard)
            if len(self._desks) > _MOST_DESKS:
                self._desks.popitem(last=False)[1].close()
        self._desks.move_to_end(shard)
        return self._desks[shard]
