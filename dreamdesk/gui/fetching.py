"""Modules are fetched in a thread: importing takes longer than drawing, and the window goes on meanwhile.

No module makes a widget or another object of Qt when it is imported: those belong to the thread of the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from PySide6.QtCore import QObject, QThread

FIRST = ("dreamdesk.gui.furnishing", "dreamdesk.gui.doings", "dreamdesk.pipeline.reviewing")
"""What a window is furnished with, once its frame is on the screen."""
LATER = (
    "dreamdesk.gui.overview.page",
    "dreamdesk.gui.patterns.page",
    "dreamdesk.gui.memory_desk.page",
    "dreamdesk.gui.bundles.page",
    "dreamdesk.gui.oversight.page",
    "dreamdesk.gui.settings.page",
)
"""What the other pages need, before one is first turned to."""
LATER_MS = 5000
"""When that is fetched: the desk is shown, and somebody reads the first case."""


class Fetching(QThread):
    """Imports *modules*, one after another, until it is asked to stop; at the end calls *then*, in the thread."""

    def __init__(self, modules: Sequence[str], parent: QObject, then: Callable[[], object] = tuple) -> None:
        super().__init__(parent)
        self._modules, self._then = modules, then

    def run(self) -> None:  # noqa: D102
        for module in self._modules:
            if self.isInterruptionRequested():
                return
            import_module(module)
        self._then()
