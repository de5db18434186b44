"""Looking a desk file over as a stranger's, before anything in it is used.

First the file and what lies beside it, without SQLite: a journal or a log of another file would be written into the
desk as soon as it is opened. Then its schema: nothing that the file declares runs before every statement was compared
with ours (https://www.sqlite.org/security.html; file format: https://www.sqlite.org/fileformat2.html).
"""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from functools import cache
from pathlib import Path

from dreamdesk.desk import schema
from dreamdesk.model.errors import UserError

MAGIC = b"SQLite format 3\0"
_LOG = (0x377F0682, 0x377F0683)
_LONGEST = 20_000
"""Characters that a statement of the schema may have; ours have fewer than 2,000."""

Declared = tuple[str, str, str, str]
"""Type, name, table and folded SQL of one row of the schema."""


class ReadOnlyDesk(UserError):
    """A desk that can be read here, and not be written: the sentence says why, and what to do."""


def outside(path: Path) -> None:
    """Look the file over without opening it as a database.

    Raises:
        UserError: it is not there, no regular file, no desk, cut off, or something foreign lies beside it.
    """
    try:
        status = path.lstat()
    except OSError as error:
        raise UserError("{path}: there is no such desk.", path=path) from error
    if stat.S_ISLNK(status.st_mode):
        raise UserError("{path}: this is a link. Open the file that it points to.", path=path)
    if not stat.S_ISREG(status.st_mode):
        raise UserError("{path}: this is not a file, and a desk is one.", path=path)
    log, index, journal = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))
    for beside in (log, index, journal):
        if beside.is_symlink() or (beside.exists() and not beside.is_file()):
            raise UserError(
                "{path}: {beside} beside it is not a file; the desk is not opened. Remove it.",
                path=path,
                beside=beside.name,
            )
    if _size(journal):
        raise UserError(
            "{path}: {journal} lies beside it, which DreamDesk does not write and which would change the "
            "desk. It is not opened; move that file away, or restore the desk from a backup.",
            path=path,
            journal=journal.name,
        )
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except PermissionError as error:
        raise UserError(
            "{path}: this desk may not be read by you ({error}).", path=path, error=error.strerror
        ) from error
    _check_header(path, header, status.st_size, log)


def _check_header(path: Path, header: bytes, size: int, log: Path) -> None:
    if len(header) < 100 or not header.startswith(MAGIC):
        raise UserError("{path}: this is not a DreamDesk desk; it is empty, encrypted, or no SQLite file.", path=path)
    stored = int.from_bytes(header[16:18], "big")
    page = 65536 if stored == 1 else stored
    if page < 512 or page & (page - 1) or header[18] not in (1, 2) or header[19] not in (1, 2) or header[59] != 1:
        raise UserError(
            "{path}: the header of this file is not one that DreamDesk writes; the desk is damaged.", path=path
        )
    if int.from_bytes(header[68:72], "big") != schema.APPLICATION_ID:
        raise UserError("{path}: this is not a DreamDesk desk.", path=path)
    if not _size(log):
        if size < page * int.from_bytes(header[28:32], "big"):
            raise UserError("{path}: this desk is cut off. Restore it from a backup.", path=path)
        return
    with log.open("rb") as file:
        start = file.read(32)
    if len(start) == 32 and (
        int.from_bytes(start[:4], "big") not in _LOG or int.from_bytes(start[8:12], "big") != page
    ):
        raise UserError(
            "{path}: {log} beside it is not the log of this desk. It is not opened; move it away.",
            path=path,
            log=log.name,
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def inside(db: sqlite3.Connection, path: Path, *, readonly: bool) -> int:
    """Compare what the file declares with what its version declares; return the version.

    Where a log lies beside the file, this is done on a connection that cannot write, because closing the last one that
    can would write the log into the file.

    Raises:
        ReadOnlyDesk: made by a newer DreamDesk, and not to be opened *readonly*.
        UserError: not a desk, unreadable for this DreamDesk, changed by another program, or damaged.
    """
    if _size(path.with_name(path.name + "-wal")):
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as reading:
            _compare(reading, path, readonly)
    return _compare(db, path, readonly)


def _compare(db: sqlite3.Connection, path: Path, readonly: bool) -> int:
    db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _LONGEST)
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("PRAGMA cell_size_check=ON")
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != schema.APPLICATION_ID:
        raise UserError("{path}: this is not a DreamDesk desk.", path=path)
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > schema.VERSION:
        _compare_newer(db, path, version, readonly)
        return int(version)
    if version not in schema.SCRIPTS:
        raise UserError(
            "{path}: this is no version of a desk that DreamDesk ever made ({version}).", path=path, version=version
        )
    declared, expected = _declared(db), _expected(version)
    if foreign := set(declared) - expected:
        kind, name, *_ = min(foreign)
        raise UserError(
            "{path}: the {kind} “{name}” is not one that DreamDesk makes. The file was changed by another "
            "program and is not opened; restore it from a backup.",
            path=path,
            kind=kind,
            name=name,
        )
    if missing := expected - set(declared):
        kind, name, *_ = min(missing)
        raise UserError(
            "{path}: the {kind} “{name}” is missing; the desk is damaged. Restore it from a backup.",
            path=path,
            kind=kind,
            name=name,
        )
    roots = [row[0] for row in db.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage != 0")]
    if len(declared) != len(expected) or len(set(roots)) != len(roots):
        raise UserError(
            "{path}: two tables of this file are one; the desk is damaged. Restore it from a backup.", path=path
        )
    db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000)
    return int(version)


def _compare_newer(db: sqlite3.Connection, path: Path, version: int, readonly: bool) -> None:
    """See that a desk of a newer version can be read here: a new minor version only adds to what there is.

    Each of our tables must be there with each of our columns as we declare it; what was added is never asked for.
    Triggers do not run where nothing is written, and a view or a virtual table is none of our tables.
    """
    if version // 1_000 != schema.VERSION // 1_000:
        raise UserError(
            "{path}: this desk was made by a newer DreamDesk (its tables are version {version}, which this "
            "one cannot read). Open it with that one.",
            path=path,
            version=named(version),
        )
    if not readonly:
        raise ReadOnlyDesk(
            "{path}: this desk was made by a newer DreamDesk (its tables are version {version}, this one "
            "writes {own}). It can be read here, but not changed: work on it with the newer one.",
            path=path,
            version=named(version),
            own=named(schema.VERSION),
        )
    there = {(name, table): sql for kind, name, table, sql in _declared(db) if kind == "table"}
    with closing(_reference(schema.VERSION)) as ours:
        for kind, name, table, sql in _declared(ours):
            if kind != "table" or there.get((name, table)) == sql:
                continue
            columns, expected = _columns(db, name), _columns(ours, name)
            if there.get((name, table), "CREATEVIRTUAL").startswith("CREATEVIRTUAL") or not expected <= columns:
                raise UserError(
                    "{path}: this desk was made by a newer DreamDesk (its tables are version {version}, and “{name}” "
                    "in it is not as this one knows it). Open it with that one.",
                    path=path,
                    version=named(version),
                    name=name,
                )
    db.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000)


def _columns(db: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    """Return name, type and place in the key of each column of *table*, and whether it is computed."""
    rows = db.execute("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)", (table,))
    return {tuple(row) for row in rows}


def named(version: int) -> str:
    """Return a version of the tables as people write it."""
    return f"{version // 1_000}.{version % 1_000}"


def _declared(db: sqlite3.Connection) -> list[Declared]:
    """Return what the file declares, but for the statistics that ANALYZE keeps."""
    rows = db.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
    declared = [(str(kind), str(name), str(table), _folded(str(sql))) for kind, name, table, sql in rows]
    return [row for row in declared if row not in _STATISTICS]


_STATISTICS = (
    ("table", "sqlite_stat1", "sqlite_stat1", "CREATETABLEsqlite_stat1(tbl,idx,stat)"),
    ("table", "sqlite_stat4", "sqlite_stat4", "CREATETABLEsqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
)


def _folded(sql: str) -> str:
    """Fold white space, which says nothing, so that a declaration compares equal however it was laid out."""
    return "".join(sql.split())


@cache
def _expected(version: int) -> frozenset[Declared]:
    with closing(_reference(version)) as memory:
        return frozenset(_declared(memory))


def _reference(version: int) -> sqlite3.Connection:
    """Return an empty desk of *version* in memory."""
    memory = sqlite3.connect(":memory:")
    for number, script in schema.SCRIPTS.items():
        if number <= version:
            memory.executescript(script)
    memory.executescript(_MIGRATIONS_TABLE)
    return memory


# As sqlite-utils declares it; a test compares the two.
_MIGRATIONS_TABLE = """CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY, "migration_set" TEXT, "name" TEXT, "applied_at" TEXT);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");"""
