"""Versions of a source: a file that grew or changed since it was imported stands beside its earlier state.

A version holds only the episodes that are new in it or were changed. The others stay where they are, in the earlier
versions: the line of a source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dreamdesk.desk import fingerprint, ledger, outcomes
from dreamdesk.desk.database import Connection
from dreamdesk.desk.episodes import load
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.source import Source
from dreamdesk.model.text import counted

_PLACE = re.compile(r"(?:(?:line|row|document):\d+)?(?:/\S*)?")
"""Keys that are places in the file: the next version may have another episode there."""


@dataclass(frozen=True, slots=True)
class Line:
    """The versions before one.

    Attributes:
        sources: Their ids, the newest first.
        contents: Ids of their episodes by what they say, as `content` gives it; `holds` takes from it.
    """

    sources: tuple[int, ...] = ()
    contents: dict[str, list[int]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number of the version that follows."""
        return len(self.sources) + 1

    def holds(self, episode: Episode) -> bool:
        """Tell whether one of the versions holds *episode* as it is, wherever it stood in its file.

        Each episode that is held is told once: of two attempts that are alike the second may be new.
        """
        if not self.contents or not (found := self.contents.get(content(episode))):
            return False
        found.pop()
        return True

    def left(self) -> tuple[int, ...]:
        """Return the ids of the episodes that were not asked for."""
        return tuple(identity for identities in self.contents.values() for identity in identities)

    def older(self, db: Connection, key: str, task_key: str) -> int | None:
        """Return the newest earlier state in the line of the episode with this key and task; None when it is new."""
        for source in self.sources:
            found = db.execute("SELECT id, task_key FROM episode WHERE source = ? AND key = ?", (source, key))
            for identity, task in found:
                if _same(key, task_key, task):
                    return int(identity)
        return None


def content(episode: Episode) -> str:
    """Return a digest of what *episode*, with the source's own outcome, says: its steps, facts and verdict."""
    return fingerprint.content(replace(episode, key=""))


def _same(key: str, task: str, other: str) -> bool:
    """Tell whether two episodes with one key, in two versions of a file, are two states of one episode."""
    return task == other or not _PLACE.fullmatch(key)


def before(db: Connection, predecessor: int | None) -> Line:
    """Return the line that *predecessor* ends; every episode of it that is shown is read once."""
    sources = line(db, predecessor)
    contents, newer = dict[str, list[int]](), set[str]()
    for source in sources:
        rows = db.execute("SELECT id, key FROM episode WHERE source = ? AND live", (source,)).fetchall()
        for identity, key in rows:
            if key not in newer:  # else what it says is over, and would be a change again
                said = content(replace(load(db, identity), outcome=outcomes.own(db, identity)))
                contents.setdefault(said, []).append(identity)
        newer.update(key for _, key in rows if not _PLACE.fullmatch(key))
    return Line(sources, contents)


def line(db: Connection, source: int | None) -> tuple[int, ...]:
    """Return the ids of *source* and of its earlier versions, the newest first."""
    found: list[int] = []
    while source is not None and source not in found:
        found.append(source)
        row = db.execute("SELECT predecessor FROM source_version WHERE source = ?", (source,)).fetchone()
        source = int(row[0]) if row else None
    return tuple(found)


def same_place(db: Connection, source: Source) -> int | None:
    """Return the newest complete source of the same format that was read from the same place."""
    row = db.execute(
        "SELECT max(id) FROM source WHERE path = ? AND format = ? AND complete", (source.path, source.format)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def smaller(db: Connection, source: Source) -> list[tuple[int, int, str]]:
    """Return id, size and SHA-256 of the complete sources of the same name and format that are smaller, largest first.

    If one's bytes are the first bytes of *source*, then that file has grown.
    """
    return db.execute(
        "SELECT id, size, sha256 FROM source WHERE name = ? AND format = ? AND complete AND size BETWEEN 1 AND ?"
        " ORDER BY size DESC, id DESC LIMIT 100",
        (source.name, source.format, source.size - 1),
    ).fetchall()


def add(db: Connection, source: int, predecessor: int) -> None:
    """Note, in the caller's transaction, that *source* is the next version of *predecessor*."""
    db.execute("INSERT INTO source_version VALUES(?, ?)", (source, predecessor))


def predecessors(db: Connection) -> dict[int, int]:
    """Return the predecessor of every source that has one."""
    return dict(db.execute("SELECT source, predecessor FROM source_version").fetchall())


def newer(db: Connection, episode: int) -> int | None:
    """Return the newest later state of *episode* that the desk holds, None when it is the newest itself."""
    rows = db.execute(
        "WITH RECURSIVE later(source) AS ("
        " SELECT source_version.source FROM source_version JOIN episode ON episode.source = predecessor"
        "  WHERE episode.id = ?1"
        " UNION SELECT source_version.source FROM source_version JOIN later ON later.source = predecessor)"
        " SELECT newer.id, newer.key, newer.task_key, older.task_key FROM episode AS newer"
        " JOIN episode AS older ON older.id = ?1 AND newer.key = older.key"
        " WHERE newer.source IN (SELECT source FROM later) ORDER BY newer.id DESC",
        (episode,),
    )
    return next((int(row[0]) for row in rows if _same(*row[1:])), None)


def superseded(db: Connection, source: int) -> dict[int, int]:
    """Return the episodes of which *source*, now visible, holds a newer state, each with the newest one's id."""
    sources = line(db, source)[1:]
    marks = ",".join("?" * len(sources))
    rows = db.execute(
        f"SELECT id FROM episode WHERE source IN ({marks})"  # noqa: S608
        " AND key IN (SELECT key FROM episode WHERE source = ?) ORDER BY id",
        [*sources, source],
    )
    found = {row[0]: newer(db, row[0]) for row in rows.fetchall()}
    return {older: later for older, later in found.items() if later is not None}


def corrections(db: Connection, episode: int) -> int:
    """Return how many corrections of *episode* the desk holds: those of an earlier state are stale."""
    return int(db.execute("SELECT count(*) FROM correction WHERE episode = ?", (episode,)).fetchone()[0])


WITHDRAWN = "reading-withdrawn"
"""The type of the ledger's entries that say which episodes of an earlier reading are no longer shown."""


def untouched(db: Connection, source: int, episodes: Sequence[int]) -> list[int]:
    """Return which of *episodes* come from an earlier reading of the bytes of *source* and were touched by nobody.

    What somebody marked, judged, wrote a correction of, decided or reported stays in sight.
    """
    rows = db.execute(
        "SELECT id FROM episode WHERE live AND id IN (SELECT value FROM json_each(?1)) AND source IN"
        " (SELECT earlier.id FROM source JOIN source AS earlier USING(sha256) WHERE source.id = ?2 AND earlier.complete"
        "  AND earlier.id != ?2)"
        " AND NOT EXISTS (SELECT 1 FROM mark WHERE mark.episode = episode.id)"
        " AND NOT EXISTS (SELECT 1 FROM outcome_word WHERE outcome_word.episode = episode.id)"
        " AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.episode = episode.id)"
        " AND NOT EXISTS (SELECT 1 FROM correction JOIN decision ON decision.correction = correction.id"
        "  WHERE correction.episode = episode.id)"
        " AND NOT EXISTS (SELECT 1 FROM correction JOIN revision ON revision.correction = correction.id"
        "  WHERE correction.episode = episode.id AND author IN (SELECT name FROM auditor)) ORDER BY id",
        (json.dumps(list(episodes)), source),
    )
    return [row[0] for row in rows]


def withdraw(db: Connection, episodes: Sequence[int], name: str, actor: str) -> None:
    """Show *episodes* of the source *name* no longer, in the caller's transaction, with the entry in the ledger."""
    if not episodes:
        return
    db.execute(
        "UPDATE episode SET live = 0 WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(episodes)),)
    )
    subject = f"{name}: {counted(len(episodes), 'episode')} of an earlier reading, no longer shown"
    ledger.append(db, actor, WITHDRAWN, {"subject": subject, "episodes": list(episodes)})


def faults(db: Connection, entered: Sequence[Mapping[str, Json]]) -> list[str]:
    """Return which episodes are shown or not against the ledger's entries of what was withdrawn."""
    said = {int(number) for body in entered for number in body["episodes"]}
    rows = db.execute(
        "SELECT episode.id, live FROM episode JOIN source ON source.id = episode.source WHERE complete"
        " AND (live IS NOT 1 OR episode.id IN (SELECT value FROM json_each(?))) ORDER BY episode.id",
        (json.dumps(sorted(said)),),
    )
    return [
        f"episode {number} is shown or not, against the ledger"
        for number, live in rows
        if (live != 0) == (number in said)
    ]
