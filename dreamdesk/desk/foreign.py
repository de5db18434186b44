"""SQLite files of strangers: rows of a few known tables, read and never run.

The file is opened read-only and immutable, its schema is not trusted, and an authorizer allows nothing but reading
the columns that are asked for: no function, view, trigger or virtual table of the file gets to run
(https://www.sqlite.org/security.html). What takes too long or is too large is stopped.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

MAGIC = b"SQLite format 3\0"

_MAX_CELL = 64 << 20
_MAX_SESSION = 256 << 20
_SECONDS = 60
"""Processor time that SQLite may take between two rows."""
_STEPS = 100_000  # virtual-machine instructions between two looks at the clock
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}

_SESSIONS = ("agent_messages", ("id", "session_id", "message_data"))
"""Sessions of the OpenAI Agents SDK (``SQLiteSession``, 0.24): one row per item of the conversation, in JSON."""


def rows(path: Path) -> Iterator[dict[str, Json]]:
    """Yield what the SQLite file at *path* holds of known tables: sessions as ``{session_id, items}``, one by one.

    Raises:
        UserError: It is damaged, encrypted, or has no table that is known here; a cell is larger than 64 MB, a session
            larger than 256 MB.
    """
    _check_size(path)
    log = path.with_name(f"{path.name}-wal")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            tables = _guarded(db)
            if _SESSIONS[0] not in tables:
                shown = ", ".join(one_line(name, 40) for name in sorted(tables)[:8]) or "none"
                raise UserError(
                    "an SQLite database without a table that is known here (agent_messages of the OpenAI Agents SDK); "
                    f"its tables: {shown}; export its traces as JSON or JSONL"
                )
            if log.is_file() and log.stat().st_size:
                raise UserError(
                    f"an SQLite database whose newest rows still stand in {one_line(log.name, 80)} beside it; close "
                    "the program that writes it, or copy it with sqlite3 .backup, and import it again"
                )
            yield from _sessions(db)
    except sqlite3.Error as error:
        raise UserError(f"an SQLite database that is damaged, encrypted or too large ({error})") from error


def _check_size(path: Path) -> None:
    """Refuse a file that is shorter than its header says (https://www.sqlite.org/fileformat.html, 1.3)."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
            size = file.seek(0, 2)
    except OSError as error:
        raise UserError(f"an SQLite database that cannot be read ({error.strerror or error})") from error
    page = int.from_bytes(header[16:18], "big")
    if len(header) < 100 or size < (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big"):
        raise UserError("an SQLite database that is cut off")


def _guarded(db: sqlite3.Connection) -> set[str]:
    """Tie the hands of *db* and return the names of its ordinary tables."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_CELL)
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        db.execute(f"PRAGMA {pragma}")
    found = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    tables = {str(name) for name, sql in found if not str(sql).lstrip().upper().startswith("CREATE VIRTUAL")}
    last = time.thread_time()

    def too_long() -> bool:
        return time.thread_time() - last > _SECONDS

    def allow(action: int, *_: str | None) -> int:
        return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY

    db.set_authorizer(allow)
    db.set_progress_handler(too_long, _STEPS)
    return tables


def _sessions(db: sqlite3.Connection) -> Iterator[dict[str, Json]]:
    table, columns = _SESSIONS
    cursor = db.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY session_id, id")  # noqa: S608
    session, items, size = None, list[Json](), 0
    for identity, name, data in cursor:
        if items and name != session:
            yield {"session_id": str(session), "items": items}
            items, size = [], 0
        session, size = name, size + len(str(data))
        if size > _MAX_SESSION:
            raise UserError(f"an SQLite database with a session of more than {_MAX_SESSION >> 20} MB")
        try:
            items.append(json.loads(data))
        except (ValueError, TypeError, RecursionError):
            items.append({"role": "system", "content": f"[row {identity} holds no JSON: {str(data)[:1000]}]"})
    if items:
        yield {"session_id": str(session), "items": items}
