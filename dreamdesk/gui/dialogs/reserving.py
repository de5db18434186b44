"""Taking a case over from the auditor who has it in review."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.language import t


class TakeOverDialog(Frame):
    """Asks why the case is taken over.

    Signals:
        given: The reason.
    """

    given = Signal(str)

    def __init__(self, taken: str, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Take the case over"),
            t("{taken} The ledger says that you took it over, and why.", taken=taken),
            t("Take over"),
            parent,
        )
        self.setMinimumWidth(480)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(t("Reason"))
        self.reason.setPlaceholderText(t("Why you and not they"))
        self.body.addWidget(self.reason)
        self.reason.setFocus()

    def go(self) -> None:
        """Hand over the reason; the dialog stays open until it is on the disk."""
        if not self.reason.text().strip():
            self.say(t("Say why."))
            return
        self.set_busy(True)
        self.given.emit(self.reason.text())

    def refused(self, words: str) -> None:
        """Say why nothing was changed."""
        self.set_busy(False)
        self.say(words)
