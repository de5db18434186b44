"""Copies of a desk: made while others may write, put in place whole, written over a desk that others have open."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dreamdesk.model.errors import UserError

Connection = sqlite3.Connection
Progress = Callable[[int, int, str], None]


def put(draft: Path, path: Path) -> None:
    """Bring the closed desk *draft* to the disk and give it the name *path*, where no file has it yet.

    Raises:
        FileExistsError: a file has that name.
        OSError: it cannot be done, or not all of the desk could be written into its file when it was closed.
    """
    log = draft.with_name(draft.name + "-wal")
    if log.exists() and log.stat().st_size:  # it would stay behind, and with it what was written last
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(draft))
    _to_disk(draft)
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links, such as a USB stick
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        draft.rename(path)
    else:
        draft.unlink()
    if os.name == "posix":  # so that the name is on the disk before anything that is written under it
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def remove(draft: Path) -> None:
    """Remove a file and what SQLite keeps beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)


_PAGES = 2_000  # pages at a time: 32 MB, between which others may write


def copy(db: Connection, draft: Path, progress: Callable[[int, int, str], None] | None = None) -> None:
    """Copy the desk to *draft*, page by page while others may write, and bring it to the disk."""

    def told(status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total, "Copying the desk")

    remove(draft)
    with closing(sqlite3.connect(draft)) as target:
        db.backup(target, pages=_PAGES, progress=told)
    _to_disk(draft)


def overwrite(
    source: Connection, target: Path, unchanged: Callable[[], bool], progress: Progress | None = None
) -> bool:
    """Write the desk *source* over the one at *target* in one transaction, which others who have it open then see.

    *unchanged* is asked once nobody else can write any more; where it says no, nothing is written. Return what it said.

    Raises:
        UserError: the two files are not built alike.
        sqlite3.Error: it could not be written, or another program has held the desk too long; *target* is as it was.
    """
    (count,) = source.execute("PRAGMA page_count").fetchone()
    begun = False

    def told(status: int, remaining: int, total: int) -> None:
        nonlocal begun
        if not begun and not unchanged():
            raise _Changed
        begun = True
        if progress:
            progress(total - remaining, total, "Putting the backup in place")

    with closing(sqlite3.connect(target, isolation_level=None, timeout=30)) as there:
        if there.execute("PRAGMA page_size").fetchone() != source.execute("PRAGMA page_size").fetchone():
            raise UserError(
                f"{target}: this desk is built otherwise than the backup, so that it cannot be written over."
            )
        there.execute("PRAGMA synchronous=FULL")
        try:
            # At least two steps: after the first one the desk is locked, and only with the last one it is written.
            source.backup(there, pages=max(1, min(_PAGES, count // 2)), progress=told)
        except _Changed:
            return False
    return True


class _Changed(Exception):
    """Somebody has written meanwhile."""
