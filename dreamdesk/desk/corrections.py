"""Corrections on the desk: numbered revisions that never change, and what the guardrails said of each."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dreamdesk.desk import encode, ledger, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import Check, Level
from dreamdesk.model.correction import DreamSource, Revision
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted


@dataclass(frozen=True, slots=True)
class Row:
    """A correction in a list."""

    id: int
    episode: int
    source: DreamSource
    state: ReviewState
    revisions: int


@dataclass(frozen=True, slots=True)
class Made:
    """That a revision was made: which one, from where, by whom, why, and how far it is verified now."""

    at: int
    correction: int
    source: DreamSource
    number: int
    author: str
    note: str
    lesson: str
    level: Level


def made(db: Connection, episode: int) -> tuple[Made, ...]:
    """Return the revisions of all corrections of *episode*, oldest first."""
    rows = db.execute(
        "SELECT revision.created, correction.id, source, number, author, note, lesson, level FROM correction"
        " JOIN revision ON revision.correction = correction.id LEFT JOIN verification"
        " ON verification.correction = correction.id AND verification.revision = number"
        " WHERE episode = ? ORDER BY revision.created, revision.id",
        (episode,),
    )
    return tuple(
        Made(at, correction, DreamSource(source), number, author, note, lesson, Level(-1 if level is None else level))
        for at, correction, source, number, author, note, lesson, level in rows
    )


def add(
    db: Connection,
    episode: int,
    source: DreamSource,
    revision: Revision,
    actor: str,
    known_bad: sealed.KnownBad | None = None,
) -> int:
    """Add a correction with its first revision, in the caller's transaction; return its id.

    It becomes the episode's current one when there was none, or when a person or a model wrote it. *known_bad*: under
    which seal it was spoilt, and what is held back for it.
    """
    cursor = db.execute(
        "INSERT INTO correction(episode, source, state, created) VALUES(?,?,?,?)",
        (episode, source.value, ReviewState.PROPOSED.value, time.time_ns()),
    )
    correction = int(cursor.lastrowid or 0)
    if known_bad:
        sealed.add(db, correction, known_bad, revision.digest())
    add_revision(db, correction, revision, actor)
    current = db.execute("SELECT correction FROM episode WHERE id = ?", (episode,)).fetchone()[0]
    if current is None or source in (DreamSource.AUTHORED, DreamSource.MODEL):
        make_current(db, correction)
    return correction


def add_revision(db: Connection, correction: int, revision: Revision, actor: str) -> int:
    """Add a revision, in the caller's transaction; the correction goes back to review. Return its number."""
    number = (
        db.execute("SELECT coalesce(max(number), 0) FROM revision WHERE correction = ?", (correction,)).fetchone()[0]
        + 1
    )
    digest = revision.digest()
    db.execute(
        "INSERT INTO revision(correction, number, author, note, start, prefix, digest, steps, created, lesson,"
        " exchange) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        (
            correction,
            number,
            revision.author,
            revision.note,
            revision.start,
            revision.prefix,
            digest,
            encode.corrected_out(revision.steps),
            time.time_ns(),
            revision.lesson,
            revision.exchange,
        ),
    )
    ledger.append(
        db,
        actor,
        "revision-added",
        {
            # Without the note, which may tell where it went wrong to somebody who has to mark that first.
            "subject": f"correction {correction}, revision {number}, by {revision.author or actor}",
            "correction": correction,
            "revision": number,
            "digest": digest,
            "author": revision.author,
            **({"exchange": revision.exchange} if revision.exchange else {}),
            **({sealed.KNOWN: True} if correction in sealed.corrections(db) else {}),
        },
    )
    return int(number)


def make_current(db: Connection, correction: int) -> None:
    """Make *correction* the one that its episode is reviewed with, in the caller's transaction."""
    db.execute(
        "UPDATE episode SET correction = correction.id, review = correction.state FROM correction"
        " WHERE correction.id = ? AND episode.id = correction.episode",
        (correction,),
    )


def outdate(db: Connection, pairs: Mapping[int, int], actor: str) -> list[int]:
    """Say, in the caller's transaction, that each episode of *pairs* has a newer recording; return what became stale.

    Corrections of such an episode that have not left the desk are stale from now on: approvals of them do not count.
    """
    stale: list[int] = []
    for older, newer in pairs.items():
        if db.execute("SELECT 1 FROM outdated WHERE episode = ?", (older,)).fetchone():
            continue
        db.execute("INSERT INTO outdated VALUES(?,?)", (older, newer))
        rows = db.execute("SELECT id FROM correction WHERE episode = ? AND state = 'stale' ORDER BY id", (older,))
        stale += [row[0] for row in rows]
    if stale:
        subject = f"{counted(len(stale), 'correction')}: a newer recording of the episode was imported"
        ledger.append(db, actor, "stale", {"subject": subject, "corrections": list(stale)})
    return stale


def recall(db: Connection, correction: int, at: int) -> None:
    """Say, in the caller's transaction, that *correction*, which left the desk, is called back since *at*.

    Raises:
        UserError: it was never released, or was recalled before; the transaction must not be committed.
    """
    if (state := get(db, correction).state) is not ReviewState.RELEASED:
        raise UserError(f"Correction {correction} is {state.called}; only what was released can be recalled.")
    db.execute("UPDATE released_correction SET recalled = ? WHERE correction = ?", (at, correction))


def authors(db: Connection, correction: int) -> list[str]:
    """Return who wrote the revisions of *correction*, in their order."""
    rows = db.execute("SELECT author FROM revision WHERE correction = ? ORDER BY number", (correction,))
    return [row[0] for row in rows]


def corrected(db: Connection) -> list[int]:
    """Return the episodes that have corrections."""
    return [row[0] for row in db.execute("SELECT DISTINCT episode FROM correction ORDER BY episode")]


def misshown(db: Connection) -> list[int]:
    """Return the episodes whose place in the queue is not where their correction stands; the desk allows none."""
    rows = db.execute(
        "SELECT episode.id FROM episode LEFT JOIN correction ON correction.id = episode.correction"
        " WHERE review IS NOT state ORDER BY episode.id"
    )
    return [row[0] for row in rows]


def outdated(db: Connection) -> dict[int, int]:
    """Return the episodes of which the desk has a newer recording, each with the newer one's id."""
    return dict(db.execute("SELECT episode, newer FROM outdated").fetchall())


def get(db: Connection, correction: int) -> Row:
    """Return the correction's row.

    Raises:
        UserError: the desk has no such correction.
    """
    row = db.execute(f"{_ROWS} WHERE correction.id = ?", (correction,)).fetchone()
    if row is None:
        raise UserError(f"There is no correction {correction} on this desk.")
    return _row(row)


def of_episode(db: Connection, episode: int) -> tuple[Row, ...]:
    """Return the corrections of *episode*: the current one first, then the newest."""
    rows = db.execute(
        f"{_ROWS} JOIN episode ON episode.id = correction.episode WHERE correction.episode = ?"
        " ORDER BY correction.id = episode.correction DESC, correction.id DESC",
        (episode,),
    )
    return tuple(map(_row, rows))


def ids(db: Connection, states: Sequence[ReviewState] = ()) -> list[int]:
    """Return the ids of all corrections, in these states where given."""
    marks = ",".join("?" * len(states))
    where = f"WHERE state IN ({marks})" if states else ""
    rows = db.execute(f"SELECT id FROM correction {where} ORDER BY id", [state.value for state in states])  # noqa: S608
    return [row[0] for row in rows]


_ROWS = """SELECT correction.id, correction.episode, correction.source, correction.state,
    (SELECT count(*) FROM revision WHERE revision.correction = correction.id) FROM correction"""


def _row(row: tuple[int, int, str, str, int]) -> Row:
    return Row(row[0], row[1], DreamSource(row[2]), ReviewState(row[3]), row[4])


def revision(db: Connection, correction: int, number: int | None = None) -> Revision:
    """Return revision *number* of the correction, the newest when None.

    Raises:
        UserError: there is no such revision.
    """
    row = db.execute(
        "SELECT start, steps, author, note, prefix, number, lesson, exchange FROM revision WHERE correction = ?"
        " AND number = coalesce(?, (SELECT max(number) FROM revision WHERE correction = ?))",
        (correction, number, correction),
    ).fetchone()
    if row is None:
        raise UserError(f"There is no revision {number or ''} of correction {correction} on this desk.")
    return Revision(row[0], encode.corrected_in(row[1]), *row[2:])


def digests(db: Connection) -> dict[tuple[int, int], str]:
    """Return the digest that stands beside each revision, by correction and number: the desk's rules go by it."""
    return {(row[0], row[1]): row[2] for row in db.execute("SELECT correction, number, digest FROM revision")}


def has_revision(db: Connection, episode: int, source: DreamSource, revision: Revision) -> bool:
    """Tell whether *episode* has a correction of this source with exactly these steps already."""
    row = db.execute(
        "SELECT 1 FROM revision JOIN correction ON correction.id = revision.correction"
        " WHERE correction.episode = ? AND correction.source = ? AND revision.digest = ?",
        (episode, source.value, revision.digest()),
    ).fetchone()
    return row is not None or sealed.holds_back(db, episode, revision.digest())


def say_why_none(db: Connection, episode: int, source: DreamSource, reason: str) -> None:
    """Keep why *source* gave no correction of *episode*, "" where it gave one, in the caller's transaction."""
    db.execute("DELETE FROM undreamed WHERE episode = ? AND source = ?", (episode, source.value))
    if reason:
        db.execute("INSERT INTO undreamed VALUES(?,?,?)", (episode, source.value, reason))


def why_none(db: Connection, episode: int) -> dict[DreamSource, str]:
    """Return why the sources that were tried gave no correction of *episode*."""
    rows = db.execute("SELECT source, reason FROM undreamed WHERE episode = ? ORDER BY source", (episode,))
    return {DreamSource(source): reason for source, reason in rows}


def save_checks(
    db: Connection, correction: int, number: int, checks: Sequence[Check], level: Level, rules: str
) -> None:
    """Keep what the guardrails said of one revision under these *rules*, in the caller's transaction."""
    db.execute(
        "INSERT INTO verification(correction, revision, level, checks, at, rules) VALUES(?,?,?,?,?,?)"
        " ON CONFLICT(correction, revision) DO UPDATE"
        " SET level = excluded.level, checks = excluded.checks, at = excluded.at, rules = excluded.rules",
        (correction, number, int(level), encode.checks_out(checks), time.time_ns(), rules),
    )


def checked_under(db: Connection, correction: int | None = None) -> dict[int, str]:
    """Return the rules under which the newest revision of each correction, or of one, was checked, if it was."""
    rows = db.execute(
        "SELECT correction, rules FROM verification WHERE correction = coalesce(?, correction) AND revision ="
        " (SELECT max(number) FROM revision WHERE revision.correction = verification.correction)",
        (correction,),
    )
    return {row[0]: row[1] for row in rows}


def checked(db: Connection, correction: int) -> bool:
    """Tell whether the guardrails have run on the newest revision of *correction*."""
    row = db.execute(
        "SELECT checks != '[]' FROM verification WHERE correction = ?"
        " AND revision = (SELECT max(number) FROM revision WHERE correction = ?)",
        (correction, correction),
    ).fetchone()
    return bool(row and row[0])


def checks(db: Connection, correction: int, number: int | None = None) -> tuple[tuple[Check, ...], Level]:
    """Return the checks and the verification level of a revision (the newest when None); () before they ran."""
    row = db.execute(
        "SELECT checks, level FROM verification WHERE correction = ?"
        " AND revision = coalesce(?, (SELECT max(number) FROM revision WHERE correction = ?))",
        (correction, number, correction),
    ).fetchone()
    return (encode.checks_in(row[0]), Level(row[1])) if row else ((), Level.NONE)


def numbered(revision: Revision, number: int) -> Revision:
    """Return *revision* with its number."""
    return replace(revision, number=number)
