"""Many rows in one statement: SQLite lets other threads of this process run while it carries one out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

from dreamdesk.desk.database import Connection

Value = str | int | float | None

_VALUES = 14_000
"""Parameters of one statement: SQLite takes 32,766."""


def insert(db: Connection, into: str, rows: Sequence[Sequence[Value]]) -> None:
    """Insert *rows*, all of one length, as `insert_values` does."""
    if rows:
        insert_values(db, into, len(rows[0]), list(chain.from_iterable(rows)))


def insert_values(db: Connection, into: str, columns: int, values: list[Value]) -> None:
    """Insert rows of so many *columns*, whose *values* stand one after the other.

    *into* is "INTO table" or "OR IGNORE INTO table(columns)". Lone surrogates, which SQLite cannot store as UTF-8,
    become "?". The caller holds the transaction.
    """
    rows, start = len(values) // columns, 0
    size = 1 << (_VALUES // columns).bit_length() - 1
    while start < rows:
        while size > rows - start:
            size >>= 1  # powers of two, so that few statements have to be prepared
        some = values[start * columns : (start + size) * columns]
        statement = _statement(into, columns, size)
        try:
            db.execute(statement, some)
        except UnicodeEncodeError:  # rare enough to look for them only now; nothing of this statement was done
            db.execute(statement, [text(value) if isinstance(value, str) else value for value in some])
        start += size


def text(value: str) -> str:
    """Replace lone surrogates."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


@cache
def _statement(into: str, columns: int, rows: int) -> str:
    row = f"({','.join('?' * columns)})"
    return f"INSERT {into} VALUES{','.join([row] * rows)}"
