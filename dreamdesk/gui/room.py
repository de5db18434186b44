"""The room that pages have: one that needs more than the window can give is scrolled, and goes where the keyboard is.

So a window works on a small screen, and where everything is shown at twice its size.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QStackedWidget, QWidget

MARGIN = 24
"""Pixels that are shown around whatever has the keyboard."""


class Pages(QStackedWidget):
    """Pages of which one is shown; it alone says how much room there must be."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.currentChanged.connect(lambda number: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        page = self.currentWidget()
        return page.minimumSizeHint().expandedTo(page.minimumSize()) if page is not None else QSize()


class Room(QScrollArea):
    """Shows *content* in full where it fits, else a part of it."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        follow_keyboard()


@cache
def follow_keyboard() -> None:
    """Let every scrolled area show what gets the keyboard; Qt does so for the Tab key only."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.focusChanged.connect(_show)


def _show(old: QWidget | None, new: QWidget | None) -> None:
    if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
        return  # what is clicked on is seen, and must not move away below the mouse
    around = new
    while around is not None and not around.isWindow():
        around = around.parentWidget()
        if isinstance(around, QScrollArea) and new is not None:
            around.ensureWidgetVisible(new, MARGIN, MARGIN)
