"""Tallies: a running digest of every row that the ledger itself has no digest of.

A fingerprint in the ledger covers what is imported and decided. All other content (candidates, families, exchanges,
settings, where a correction stands …) changes in the course of work. Its rows are summed up here: the tally of 256
neighbouring rows is the sum, modulo 2**256, of the SHA-256 of each (the additive multiset hash of Bellare and
Micciancio, "A New Paradigm for Collision-Free Hashing", 1997), so that a change of one row changes the sum alone.

Temporary triggers of each connection that `database.open_desk` gives out keep the sums, in the transaction of the
change. They are not in the file, so what another program writes into a desk is not summed up, and shows. A tally has no
key: whoever knows this file can sum up anew what they forged. What decisions rest on is in the ledger for that reason.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import struct
from collections.abc import Iterator
from typing import Any

Connection = sqlite3.Connection

BY_CHAIN = ("entry", "entry_body")
BY_FINGERPRINT = ("step",)
BY_CONTENT = ("step_search",)
"""Tables without a tally: the ledger's own, the recorded steps (`fingerprint`), and the index of words (`search`)."""

_PART = 8
"""Rows with the same number but for so many bits share a tally."""
_MODULUS = 1 << 256


def tables(db: Connection) -> list[str]:
    """Return the names of the tallied tables, which are all but those named above, the tallies, and what FTS5 keeps."""
    rows = db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if _is_tallied(name)]


def _is_tallied(name: str) -> bool:
    others = (*BY_CHAIN, *BY_FINGERPRINT, *BY_CONTENT, "tally")
    return name not in others and not name.startswith(("step_search_", "sqlite_"))


class TallyingConnection(sqlite3.Connection):
    """A connection that keeps the tallies of what is written through it.

    The triggers of a table are made when it is first written to, because those of all tables take 10 ms.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._watched: set[str] = set()
        self._uncertain: set[str] = set()  # watched since the last BEGIN: a rollback takes their triggers back
        self._watches = False
        self._in_memory = False

    def watch(self) -> None:
        """Begin to keep the tallies; what the file declares must have been inspected."""
        self.create_function("row_digest", -1, _row_digest, deterministic=True)
        self.create_function("tally_plus", 2, _plus, deterministic=True)
        self.create_function("tally_minus", 2, _minus, deterministic=True)
        self.execute("PRAGMA recursive_triggers=ON")  # so that REPLACE counts as the removal that it is
        self._watches = True

    def keep_aside(self, *, in_memory: bool) -> None:
        """Let SQLite keep in memory, or in files, what is temporary; inside a transaction that stays as it is."""
        if in_memory is self._in_memory or self.in_transaction:
            return
        try:
            self.execute(f"PRAGMA temp_store={'MEMORY' if in_memory else 'FILE'}")
        except sqlite3.OperationalError:  # something is still being read, for which that is a transaction
            return
        self._in_memory = in_memory
        self._watched.clear()  # all that was temporary is gone, the triggers too

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Execute *sql*, the tallies of the table that it writes to kept."""
        if not sql.startswith("SELECT"):
            self._before(sql)
        cursor = super().execute(sql, *parameters)
        if sql == "COMMIT":
            self._uncertain.clear()
        return cursor

    def executemany(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Execute *sql* again and again, the tallies of the table that it writes to kept."""
        self._before(sql)
        return super().executemany(sql, *parameters)

    def _before(self, sql: str) -> None:
        if self._uncertain and not self.in_transaction:  # rolled back, be it by SQLite itself
            self._watched -= self._uncertain
            self._uncertain.clear()
        written = _WRITES.match(sql) if self._watches else None
        if written and written[1] not in self._watched:
            self._watch(written[1])

    def _watch(self, name: str) -> None:
        """Make the triggers of a table, and of those that triggers of the desk write to with it."""
        self._watched.add(name)
        if self.in_transaction:
            self._uncertain.add(name)
        if _is_tallied(name):
            for statement in _triggers(self, name):
                super().execute(statement)
        bodies = "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
        for (body,) in super().execute(bodies, (name,)).fetchall():
            for other in _WRITES_IN_TRIGGER.findall(body):
                if other not in self._watched:
                    self._watch(other)


_WRITE = r"(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+\"?(\w+)\b(?!\.)"
_WRITES = re.compile(rf"\s*{_WRITE}", re.IGNORECASE)
_WRITES_IN_TRIGGER = re.compile(rf"(?:\bBEGIN\b|;)\s*{_WRITE}", re.IGNORECASE)


def _triggers(db: Connection, name: str) -> Iterator[str]:
    columns = _columns(db, name)
    new, old = (", ".join(f'{row}."{column}"' for column in columns) for row in ("NEW", "OLD"))
    part = _part(db, name)
    add = (
        f"INSERT INTO tally VALUES('{name}', {part.format('NEW.')}, 1, row_digest('{name}', {new}))"
        " ON CONFLICT DO UPDATE SET rows = rows + 1, sum = tally_plus(sum, excluded.sum);"
    )
    take = (
        f"UPDATE tally SET rows = rows - 1, sum = tally_minus(sum, row_digest('{name}', {old}))"  # noqa: S608
        f" WHERE name = '{name}' AND part = {part.format('OLD.')};"
    )
    for event, body in (("INSERT", add), ("DELETE", take), ("UPDATE", take + add)):
        when = f'"tally_{name}_{event}" AFTER {event} ON main."{name}"'
        yield f"CREATE TEMP TRIGGER IF NOT EXISTS {when} BEGIN {body} END"


def _columns(db: Connection, name: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA main.table_info('{name}')")]


def _part(db: Connection, name: str) -> str:
    """Return the SQL of a row's part, "{}" before its columns; without a number of its own, a row belongs to part 0."""
    keys = [row for row in db.execute(f"PRAGMA main.table_info('{name}')") if row[5]]
    # Only an INTEGER PRIMARY KEY stays as it is when the file is packed.
    return f'({{}}"{keys[0][1]}" >> {_PART})' if len(keys) == 1 and keys[0][2] == "INTEGER" else "0"


def rebuild(db: Connection) -> None:
    """Sum up the whole desk as it stands, in the caller's transaction."""
    db.execute("DELETE FROM tally")
    for name in tables(db):
        put(db, name)


def put(db: Connection, name: str) -> None:
    """Sum up one table as it stands, in the caller's transaction; one that nobody watches must be lifted first."""
    lift(db, name)
    rows = [(name, part, count, total) for part, (count, total) in _sums(db, name).items()]
    db.executemany("INSERT INTO tally VALUES(?,?,?,?)", rows)


def lift(db: Connection, name: str) -> None:
    """Take the tallies off a table, in the caller's transaction."""
    db.execute("DELETE FROM tally WHERE name = ?", (name,))


def faults(db: Connection) -> list[str]:
    """Return which rows are not those that DreamDesk wrote, in words; neighbours are named together."""
    found = list[str]()
    kept: dict[str, dict[int, tuple[int, bytes]]] = {}
    for name, part, count, total in db.execute("SELECT name, part, rows, sum FROM tally"):
        kept.setdefault(str(name), {})[part] = (count, total)
    for name in sorted({*tables(db), *kept}):
        tallied = {part: tally for part, tally in kept.get(name, {}).items() if tally != (0, bytes(32))}
        there = _sums(db, name) if _columns(db, name) else {}
        for part in sorted(tallied.keys() | there.keys(), key=str):
            count, total = there.get(part, (0, bytes(32)))
            before = tallied.get(part, (0, bytes(32)))
            if (count, total) != before:
                words = f": it has {count:,} rows there instead of {before[0]:,}" if count != before[0] else ""
                found.append(f"{_words(db, name, part)} not as DreamDesk wrote it{words}")
    return found


def _words(db: Connection, name: str, part: int) -> str:
    if "{}" not in _part(db, name) or not isinstance(part, int):
        return f"the table {name} is"
    return f"the table {name}, in one of its rows {max(1, part << _PART):,} to {((part + 1) << _PART) - 1:,}, is"


def _sums(db: Connection, name: str) -> dict[int, tuple[int, bytes]]:
    """Return number and sum of the rows of a table, by part."""
    sums: dict[int, tuple[int, int]] = {}
    chosen = ", ".join((_part(db, name).format(""), *(f'"{column}"' for column in _columns(db, name))))
    before, db.text_factory = db.text_factory, _Text  # text that a flipped bit made no text must still be read
    try:
        for part, *values in db.execute(f'SELECT {chosen} FROM main."{name}"'):  # noqa: S608
            count, total = sums.get(part, (0, 0))
            sums[part] = (count + 1, total + int.from_bytes(_row_digest(name, *values), "big"))
    finally:
        db.text_factory = before
    return {part: (count, (total % _MODULUS).to_bytes(32, "big")) for part, (count, total) in sums.items()}


class _Text(bytes):
    """The bytes of a text, to be told from those of a blob."""


def _row_digest(name: str, *values: int | float | str | bytes | None) -> bytes:
    """Return the SHA-256 of a row: each value with its type and length before it, so that no two rows share bytes."""
    parts = [name.encode()]
    for value in values:
        if value is None:
            parts.append(b"n")
        elif isinstance(value, int):
            parts.append(b"i%d;" % value)
        elif isinstance(value, float):
            parts.append(b"f" + struct.pack(">d", value + 0.0))  # SQLite keeps no negative zero
        else:
            data = value.encode() if isinstance(value, str) else value
            parts += (b"%c%d:" % (b"t" if isinstance(value, (str, _Text)) else b"b", len(data)), data)
    return hashlib.sha256(b"".join(parts)).digest()


def _plus(one: bytes, other: bytes) -> bytes:
    return ((int.from_bytes(one, "big") + int.from_bytes(other, "big")) % _MODULUS).to_bytes(32, "big")


def _minus(one: bytes, other: bytes) -> bytes:
    return ((int.from_bytes(one, "big") - int.from_bytes(other, "big")) % _MODULUS).to_bytes(32, "big")
