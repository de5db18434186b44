"""The application, which macOS asks to open files by events; elsewhere they are arguments."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Tells which file it is asked to open while it runs.

    Signals:
        asked: The path of a file that somebody opened with the program in Finder.
    """

    asked = Signal(object)

    def event(self, event: QEvent) -> bool:
        """Take requests to open a file; leave all else to Qt."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.asked.emit(Path(event.file()))
            return True
        return super().event(event)
