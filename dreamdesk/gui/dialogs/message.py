"""Messages: plain text only, never in the way of the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from dreamdesk.model.text import reveal


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
    box.open()
    return box


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
    box.open()
    return box
