"""Which line of which bundle a correction became, and what leads to it: a source, an episode, an auditor, a text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dreamdesk.desk import corrections, encode, episodes
from dreamdesk.desk.database import Connection
from dreamdesk.model.episode import Kind, Step

Turn = tuple[int, int, int, int, dict[str, int]]
"""A corrected turn in a bundle: correction, revision, start, stop, and its line in each file below ``data/``."""

_UNSPOKEN = (Kind.THINKING, Kind.GAP)
"""Kinds of steps that no training row repeats."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one file of one bundle, and why it was found. *release* is the id, *digest* what was signed."""

    release: int
    folder: str
    digest: str
    file: str
    line: int
    correction: int
    episode: int
    why: str


@dataclass(frozen=True, slots=True)
class _Released:
    """One corrected turn that left."""

    release: int
    folder: str
    digest: str
    auditor: str
    correction: int
    revision: int
    episode: int
    start: int
    stop: int
    lines: dict[str, int]

    def found(self, why: str, files: Iterable[str] | None = None) -> Iterator[Line]:
        for file in self.lines if files is None else files:
            yield Line(
                self.release, self.folder, self.digest, file, self.lines[file], self.correction, self.episode, why
            )


def add(db: Connection, release: int, turns: Iterable[Turn]) -> None:
    """Keep which lines the corrected turns of a release became, in the caller's transaction."""
    db.executemany(
        "INSERT INTO release_turn(release, correction, revision, start, stop, lines) VALUES(?,?,?,?,?,?)",
        ((release, *turn[:4], encode.dump(turn[4])) for turn in turns),
    )


def of_source(db: Connection, source: str) -> Iterator[Line]:
    """Yield the lines that come from a source, named by its file name or by how its SHA-256 begins."""
    rows = db.execute(
        "SELECT e.id FROM episode e JOIN source s ON s.id = e.source WHERE e.id IN (SELECT c.episode FROM correction c"
        " JOIN release_turn t ON t.correction = c.id) AND (s.name = ?1 OR (length(?1) >= 8 AND"
        " substr(s.sha256, 1, length(?1)) = ?1))",
        (source,),
    )
    named = {row[0] for row in rows}
    for turn in _released(db):
        if turn.episode in named:
            yield from turn.found(f"comes from the source {source}")


def of_episode(db: Connection, episode: int) -> Iterator[Line]:
    """Yield the lines that come from an episode."""
    for turn in _released(db, episode):
        yield from turn.found(f"comes from episode {episode}")


def of_auditor(db: Connection, auditor: str) -> Iterator[Line]:
    """Yield the lines that an auditor decided on, or released."""
    decided = {
        (row[0], row[1])
        for row in db.execute("SELECT correction, revision FROM decision WHERE auditor = ?", (auditor,))
    }
    for turn in _released(db):
        if (turn.correction, turn.revision) in decided:
            yield from turn.found(f"{auditor} decided on it")
        elif turn.auditor == auditor:
            yield from turn.found(f"{auditor} released it")


def of_text(db: Connection, text: str) -> Iterator[Line]:
    """Yield the lines that hold *text*, such as a person's name, in whatever case it is written.

    A row holds what was said before its turn; only files that show what really happened hold the replaced turn.
    """
    wanted = text.casefold()
    place: dict[tuple[int, int], tuple[float, bool]] = {}
    for turn in _released(db):
        key = (turn.correction, turn.revision)
        if key not in place:
            place[key] = _first(db, turn, wanted)
        first, replaced = place[key]
        if first < turn.stop:
            yield from turn.found("the text stands in it")
        elif replaced:
            shown = [file for file in turn.lines if not file.startswith("sft/")]
            yield from turn.found("the text may stand in it: it stands in what was replaced", shown)


def _first(db: Connection, turn: _Released, wanted: str) -> tuple[float, bool]:
    """Return the first step of the corrected path that holds *wanted*, and whether the replaced turn holds it."""
    revision = corrections.revision(db, turn.correction, turn.revision)
    episode = episodes.load(db, turn.episode)
    around = [episode.policy, episode.task, *(tool.name for tool in episode.tools)]
    around += [f"{tool.description}\n{encode.dump(tool.parameters)}" for tool in episode.tools]
    if any(wanted in words.casefold() for words in around):
        return -1, True
    path = [*episode.steps[: revision.start], *(made.step for made in revision.steps)]
    first = next((step.index for step in path if _holds(step, wanted)), float("inf"))
    rest = episode.steps[revision.start :]
    return first, any(_holds(step, wanted) for step in rest if step.turn == rest[0].turn)


def _holds(step: Step, wanted: str) -> bool:
    said = f"{step.agent}\n{step.tool}\n{step.content}"
    if step.kind in _UNSPOKEN:
        return False
    if wanted in said.casefold():
        return True
    # Arguments may be recorded with escapes, which the row does not keep.
    return step.kind is Kind.TOOL_CALL and "\\u" in said and wanted in _unescaped(step.content).casefold()


def _unescaped(content: str) -> str:
    try:
        return json.dumps(json.loads(content), ensure_ascii=False)
    except (ValueError, RecursionError):
        return content


def _released(db: Connection, episode: int | None = None) -> Iterator[_Released]:
    """Yield the corrected turns that left, of one episode or all, bundle by bundle."""
    rows: list[Any] = db.execute(
        "SELECT r.id, r.folder, r.digest, r.auditor, t.correction, t.revision, c.episode, t.start, t.stop, t.lines"
        " FROM release_turn t JOIN release r ON r.id = t.release JOIN correction c ON c.id = t.correction"
        " WHERE ?1 IS NULL OR c.episode = ?1 ORDER BY r.id, t.correction, t.start",
        (episode,),
    ).fetchall()
    for *turn, lines in rows:
        yield _Released(*[*turn, json.loads(lines)])


def untraced(db: Connection) -> list[str]:
    """Return the folders of the bundles that left before the desk kept which lines they have."""
    rows = db.execute(
        "SELECT folder FROM release WHERE corrections != '[]' AND id NOT IN (SELECT release FROM release_turn)"
        " ORDER BY id"
    )
    return [row[0] for row in rows]
