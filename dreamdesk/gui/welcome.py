"""The first page, while no desk is open: a new desk, or one of those opened last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from dreamdesk.gui.widgets import Button, EmptyState, Label, plain_tooltip
from dreamdesk.language import t
from dreamdesk.model.text import one_line

SHOWN = 5
"""So many desks are offered here; the menu File has the rest."""
WIDTH = 320


class Welcome(EmptyState):
    """What to do first.

    Signals:
        chosen: The path of a desk that the person wants to open.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(
            t("Open a desk to begin"),
            t(
                "A desk is one file with your traces, decisions and ledger. Press Ctrl+Shift+O to open one that "
                "you have, or drop trace files here to begin a new one."
            ),
            t("New desk"),
            "Ctrl+N",
        )
        self._heading = Label(t("Opened last"), tone="muted")
        self._heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        last = column.count() - 1
        column.insertSpacing(last, 18)
        column.insertWidget(last + 1, self._heading)
        column.insertLayout(last + 2, self._list)

    def show_recent(self, desks: Sequence[Path]) -> None:
        """Offer the *desks* opened last, newest first."""
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for path in desks[:SHOWN]:
            button = Button(one_line(path.name, 40).replace("&", "&&"))
            button.setFixedWidth(WIDTH)
            button.setToolTip(plain_tooltip(str(path)))
            button.setAccessibleDescription(str(path))
            button.clicked.connect(lambda checked=False, path=path: self.chosen.emit(path))
            self._list.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._heading.setVisible(bool(desks))
