"""Taking: what is dealt comes onto the desk of whoever deals, as if its files had been imported there.

With each failure come the successful attempts at its task, so that the desk locates and grafts as one with all of the
corpus would. There the returns of the auditors are joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from dreamdesk.desk import episodes, kept, packets
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Source
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.packets.recordings import Origin, keep_some
from dreamdesk.pipeline.triaging.nouns import Place
from dreamdesk.pipeline.triaging.surveying import Failure, own, still

_ORIGIN = Origin(
    "dealt by a triage",
    "came with a triage, which takes over what it deals and compares; others of the file may not have",
    {"triage": True},
)


def take(
    db: Connection, folder: Path, chosen: Iterable[Failure], siblings: Mapping[str, tuple[Place, ...]],
    progress: Progress | None, cancelled: Cancelled,
) -> dict[str, int]:  # fmt: skip
    """Take in the failures *chosen* and the attempts at their tasks; return the ids of the failures by their digests.

    What the desk has already stays as it is. A source is taken in whole, as far as it is dealt, or not at all.

    Raises:
        UserError: the work was cancelled, or the desk cannot be written.
    """
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    names: dict[Place, str] = {}
    for failure in chosen:
        names[failure.shard, failure.episode] = failure.digest
        for shard, episode in ((failure.shard, failure.episode), *siblings.get(failure.task, ())):
            wanted[shard].add(episode)
    ids: dict[str, int] = {}
    for done, shard in enumerate(sorted(wanted), 1):
        with closing(still(folder, shard)) as there:
            for source, some in _by_source(there, sorted(wanted[shard])):
                if cancelled():
                    raise UserError("Stopped. The same command goes on from there.")
                found = _take_source(db, there, source, some)
                ids |= {names[shard, one]: found[one] for one in some if (shard, one) in names}
        if progress:
            progress(done, len(wanted), "Taking in what is dealt")
    write_head(db)
    return ids


def _by_source(db: Connection, chosen: Iterable[int]) -> Iterator[tuple[Source, list[int]]]:
    """Yield *chosen* episodes by the source that they were read from, in the order of both."""
    found: dict[str, tuple[Source, list[int]]] = {}
    for episode in chosen:
        source = episodes.source_of(db, episode)
        found.setdefault(source.sha256, (source, []))[1].append(episode)
    yield from found.values()


def _take_source(db: Connection, there: Connection, source: Source, some: list[int]) -> dict[int, int]:
    """Take over *some* episodes of a source; return their ids here by those there."""
    ids: dict[int, int] = {}
    fresh: dict[str, int] = {}
    for episode in some:
        recorded = own(there, episode)
        name = packets.episode_digest(recorded, source.sha256)
        known = packets.find_episode(db, source.sha256, recorded.key, name)
        if known is None:
            fresh[name] = episode
        else:
            ids[episode] = known

    def recordings() -> Iterator[tuple[str, Episode]]:
        for name, episode in fresh.items():
            yield name, own(there, episode)

    if fresh:
        holder = packets.holder(there, source.sha256)
        chunks = kept.kept_bytes(there, holder) if holder is not None else None
        with transaction(db):
            made = keep_some(db, source, recordings(), chunks, _ORIGIN, PROGRAM)
        ids |= {fresh[name]: identity for name, identity in made.items()}
    return ids
