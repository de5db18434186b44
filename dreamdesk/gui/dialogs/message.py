"""Messages: plain text only, never in the way of the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QMessageBox, QWidget

from dreamdesk.model.text import reveal

MARGINS = (22, 20, 22, 18)
"""Around the content of a dialog, in pixels: left, top, right, bottom."""


def tell(parent: QWidget, title: str, text: str, details: str = "", *, warning: bool = False) -> QMessageBox:
    """Show *text*, with *details* behind a button where there are any; return at once."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning if warning else QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(title)
    box.setInformativeText(reveal(text))
    if details:
        box.setDetailedText(reveal(details))
    square(box)
    box.open()
    return box


def square(box: QMessageBox) -> None:
    """Let what *box* says stand where it stands in the other dialogs. Call it last: every setter lays the box out anew.

    Qt puts narrow margins around it and, where there is no picture, an indent before the words.
    """
    layout = box.layout()
    if isinstance(layout, QGridLayout):
        layout.setContentsMargins(*MARGINS)
        if not box.iconPixmap().isNull():
            layout.setHorizontalSpacing(12)
        elif (indent := layout.itemAtPosition(0, 0)) is not None and (space := indent.spacerItem()) is not None:
            space.changeSize(0, 0)
            layout.setHorizontalSpacing(0)


def confirm(parent: QWidget, title: str, text: str, go: str, then: Callable[[], None]) -> QMessageBox:
    """Ask whether to go on; *go* is what the button that calls *then* says. Return at once."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(title)
    box.setInformativeText(reveal(text))
    yes = box.addButton(go, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    yes.clicked.connect(then)
    square(box)
    box.open()
    return box
