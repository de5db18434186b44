"""Defects: what nobody expected is shown once, with its details, and never swallowed.

`data()` of a model may raise the same error twenty times for one paint, so at most one dialog stands open and an error
that was shown is not shown again for a while; every one is printed. What is shown is also written to a file beside the
memory of the window, and what ends the whole program to another: reports for people, which nobody sends anywhere.
"""

from __future__ import annotations

import faulthandler
import os
import platform
import sys
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, qVersion
from PySide6.QtWidgets import QApplication, QMessageBox

from dreamdesk import __version__
from dreamdesk.gui.dialogs.message import square
from dreamdesk.language import t

QUIET = 30.0
"""Seconds for which an error that was shown is not shown again."""
KEPT = 20
"""So many reports are kept, the newest ones."""
UNWRITTEN = t("No report of it could be written; the details here are all there is.")
FALLEN = t("DreamDesk ended by a defect the last time. What was decided is kept. Go > Settings lists the report of it.")


def reports(folder: Path) -> list[Path]:
    """Return the reports in *folder*, newest first."""
    return sorted(folder.glob("defect-*.txt"), reverse=True)


def write(folder: Path, words: str) -> Path | None:
    """Write a report that only this person can read, and drop the oldest; None where that cannot be done."""
    path = folder / f"defect-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(words)
        for old in reports(folder)[KEPT:]:
            old.unlink()
    except OSError:
        return None
    return path


def about() -> str:
    """Return what program this is and on what it runs, in a line."""
    return f"DreamDesk {__version__}, Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"


class FallWatch:
    """Writes down where the program was when something below Python ends it, such as a defect of a library.

    The file is empty as long as nothing happens; one with words in it was left by a program that fell.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def fallen(self) -> bool:
        """Make reports of what earlier programs left, and tell whether there was any. Ask it in the first instance."""
        found = False
        for left in sorted(self._folder.glob("fall-*.txt")):
            with suppress(OSError):
                words = left.read_text(encoding="utf-8", errors="replace")
                found = bool(words and write(self._folder, f"{about()}\n\n{words}")) or found
                left.unlink()
        return found

    def begin(self) -> None:
        """Watch from now on."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = open(self._folder / f"fall-{os.getpid()}.txt", "w", encoding="utf-8")  # noqa: SIM115
            faulthandler.enable(self._file)

    def end(self) -> None:
        """The program ends as it should."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)
            self._file = None


def _where(path: Path | None) -> str:
    """Return where the report lies, in words."""
    if path is None:
        return UNWRITTEN
    return t(
        "A report of it lies on this computer: {path}. Nothing was sent. It may quote words from a trace, so read it "
        "before you hand it on. Go > Settings lists the reports.",
        path=path,
    )


class CrashReporter(QObject):
    """Stands in for `sys.excepthook` while the window lives; writes reports into *folder* where one is given."""

    _reported = Signal(str, str)

    def __init__(self, parent: QObject | None = None, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._shown: dict[str, float] = {}
        self._dialog: QMessageBox | None = None
        self._reported.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over from the hook that is set now."""
        sys.excepthook = self.report

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Print *error* and show it, from whatever thread it comes."""
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(details)
        place = details.rsplit("File ", 1)[-1]
        now = time.monotonic()
        if now - self._shown.get(place, -QUIET) < QUIET:
            return
        self._shown[place] = now
        self._reported.emit(f"{kind.__name__}: {error}"[:500], details)

    def dialog(self) -> QMessageBox | None:
        """Return the dialog that stands open, if one does."""
        return self._dialog

    def _show(self, summary: str, details: str) -> None:
        """Show one defect; while a dialog stands open the next ones are only printed."""
        assert QThread.currentThread() is self.thread()
        if self._dialog is not None:
            return
        box = QMessageBox(QApplication.activeWindow())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(t("DreamDesk has a defect"))
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(t("Something went wrong that should not have. The desk file holds every step that was finished."))
        details = f"{about()}\n\n{details}"
        path = write(self._folder, details) if self._folder is not None else None
        box.setInformativeText(f"{summary}\n\n{_where(path)}")
        box.setDetailedText(details)
        square(box)
        box.finished.connect(self._closed)
        self._dialog = box
        box.open()

    def _closed(self) -> None:
        """Let the next defect be shown."""
        self._dialog = None
