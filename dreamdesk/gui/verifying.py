"""Verifying the desk: in the background, with progress, and what was found in words."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk import erasure, heads, releases
from dreamdesk.desk.chain import Fault
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.message import tell
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.notices import Notices
from dreamdesk.gui.strip import ProgressStrip
from dreamdesk.language import counted, t

SOUND = t("Storage, ledger, decisions, revisions and recorded steps are as they were written.")


class Verifying(QObject):
    """One verification at a time.

    Signals:
        found: The faults, as a list of sentences; an empty list means that the desk verifies.
        trouble: Why it could not be verified, in words.
    """

    found = Signal(object)
    trouble = Signal(str)

    def __init__(self, jobs: Jobs, strip: ProgressStrip, notices: Notices, window: QWidget) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._strip = strip
        self._notices = notices
        self._window = window
        self._task: Task | None = None
        strip.cancelled.connect(self.cancel)
        jobs.progressed.connect(self._so_far)

    def start(self) -> None:
        """Check hashes, chain and signatures."""
        if self._task is not None:
            return
        self._strip.begin(t("Verifying the desk …"))

        def work(db: Connection, task: Task) -> list[Fault]:
            return pipeline.verify_desk(db, task.progress, task.cancelled)

        self._task = self._jobs.read("verify", work, self._done, self._failed)

    def at_opening(self, *, writable: bool = True) -> None:
        """Say at once what is recorded outside against the desk; finish what was interrupted, if it is *writable*."""

        def work(db: Connection, task: Task) -> tuple[list[str], bool]:
            if writable and (releases.all_releases(db) or releases.drafts(db)):
                pipeline.finish_releases(db)
            return heads.at_opening(db), erasure.unfinished(db)

        def done(found: tuple[list[str], bool]) -> None:
            words, unfinished = found
            if words:
                self.trouble.emit(" ".join(words))
            if writable and unfinished:
                self._jobs.write("erase", lambda db, task: pipeline.finish_erasures(db), lambda copies: None)

        self._jobs.read("at opening", work, done)

    def cancel(self) -> None:
        """Stop; nothing is said of the desk."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _so_far(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._task:
            self._strip.progress(done, total, t("Verifying: {what}", what=what))

    def _done(self, faults: list[Fault]) -> None:
        """Say what was found."""
        self._end()
        self.found.emit(faults)
        if faults:
            words = t("{faults} found. The first: {first}", faults=counted(len(faults), "fault"), first=faults[0])
            title, details = t("The desk does not verify"), "\n".join(faults)
        else:
            title, words, details = t("The desk verifies"), SOUND, ""
        self._notices.show_result(
            title, lambda: tell(self._window, title, words, details, warning=bool(faults)), lambda: None
        )

    def _failed(self, words: str) -> None:
        self._end()
        self.trouble.emit(words)

    def _end(self) -> None:
        self._task = None
        self._strip.end()
