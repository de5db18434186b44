"""Sources on the desk: half-done imports, and what was read before."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from dreamdesk.desk.database import Connection, path_of, transaction
from dreamdesk.desk.encode import dump
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.model.canonical import sha256
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Companion, ImportReport, Skip, Source


def find(db: Connection, sha256: str) -> int | None:
    """Return the id of the complete source with these bytes, the last that read them; None when there is none."""
    row = db.execute("SELECT max(id) FROM source WHERE sha256 = ? AND complete", (sha256,)).fetchone()
    return None if row[0] is None else int(row[0])


def named(db: Connection, sha256: str) -> Source:
    """Return the complete source with these bytes, the last that read them, which must be there."""
    row = db.execute(
        "SELECT name, path, sha256, size, format, reader_version FROM source WHERE sha256 = ? AND complete"
        " ORDER BY id DESC",
        (sha256,),
    ).fetchone()
    return Source(*row)


def ids(db: Connection) -> list[int]:
    """Return the ids of the complete sources, in the order of import."""
    return [row[0] for row in db.execute("SELECT id FROM source WHERE complete ORDER BY id")]


def get(db: Connection, source: int) -> Source | None:
    """Return the complete source with this id, None when there is none."""
    row = db.execute(
        "SELECT name, path, sha256, size, format, reader_version FROM source WHERE id = ? AND complete", (source,)
    ).fetchone()
    return Source(*row) if row else None


def imported_at(db: Connection, episode: int) -> int:
    """Return when the source of *episode*, which must be there, was imported, in nanoseconds since 1970 UTC."""
    row = db.execute(
        "SELECT imported_at FROM source JOIN episode ON source.id = source WHERE episode.id = ?", (episode,)
    ).fetchone()
    return int(row[0])


def report(db: Connection, source: int) -> ImportReport:
    """Return the report that the import of *source* ended with."""
    fields = json.loads(db.execute("SELECT report FROM source WHERE id = ?", (source,)).fetchone()[0])
    return ImportReport(
        **{
            **fields,
            "skipped": tuple(Skip(**skip) for skip in fields["skipped"]),
            "notes": tuple(fields["notes"]),
            "companions": tuple(Companion(**companion) for companion in fields.get("companions", ())),
        }
    )


def reports(db: Connection, source: int | None = None) -> list[tuple[int, int, ImportReport]]:
    """Return the reports of all sources, or of one, in the order of import: id, when (in ns), report.

    Raises:
        UserError: the desk has no such source.
    """
    query = "SELECT id, imported_at FROM source WHERE complete AND id = coalesce(?, id) ORDER BY id"
    found = [(row[0], row[1], report(db, row[0])) for row in db.execute(query, (source,)).fetchall()]
    if source is not None and not found:
        raise UserError(f"There is no source {source} on this desk.")
    return found


def report_digest(db: Connection, source: int) -> str:
    """Return the SHA-256 of the report of *source* as it is stored; "" where the source is gone."""
    row = db.execute("SELECT report FROM source WHERE id = ?", (source,)).fetchone()
    return sha256(row[0].encode()) if row else ""


def places(db: Connection) -> list[tuple[int, str, str]]:
    """Return id, path and SHA-256 of every complete source."""
    return db.execute("SELECT id, path, sha256 FROM source WHERE complete ORDER BY id").fetchall()


def begin(db: Connection, source: Source) -> int:
    """Open the import of *source*; its episodes stay out of sight until `finish`."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO source(name, path, sha256, size, format, reader_version, imported_at, complete, report)"
            " VALUES(?,?,?,?,?,?,?,0,'')",
            (
                source.name,
                source.path,
                source.sha256,
                source.size,
                source.format,
                source.reader_version,
                time.time_ns(),
            ),
        )
    return int(cursor.lastrowid or 0)


def finish(db: Connection, source: int, outcome: ImportReport) -> None:
    """Make the episodes of *source* visible; the caller holds the transaction and writes the ledger entry."""
    db.execute("UPDATE source SET complete = 1, report = ? WHERE id = ?", (dump(asdict(outcome)), source))
    db.execute("UPDATE episode SET live = 1 WHERE source = ?", (source,))


def discard(db: Connection, source: int) -> None:
    """Take back an import that did not finish."""
    with transaction(db):
        ids = [row[0] for row in db.execute("SELECT id FROM episode WHERE source = ? AND NOT live", (source,))]
        for episode in ids:
            db.execute(
                "DELETE FROM step WHERE id BETWEEN ? AND ?",
                (episode << STEP_BITS, (episode + 1 << STEP_BITS) - 1),
            )
            db.execute("DELETE FROM episode_text WHERE episode = ?", (episode,))
        db.execute("DELETE FROM episode WHERE source = ? AND NOT live", (source,))
        db.execute("DELETE FROM source_bytes WHERE source = ?", (source,))
        db.execute("DELETE FROM source_version WHERE source = ?", (source,))
        db.execute("DELETE FROM source WHERE id = ? AND NOT complete", (source,))


def discard_abandoned(db: Connection) -> int:
    """Take back imports that were cut off (the program was killed, or the machine went down); return how many.

    Call it while holding `only_import`, so that none of them is still running.
    """
    abandoned = [row[0] for row in db.execute("SELECT id FROM source WHERE NOT complete").fetchall()]
    for source in abandoned:
        discard(db, source)
    return len(abandoned)


@contextmanager
def only_import(db: Connection) -> Iterator[None]:
    """Hold the right to import into this desk; the system gives it back even when the program is killed.

    The lock is that of a small SQLite file beside the desk, because it works alike on every system.

    Raises:
        UserError: another process imports into the desk right now.
    """
    desk = path_of(db)
    lock = sqlite3.connect(desk.with_name(f".{desk.name}.lock"), isolation_level=None, timeout=0.2)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise UserError(f"Nothing can be written beside {desk.name} ({error}).") from error
            raise UserError(f"Another import into {desk.name} is running; wait for it or cancel it.") from error
        yield
    finally:
        lock.close()
