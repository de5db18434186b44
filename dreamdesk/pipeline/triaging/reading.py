"""Reading: the files of a shard become a desk of their own. Runs in a worker."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dreamdesk.desk import database, episodes, sources
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import canonical
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import ImportReport
from dreamdesk.pipeline.importing import import_paths
from dreamdesk.pipeline.judging import FAILED
from dreamdesk.pipeline.locating import MOST_SIBLINGS
from dreamdesk.pipeline.triaging.nouns import Job, desk_of, index_of


@dataclass(frozen=True, slots=True)
class Index:
    """What the desk of a shard holds, for whoever deals.

    Attributes:
        files, unread: How many sources were read, and what could not be, each in a sentence.
        states: How many episodes ended how.
        failed: The tasks at which an attempt failed.
        succeeded: The first successful attempts at a task, by their ids on the desk.
        parts: Places of files in other shards that are parts of sources in this one.
    """

    files: int
    unread: tuple[str, ...]
    states: dict[str, int]
    failed: frozenset[str]
    succeeded: dict[str, tuple[int, ...]]
    parts: frozenset[str]


def read(job: Job) -> int:
    """Make the desk of the shard and its index, each whole or not at all; return the bytes that were read.

    Raises:
        UserError: the folder cannot be reached or written, or the worker runs another version.
    """
    folder, name = Path(job.folder), job.shard.name
    if index_of(folder, name).exists():
        return job.shard.size
    if not folder.is_dir():
        raise UserError(f"{folder}: a worker does not see this folder. All of them must share the disk that it is on.")
    try:
        with TemporaryDirectory(dir=job.scratch or None) as scratch:
            desk = Path(scratch, "shard.desk")
            with closing(database.create(desk)) as db:
                job.rules.lay(db)
                files = [Path(file) for file in job.shard.files]
                reports = list(import_paths(db, files, job.rules.format_name, searchable=False))
                index = _index(db, reports, job.shard.files)
            draft = desk_of(folder, f".{name}-{uuid.uuid4().hex}")
            shutil.move(desk, draft)
            os.replace(draft, desk_of(folder, name))
        publish(index_of(folder, name), [canonical(asdict(index) | {"failed": sorted(index.failed),
                                                                   "parts": sorted(index.parts)})])  # fmt: skip
    except OSError as error:
        raise UserError(f"{folder}: a shard cannot be written ({error.strerror or error}).") from error
    return job.shard.size


def index(folder: Path, shard: str) -> Index:
    """Return the index of a shard that was read."""
    said = json.loads(index_of(folder, shard).read_bytes())
    return Index(
        said["files"],
        tuple(said["unread"]),
        said["states"],
        frozenset(said["failed"]),
        {task: tuple(ids) for task, ids in said["succeeded"].items()},
        frozenset(said["parts"]),
    )


def publish(place: Path, lines: Sequence[bytes] | Iterator[bytes]) -> None:
    """Write the *lines* of a file that is there whole or not at all, whichever worker is first."""
    draft = place.with_name(f".{place.name}-{uuid.uuid4().hex}")
    with draft.open("wb") as file:
        file.writelines(line + b"\n" for line in lines)
    os.replace(draft, place)


def _index(db: Connection, reports: Sequence[ImportReport], files: Sequence[str]) -> Index:
    failed = frozenset(filter(None, (episodes.task_key(db, one) for one in episodes.ids(db, outcomes=FAILED))))
    succeeded: defaultdict[str, list[int]] = defaultdict(list)
    for one in episodes.ids(db, outcomes=(OutcomeState.SUCCEEDED,)):
        task = episodes.task_key(db, one)
        if task and len(succeeded[task]) < MOST_SIBLINGS:
            succeeded[task].append(one)
    return Index(
        sum(bool(report.format) for report in reports),
        tuple(skip.reason for report in reports if not report.format for skip in report.skipped),
        {state.value: len(episodes.ids(db, outcomes=(state,))) for state in OutcomeState},
        failed,
        {task: tuple(ids) for task, ids in succeeded.items()},
        frozenset(_parts(db)) - frozenset(files),
    )


def _parts(db: Connection) -> Iterator[str]:
    """Yield the places of the files that are parts of a source."""
    for number, place, _ in sources.places(db):
        for companion in sources.report(db, number).companions:
            if companion.part:
                yield os.path.normpath(os.path.join(os.path.dirname(place), companion.name))
