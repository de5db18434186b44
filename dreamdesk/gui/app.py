"""Opening the window. Nothing is read before the first paint."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from dreamdesk import __version__
from dreamdesk.gui import looks
from dreamdesk.gui.crash import CrashReporter
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.window import Window


def run(desk: Path | None, import_paths: Sequence[Path] = (), theme: str | None = None) -> int:
    """Open the window on *desk*, or on the desk opened last, and import *import_paths*; return the exit code.

    A desk that does not exist is made when there is something to import. *theme* is "dark", "light" or "system", for
    this time only; without it the remembered one is worn.
    """
    app = _application()
    memory = Memory()
    looks.dress(app, theme or memory.theme())
    reporter = CrashReporter(app)
    reporter.install()
    window = Window(memory, furnish=False)
    window.show()
    # A moment after the event loop begins, the frame is on the screen; only then is the rest fetched.
    QTimer.singleShot(1, window, lambda: begin(window, desk, list(import_paths)))
    return app.exec()


def begin(window: Window, desk: Path | None, import_paths: Sequence[Path]) -> None:
    """Furnish the window, open the desk, or the last one, and import what was asked for."""
    window.furnish()
    if desk is not None:
        window.open_desk(desk, import_paths, new=bool(import_paths) and not desk.exists())
    elif import_paths:
        window.import_paths(import_paths)
    elif recent := window.memory.recent():
        window.open_desk(recent[0])


def _application() -> QApplication:
    """Return the application, made if there is none yet."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("DreamDesk")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("dreamdesk")
    return app
