"""Taking traces in: the import, its report, what is prepared afterwards, and the landing on the worst failure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.importing import ImportProcess
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.notices import Notices
from dreamdesk.gui.strip import ProgressStrip
from dreamdesk.language import counted, t
from dreamdesk.model.source import ImportReport
from dreamdesk.model.text import one_line


class Intake(QObject):
    """One import at a time.

    Signals:
        ready: Everything is prepared and the report was read: show the worst failure.
        changed: The desk holds more than before.
        said: A sentence for the status bar.
        trouble: What went wrong, in words.
        mappingWanted: The fields of a file of unknown format are to be mapped; its path.
    """

    ready = Signal()
    changed = Signal()
    said = Signal(str)
    trouble = Signal(str)
    mappingWanted = Signal(str)

    def __init__(self, jobs: Jobs, strip: ProgressStrip, notices: Notices, window: QWidget) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._strip = strip
        self._notices = notices
        self._window = window
        self._process: ImportProcess | None = None
        self._preparing: Task | None = None
        self.report: ImportReportDialog | None = None
        strip.cancelled.connect(self.cancel)
        jobs.progressed.connect(self._prepared_so_far)

    def busy(self) -> bool:
        """Tell whether an import or its preparation runs."""
        return self._process is not None or self._preparing is not None

    def start(self, paths: Sequence[Path], desk: Path, format_name: str = "") -> None:
        """Import *paths* into *desk*, read as *format_name* if one is named."""
        if self.busy():
            self.trouble.emit(
                t("An import is running already. Wait for its end, or cancel it, then drop the files again.")
            )
            return
        process = ImportProcess(paths, desk, self, format_name)
        process.progressed.connect(self._read_so_far)
        process.finished.connect(lambda reports: self._imported(reports, ""))
        process.failed.connect(lambda words, reports: self._imported(reports, words))
        process.cancelled.connect(self._cancelled)
        self._process = process
        what = one_line(paths[0].name, 80) if len(paths) == 1 else t("{paths} files and folders", paths=len(paths))
        self._strip.begin(t("Reading {what} …", what=what))
        process.start()

    def prepare(self) -> None:
        """Find error points, propose corrections that need no model, and check them."""
        if self.busy():
            return
        self._strip.begin(t("Looking for error points …"))

        def work(db: Connection, task: Task) -> pipeline.Prepared:
            return pipeline.prepare(db, task.progress, task.cancelled)

        self._preparing = self._jobs.write("prepare", work, self._prepared, self._not_prepared)

    def cancel(self) -> None:
        """End the import, or the preparation after it."""
        self._strip.cancel.setEnabled(False)
        if self._process is not None:
            self._process.cancel()
        elif self._preparing is not None:
            self._preparing.cancel()
            self._preparing = None
            self._strip.end()
            self.said.emit(t("Stopped. What was found is kept; F8 looks at the rest."))

    def stop(self) -> None:
        """End everything at once: the window is being closed."""
        if self._process is not None:
            self._process.stop()

    def _read_so_far(self, done: int, total: int, words: str) -> None:
        self._strip.progress(done, total, words)

    def _imported(self, reports: tuple[ImportReport, ...], trouble: str) -> None:
        """Show the report, and prepare what came in."""
        self._end_process()
        self.changed.emit()
        if trouble and not reports:
            self._strip.end()
            self.trouble.emit(trouble)
            return
        self.report = ImportReportDialog(reports, trouble, self._window, self._jobs)
        self.report.mappingWanted.connect(self.mappingWanted)
        self.report.finished.connect(self._report_read)
        self._notices.show_result(t("The import has ended."), self.report.open, self.report.reject)
        self.prepare()

    def _cancelled(self) -> None:
        """Say what a cancelled import leaves."""
        self._end_process()
        self._strip.end()
        self.said.emit(t("Cancelled. Files that were read whole are kept; F8 looks for their error points."))
        self.changed.emit()

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _prepared_so_far(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._preparing:
            self._strip.progress(
                done, total, t("Preparing: {what} ({done:,} of {total:,})", what=what, done=done, total=total)
            )

    def _prepared(self, prepared: pipeline.Prepared) -> None:
        """Say what was found."""
        self._preparing = None
        self._strip.end()
        self.said.emit(
            t(
                "{located} found, {proposed} proposed, {checked:,} checked.",
                located=counted(prepared.located, "error point"),
                proposed=counted(prepared.proposed, "correction"),
                checked=prepared.checked,
            )
        )
        self._land()

    def _not_prepared(self, words: str) -> None:
        self._preparing = None
        self._strip.end()
        self.trouble.emit(words)

    def _report_read(self) -> None:
        self.report = None
        self._land()

    def _land(self) -> None:
        """Go to the worst failure once everything is prepared and the report was read."""
        if self.report is None and not self.busy():
            self.ready.emit()
