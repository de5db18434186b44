"""Opening a desk file: as a stranger's file first, then with the settings that keep acknowledged writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from dreamdesk.desk import copying, inspection, schema, tallies
from dreamdesk.desk.inspection import ReadOnlyDesk as ReadOnlyDesk
from dreamdesk.language import t
from dreamdesk.model.errors import UserError

Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError


class BusyDesk(UserError):
    """Another program holds the desk, so that it cannot be opened just now."""


def create(path: Path) -> Connection:
    """Make a new, empty desk at *path* and open it.

    Raises:
        UserError: a file is there already, or the folder cannot be written.
    """
    from dreamdesk.desk.migrations import migrate

    _check_name(path)
    if path.exists():
        raise UserError("{path}: there is a file of that name already; nothing was changed.", path=path)
    from dreamdesk.desk import ledger

    # Made under a name of its own and then put there, so that a desk is there whole or not at all.
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        copying.remove(draft)
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous=OFF")  # it is brought to the disk once, as a whole, before it has its name
            db.execute("PRAGMA page_size=16384")  # an import writes a sixth faster than with 4096
            db.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
            migrate(db)
            db.execute("PRAGMA journal_mode=WAL")
            with transaction(db):
                ledger.append(db, "DreamDesk", "desk-created", {"subject": path.name})
                tallies.rebuild(db)
        copying.put(draft, path)
    except (sqlite3.Error, OSError, UserError) as error:
        raise UserError("{path}: the desk cannot be made there ({error}).", path=path, error=error) from error
    finally:
        with suppress(OSError):
            copying.remove(draft)
    return open_desk(path)


def open_desk(path: Path, *, readonly: bool = False, still: bool = False) -> Connection:
    """Open the desk at *path*; one connection serves one thread.

    *still*: it is only read and nobody writes it any more, so that no lock is taken, which a shared disk may not have.

    The file may come from a stranger: before anything of it is used, its tables, triggers and views are compared with
    ours, because a foreign trigger could turn a rejection into an approval.

    Raises:
        BusyDesk: another program holds it for too long.
        ReadOnlyDesk: to be written, but it can only be read: made by a newer DreamDesk, or on a disk or in a folder
            that may only be read.
        UserError: no such file, not a desk, changed by another program, or damaged.
    """
    _check_name(path)
    inspection.outside(path)
    readonly = readonly or still
    if not readonly and not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)):
        raise ReadOnlyDesk(
            "{path}: the desk or its folder may only be read, so nothing can be written. Copy it elsewhere "
            "to work on it.",
            path=path,
        )
    uri = f"{path.absolute().as_uri()}?{_mode(path, readonly, still)}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30, factory=tallies.TallyingConnection)
    try:
        version = inspection.inside(db, path, readonly=readonly)
        if version < schema.VERSION:
            _bring_up_to_date(db, path, version, readonly)
        db.execute("PRAGMA mmap_size=0")
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("PRAGMA cache_size=-32768")
        if not readonly:
            db.execute("PRAGMA journal_mode=WAL")
            # FULL: a decision that was acknowledged is on the disk, whatever happens next.
            db.execute("PRAGMA synchronous=FULL")
            db.watch()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # of a name, or of SQLite's own words about one
        db.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyDesk(
                "{path}: another program has held the desk for too long. Close it, then try again.", path=path
            ) from error
        if _log_out_of_reach(path):
            raise UserError(
                "{path}: what was written last stands in {file}-wal beside it, which cannot be used where "
                "nothing can be written. Copy it together with the desk elsewhere, and open the copy.",
                path=path,
                file=path.name,
            ) from error
        raise UserError("{path}: this file cannot be opened as a desk ({error}).", path=path, error=error) from error
    except UserError:
        db.close()
        raise
    return db


def _mode(path: Path, readonly: bool, still: bool) -> str:
    """Return how SQLite shall open the file. Where it can keep no index of the log beside it, nobody else can write."""
    if not readonly:
        return "mode=rw"
    if still:
        return "mode=ro&immutable=1"
    alone = not os.access(path.absolute().parent, os.W_OK) and not _log_out_of_reach(path)
    return "mode=ro&immutable=1" if alone else "mode=ro"


def _log_out_of_reach(path: Path) -> bool:
    """Tell whether a log lies beside the desk that needs an index, and there is no place for one."""
    log = path.with_name(path.name + "-wal")
    return not os.access(path.absolute().parent, os.W_OK) and log.exists() and log.stat().st_size > 0


def _check_name(path: Path) -> None:
    """Refuse a path that is not text, because SQLite takes and gives no other."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        raise UserError(
            "{path!r}: the name of a desk and of its folders must be text (UTF-8).", path=str(path)
        ) from error


def open_or_create(path: Path) -> Connection:
    """Open the desk at *path*, made anew if there is no such file."""
    return open_desk(path) if path.exists() else create(path)


def _bring_up_to_date(db: Connection, path: Path, version: int, readonly: bool) -> None:
    """Give an older desk what it lacks, all of it or nothing; beforehand a copy of it is laid beside it.

    Whoever else opens it meanwhile waits, and then finds it done.

    Raises:
        UserError: it may only be read, or the copy cannot be written.
    """
    from dreamdesk.desk.fingerprint import enter_places
    from dreamdesk.desk.migrations import migrate

    if readonly:
        raise UserError(
            "{path}: this desk was made by an older DreamDesk. Open it once where it can be written, which "
            "brings it up to date: in the window, or with dreamdesk check.",
            path=path,
        )
    with transaction(db):
        if db.execute("PRAGMA user_version").fetchone()[0] != version:
            return
        _keep_older(path, version)
        migrate(db)
        if db.execute("PRAGMA user_version").fetchone()[0] != schema.VERSION:
            raise UserError(
                "{path}: this desk says of itself that it was brought up to date, and was not. The file was changed "
                "by another program and is not opened; restore it from a backup.",
                path=path,
            )
        if version < _SUMMED_UP:
            enter_places(db)
            tallies.rebuild(db)
        else:
            tallies.put(db, "_sqlite_migrations")


_SUMMED_UP = 1_002
"""Since this version ledger and tallies hold what the tables do, and what came later are indexes alone."""


def _keep_older(path: Path, version: int) -> None:
    """Lay a copy of the desk beside it, before it is brought up to date."""
    kept = path.with_name(f"{path.name}.before-{schema.VERSION}")
    draft = kept.with_name(f".{kept.name}.new")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as reading:
            copying.copy(reading, draft)
        draft.replace(kept)
    except (sqlite3.Error, OSError) as error:
        raise UserError(
            "{path}: this desk is of an older DreamDesk (version {version}), and the copy that is kept "
            "before it is brought up to date cannot be written ({error}). Nothing was changed.",
            path=path,
            version=inspection.named(version),
            error=error,
        ) from error
    finally:
        with suppress(OSError):
            copying.remove(draft)


def newer(db: Connection) -> str:
    """Return what must be known of a desk of a newer version, in a sentence of the window's language; "" else."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version <= schema.VERSION:
        return ""
    return t(
        "This desk was made by a newer DreamDesk (its tables are version {version}, this one writes {own}): it can be "
        "read here, but neither changed nor verified.",
        version=inspection.named(version),
        own=inspection.named(schema.VERSION),
    )


def refusing(db: Connection, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
    """Run one statement of the caller's transaction that the desk's own rules may refuse.

    Raises:
        UserError: a trigger refused it; the text says which rule.
    """
    try:
        return db.execute(sql, values)
    except sqlite3.IntegrityError as error:
        raise UserError("The desk refuses this: {error}. Nothing was written.", error=error) from error


@contextmanager
def transaction(db: Connection) -> Iterator[None]:
    """Run the body in one write transaction: all of it is kept, or nothing. Inside another one it is a part of that.

    Raises:
        UserError: the disk is full or fails, the file may only be read, or another program has held the desk too long.
    """
    if db.in_transaction:
        yield
        return
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):
            raise UserError(
                "The desk could not be written ({error}); nothing of this step was kept.", error=error
            ) from error
        raise


@contextmanager
def snapshot(db: Connection) -> Iterator[None]:
    """Let everything that the body reads be of one moment, whatever others write meanwhile."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")


def keep_aside(db: Connection, *, in_memory: bool) -> None:
    """Say where SQLite keeps what is temporary: in memory for small changes, in files for work on whole tables.

    So that a statement can be taken back, SQLite notes the pages that it changes, and makes a file for more than 64 KB
    of them: one for each decision.
    """
    if isinstance(db, tallies.TallyingConnection):
        db.keep_aside(in_memory=in_memory)


@contextmanager
def relaxed(db: Connection) -> Iterator[None]:
    """Commit without waiting for the disk inside the body; the first commit after it waits for all of them.

    The body writes page after page and reads few again: a small cache is as fast, and leaves memory to others.
    """
    keep_aside(db, in_memory=False)
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("PRAGMA cache_size=-8192")
    try:
        yield
    finally:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-32768")


def pack(db: Connection) -> None:
    """Write the file anew without what was deleted, and empty its log, so that only what the tables hold is in either.

    Raises:
        UserError: somebody else has the desk open, so that the log cannot be emptied.
    """
    keep_aside(db, in_memory=False)
    db.execute("VACUUM")
    if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise UserError(
            "What was erased still stands in the log of the desk, because another window or program has the desk open. "
            "Close it; it goes at the next start."
        )


def integrity(db: Connection) -> list[str]:
    """Return what SQLite finds wrong with the file's structure; it does not notice every changed bit."""
    rows = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
    return [] if rows == ["ok"] else [f"storage: {row}" for row in rows]


def path_of(db: Connection) -> Path:
    """Return the path of the desk that *db* has open."""
    return Path(db.execute("PRAGMA database_list").fetchone()[2])
