"""Defects: what nobody expected is shown once, with its details, and never swallowed.

`data()` of a model may raise the same error twenty times for one paint, so at most one dialog stands open and an error
that was shown is not shown again for a while; every one is printed.
"""

from __future__ import annotations

import platform
import sys
import time
import traceback
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, qVersion
from PySide6.QtWidgets import QApplication, QMessageBox

from dreamdesk import __version__
from dreamdesk.language import t

QUIET = 30.0
"""Seconds for which an error that was shown is not shown again."""


class CrashReporter(QObject):
    """Stands in for `sys.excepthook` while the window lives."""

    _reported = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
        box.setInformativeText(summary)
        box.setDetailedText(
            t(
                "DreamDesk {version}, Python {python}, Qt {qt}, {system}\n\n{details}",
                version=__version__,
                python=platform.python_version(),
                qt=qVersion(),
                system=platform.platform(),
                details=details,
            )
        )
        box.finished.connect(self._closed)
        self._dialog = box
        box.open()

    def _closed(self) -> None:
        """Let the next defect be shown."""
        self._dialog = None
