"""Work away from the window: every read, write and parse runs here, on a connection of its own.

Reads run two at a time, writes one at a time. A job is plain Python: ``work(db, task)``. Its result comes back to the
window's thread through a queued signal. Of the jobs that share a key only the newest one's result is delivered, so a
slow answer never overwrites a later one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import CellType
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal
from shiboken6 import isValid

from dreamdesk.desk.database import Connection, DatabaseError, ReadOnlyDesk, create, open_desk
from dreamdesk.language import t, told
from dreamdesk.model.errors import UserError

T = TypeVar("T")
Failed = Callable[[str], None]

PROGRESS_INTERVAL = 0.05
"""Seconds between two reports of progress: at most 20 a second reach the window."""
_OPERATIONS = 50_000
"""Steps of SQLite's machine between two questions whether the job was cancelled: some milliseconds."""


class Task:
    """One running job: what it reports, and whether it should stop."""

    def __init__(
        self, jobs: Jobs, key: str, done: Callable[[Any], None], failed: Failed | None, *, readonly: bool
    ) -> None:
        self.key = key
        self.readonly = readonly
        self.done = done
        self.failed = failed
        self._jobs = jobs
        self._stop = False
        self._reported = 0.0

    def cancel(self) -> None:
        """Ask the job to stop at its next step; its result is not delivered."""
        self._stop = True

    def cancelled(self) -> bool:
        """Tell the job whether it was asked to stop (the `Cancelled` of the pipeline)."""
        return self._stop

    def progress(self, done: int, total: int, what: str) -> None:
        """Report progress (the `Progress` of the pipeline); reports that come too fast are passed over."""
        now = time.monotonic()
        if now - self._reported >= PROGRESS_INTERVAL or done >= total > 0:
            self._reported = now
            self._jobs._report((self, done, total, what))


class Jobs(QObject):
    """Runs jobs on the desk at `path`.

    Signals:
        progressed: (task, done, total, what), at most 20 a second from each job.
        trouble: Words for the person, from a job that has no place of its own to show them.
        changed: A job that may have changed the desk has ended, well or not.
        idle: The last running job has ended.
        ended: A job (its task) has ended, well or not.
    """

    progressed = Signal(object, object, object, str)
    trouble = Signal(str)
    changed = Signal()
    idle = Signal()
    ended = Signal(object)
    _finished = Signal(object)
    _progress = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.only_read = False  # whether the desk can be read and not be written
        self._reads = QThreadPool(self)
        self._reads.setMaxThreadCount(2)
        self._writes = QThreadPool(self)
        self._writes.setMaxThreadCount(1)
        self._asks = QThreadPool(self)
        self._asks.setMaxThreadCount(2)  # so that a batch, which may wait for a day, does not hold up a dream
        self._running: set[Task] = set()
        self._newest: dict[str, Task] = {}
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._progress.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def read(
        self,
        key: str,
        work: Callable[[Connection, Task], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
    ) -> Task:
        """Run *work* on a read-only connection; a newer job with the same *key* replaces this one."""
        path = self._path()
        return self._start(self._reads, key, lambda: open_desk(path, readonly=True), work, done, failed, readonly=True)

    def write(
        self,
        key: str,
        work: Callable[[Connection, Task], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
    ) -> Task:
        """Run *work*, which changes the desk, after the writes before it. It is never replaced, only cancelled."""
        path = self._path()
        return self._start(self._writes, key, lambda: open_desk(path), work, done, failed, readonly=False)

    def wait_for(
        self,
        key: str,
        work: Callable[[Connection, Task], T],
        done: Callable[[T], None],
        failed: Failed | None = None,
    ) -> Task:
        """Run *work*, which waits long for a model between short writes; decisions go on beside it."""
        path = self._path()
        return self._start(self._asks, key, lambda: open_desk(path), work, done, failed, readonly=False)

    def open(self, path: Path, *, new: bool, done: Callable[[str], None], failed: Failed) -> Task:
        """Open the desk at *path*, made anew if *new*, to see whether it can be worked on; `path` stays as it is.

        *done* is told why it can only be read, "" where it can be written.
        """
        why = ""

        def connect() -> Connection:
            nonlocal why
            try:
                return create(path) if new else open_desk(path)
            except ReadOnlyDesk as error:
                why = told(error)
                return open_desk(path, readonly=True)

        return self._start(self._reads, "open", connect, lambda db, task: why, done, failed, readonly=True)

    def busy(self) -> bool:
        """Tell whether any job is running or waiting."""
        return bool(self._running)

    def stop(self) -> None:
        """Cancel every job and wait until they have ended; nothing of them is delivered."""
        for task in self._running:
            task.cancel()
        self._reads.waitForDone()
        self._writes.waitForDone()
        self._asks.waitForDone()
        self._newest.clear()

    def _path(self) -> Path:
        assert self.path is not None, t("a job needs an open desk")
        return self.path

    def _start(
        self,
        pool: QThreadPool,
        key: str,
        connect: Callable[[], Connection],
        work: Callable[[Connection, Task], T],
        done: Callable[[T], None],
        failed: Failed | None,
        *,
        readonly: bool,
    ) -> Task:
        task = Task(self, key, done, failed, readonly=readonly)
        if readonly:
            if earlier := self._newest.get(key):
                earlier.cancel()
            self._newest[key] = task
        self._running.add(task)

        def run() -> None:
            try:
                outcome: tuple[Any, BaseException | None] = (_on_desk(connect, work, task), None)
            except BaseException as error:  # noqa: BLE001 - handed to the window's thread, which shows or raises it
                outcome = (None, error)
            self._finished.emit((task, *outcome))

        pool.start(run)
        return task

    def _report(self, progress: tuple[Task, int, int, str]) -> None:
        """Hand one report of progress to the window's thread; called in the job's."""
        self._progress.emit(progress)

    def _pass_on(self, progress: tuple[Task, int, int, str]) -> None:
        """Tell listeners of progress, unless the job was cancelled meanwhile."""
        if not progress[0].cancelled():
            self.progressed.emit(*progress)

    def _deliver(self, outcome: tuple[Task, Any, BaseException | None]) -> None:
        """Hand a result to the one who asked, in the window's thread."""
        task, result, error = outcome
        self._running.discard(task)
        self.ended.emit(task)
        if self._newest.get(task.key) is task:
            del self._newest[task.key]
        if isinstance(error, (DatabaseError, OSError)):
            error = UserError(
                t(
                    "A file could not be used: {error}. What was not complete was taken back; see that the disk is "
                    "there and has room, then try again.",
                    error=error,
                )
            )
        elif isinstance(error, MemoryError):
            error = UserError(t("There is not enough memory for this. What was not complete was taken back."))
        if isinstance(error, UserError):
            if not task.cancelled() and _alive(task.failed):
                (task.failed or self.trouble.emit)(told(error))
            elif not task.cancelled() and not task.readonly:
                self.trouble.emit(told(error))  # a write that failed is told although its dialog was closed
        elif error is not None:
            sys.excepthook(type(error), error, error.__traceback__)
        elif not task.cancelled() and _alive(task.done):
            task.done(result)
        if not task.readonly:
            self.changed.emit()
        if not self._running:
            self.idle.emit()


def _alive(callback: Callable[..., None] | None) -> bool:
    """Tell whether the widgets that *callback* speaks of still exist; they may have been closed meanwhile.

    They are what it is a method of and, of a lambda or an inner function, what it uses of the function around it.
    """
    waiting: list[object] = [callback]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, QObject):
            if not isValid(one):
                return False
        elif callable(one) and id(one) not in seen:
            seen.add(id(one))
            waiting.append(getattr(one, "__self__", None))
            cells = getattr(one, "__closure__", None) or ()
            waiting += [cell.cell_contents for cell in cells if cell != CellType()]  # but names without a value yet
    return True


def _on_desk(connect: Callable[[], Connection], work: Callable[[Connection, Task], T], task: Task) -> T | None:
    """Run *work* on a connection of its own; nothing at all when the task was cancelled while it waited."""
    if task.cancelled():
        return None
    db = connect()
    if task.readonly:  # SQLite asks every few milliseconds: the search for a word ends when more of it is typed
        db.set_progress_handler(task.cancelled, _OPERATIONS)
    try:
        return work(db, task)
    except DatabaseError:
        if not (task.readonly and task.cancelled()):
            raise
        return None
    finally:
        db.close()
