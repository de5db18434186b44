"""Naming a family: what its failures have in common, in the officer's words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from dreamdesk.desk.families import NAME_LIMIT, called
from dreamdesk.desk.patterns import Family
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.language import t


class NameDialog(Frame):
    """Asks for the name of a family.

    Signals:
        named: The name; "" takes the desk's own back.
    """

    named = Signal(str)

    def __init__(self, family: Family, parent: QWidget | None = None) -> None:
        explanation = t("What do these failures have in common? The name stays while further failures join.")
        super().__init__(t("Name the family"), explanation, t("Name"), parent)
        self.setMinimumWidth(480)
        self.words = QLineEdit(family.name)
        self.words.setAccessibleName(t("Name of the family"))
        self.words.setPlaceholderText(called(family.title))
        self.words.setMaxLength(NAME_LIMIT)
        self.body.addWidget(self.words)
        self.words.selectAll()
        self.words.setFocus()

    def go(self) -> None:
        """Name it."""
        self.accept()
        self.named.emit(self.words.text())
