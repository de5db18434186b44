"""Opening windows: one program, with as many windows as one likes. Nothing is read before the first paint."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from dreamdesk import __version__
from dreamdesk.gui import looks, motion, speech
from dreamdesk.gui.crash import FALLEN, CrashReporter, FallWatch
from dreamdesk.gui.fetching import LATER_MS
from dreamdesk.gui.instance import Instance
from dreamdesk.gui.memory import REOPEN, SCALES, STILL, Memory
from dreamdesk.gui.opening import Application
from dreamdesk.gui.window import Window


def run(desk: Path | None, import_paths: Sequence[Path] = (), theme: str | None = None) -> int:
    """Open the window on *desk*, or on the desk opened last, and import *import_paths*; return the exit code.

    A desk that does not exist is made when there is something to import. *theme* is "dark", "light" or "system", for
    this time only; without it the remembered one is worn.
    """
    memory = Memory()
    if memory.scale() != SCALES[0]:
        os.environ.setdefault("QT_SCALE_FACTOR", str(memory.scale() / 100))  # Qt reads it when the application is made
    app = _application()
    instance = Instance(memory.folder() / "running", app)
    wanted = [*([desk] if desk is not None else []), *import_paths]
    if not instance.is_first() and instance.hand_over(wanted):
        return 0
    looks.dress(app, theme or memory.theme())
    motion.keep_still(memory.is_on(STILL))
    reporter = CrashReporter(app, memory.crashes())
    reporter.install()
    watch = FallWatch(memory.crashes())
    fallen = watch.fallen()
    watch.begin()
    windows = Windows(memory)
    window = windows.open(desk, import_paths)
    if fallen:
        window.trouble.say(FALLEN)
    instance.listen(windows.open_all)
    if isinstance(app, Application):
        app.asked.connect(lambda path: windows.open_all([path]))
    status = app.exec()
    watch.end()
    instance.leave()
    return status


class Windows:
    """The windows of the program. What one of them changes on a desk, the others on the same desk show."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.all: list[Window] = []

    def open(self, desk: Path | None, import_paths: Sequence[Path] = ()) -> Window:
        """Open a window on *desk*, or on the desk opened last, and import *import_paths*."""
        window = Window(self.memory, furnish=False)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.another.connect(self.open)
        window.closing.connect(lambda: self.all.remove(window))
        self.all.append(window)

        def furnish() -> None:
            begin(window, desk, import_paths)
            window.jobs.changed.connect(lambda: self._changed(window))
            QTimer.singleShot(LATER_MS, window, window.fetch_pages)

        # Once the frame is on the screen the rest is fetched, and made in parts.
        window.painted.connect(lambda: window.furnish_in_parts(furnish), Qt.ConnectionType.QueuedConnection)
        window.show()
        return window

    def open_all(self, paths: Sequence[Path]) -> None:
        """Open what another instance was asked to: a desk in a window of its own, traces into it; else come up."""
        desks = [path for path in paths if path.suffix == ".desk"]
        traces = [path for path in paths if path not in desks]
        shown = [window for window in self.all if window.desk() in desks]
        if not paths or (shown and not traces):
            window = (shown or self.all)[-1]
            window.raise_()
            window.activateWindow()
        else:
            self.open(desks[0] if desks else None, traces)

    def _changed(self, source: Window) -> None:
        for window in self.all:
            if window is not source and window.desk() == source.desk():
                window.refresh()


def begin(window: Window, desk: Path | None, import_paths: Sequence[Path]) -> None:
    """Furnish the window, open the desk, or the last one, import what was asked for, and once offer the tour."""
    window.furnish()
    if desk is not None:
        window.open_desk(desk, import_paths, new=bool(import_paths) and not desk.exists())
    elif import_paths:
        window.import_paths(import_paths)
    elif (recent := window.memory.recent()) and window.memory.is_on(REOPEN):
        window.open_desk(recent[0])
    if not window.memory.tour_offered():
        from dreamdesk.gui.tour.tour import offer

        offer(window)


def _application() -> QApplication:
    """Return the application, made if there is none yet."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = Application(sys.argv[:1])
    app.setApplicationName("DreamDesk")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("dreamdesk")
    speech.teach(app)
    return app
