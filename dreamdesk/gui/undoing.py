"""Undo where that is honest: what was changed on this computer is put back; what the ledger has is never taken away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from dreamdesk.language import t

KEPT = 50
"""So many changes can be undone, the newest first."""

NOTHING = t(
    "Nothing to undo. What was signed stays: decide again, and the ledger keeps both. "
    "Text that is being written is undone in its field, by the same key."
)


class Undo(QObject):
    """What the person changed last, and how each of it is put back.

    Signals:
        said: A sentence about what was undone, or why nothing was.
    """

    said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: list[tuple[str, Callable[[], None]]] = []

    def remember(self, what: str, back: Callable[[], None]) -> None:
        """Note that *what* was done, and that *back* puts it back."""
        self._done = [*self._done, (what, back)][-KEPT:]

    def undo(self) -> None:
        """Put the newest change back."""
        if not self._done:
            self.said.emit(NOTHING)
            return
        what, back = self._done.pop()
        back()
        self.said.emit(t("Undone: {what}", what=what))
