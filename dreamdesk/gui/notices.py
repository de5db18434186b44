"""What the window has said, in one place; and showing what long work came to without taking the keyboard away."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QPlainTextEdit, QTextEdit, QVBoxLayout

from dreamdesk.gui.memory import CALL, Memory
from dreamdesk.gui.strip import OfferStrip
from dreamdesk.language import t

KEPT = 200
"""So many sentences are remembered, until the window closes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence: when it was said (seconds since 1970 UTC), and whether it told of trouble."""

    at: float
    words: str
    trouble: bool


class Notices(QObject):
    """The sentences, newest first.

    Signals:
        changed: There is another one.
    """

    changed = Signal()

    def __init__(self, memory: Memory, offers: QVBoxLayout, window: QMainWindow) -> None:
        super().__init__(window)
        self._memory, self._offers, self._window = memory, offers, window
        self.all: list[Notice] = []

    def note(self, words: str, *, trouble: bool = False) -> None:
        """Remember *words*; what clears a line is no sentence."""
        if words:
            self.all = [Notice(time.time(), words, trouble), *self.all][:KEPT]
            self.changed.emit()

    def call(self) -> None:
        """Mark the window in the task bar if another program has the keyboard: long work has ended."""
        if self._memory.is_on(CALL) and not self._window.isActiveWindow():
            QApplication.alert(self._window)

    def show_result(self, words: str, show: Callable[[], object], otherwise: Callable[[], object]) -> None:
        """Call *show*, which opens something, at once where nothing is being written or asked; else offer it.

        *otherwise* is called when the person does not want to see it.
        """
        self.call()
        self.note(words)
        if is_free():
            show()
            return
        strip = OfferStrip(words, t("Show"), t("Not now"))

        def close(then: Callable[[], object]) -> None:
            strip.hide()
            strip.deleteLater()
            then()

        strip.taken.connect(lambda: close(show))
        strip.declined.connect(lambda: close(otherwise))
        self._offers.addWidget(strip)
        strip.show()


def is_free() -> bool:
    """Tell whether a dialog may open by itself: no other stands open, and no text is being written."""
    if QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None:
        return False
    field = QApplication.focusWidget()
    if isinstance(field, QLineEdit):
        return field.isReadOnly() or not field.text()
    if isinstance(field, QPlainTextEdit | QTextEdit):
        return field.isReadOnly() or field.document().isEmpty()
    return True
