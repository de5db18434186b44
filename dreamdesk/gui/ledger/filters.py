"""What is looked for in the ledger: kind, person, time and words."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from dreamdesk.desk.ledger_reading import Filter
from dreamdesk.gui.models.ledger_model import called
from dreamdesk.gui.widgets.choice import Choice
from dreamdesk.language import t
from dreamdesk.model.text import one_line

PAUSE = 250
"""Milliseconds without a key after which words are looked for."""
TIMES = (
    (t("Any time"), 0),
    (t("Last 24 hours"), 1),
    (t("Last 7 days"), 7),
    (t("Last 30 days"), 30),
    (t("Last year"), 365),
)


class Filters(QWidget):
    """One row of fields.

    Signals:
        changed: Something else is looked for.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLineEdit()
        self.words.setPlaceholderText(t("Find in what entries say…"))
        self.words.setAccessibleName(t("Find in what entries say"))
        self.words.setClearButtonEnabled(True)
        self.kind, self.actor, self.time = Choice(t("Kind of entry")), Choice(t("Who")), Choice(t("When"))
        for title, days in TIMES:
            self.time.addItem(title, days)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self.changed)
        self.words.textChanged.connect(lambda words: self._pause.start())
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 0, 18, 10)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        for choice in (self.kind, self.actor, self.time):
            choice.setMinimumWidth(150)
            choice.currentIndexChanged.connect(lambda index: self.changed.emit())
            row.addWidget(choice)
        self.offer([], [])

    def offer(self, kinds: list[str], actors: list[str]) -> None:
        """Offer what the ledger has; what is chosen stays chosen."""
        for choice, every, values in ((self.kind, t("All kinds"), kinds), (self.actor, t("Everybody"), actors)):
            chosen = choice.currentData()
            choice.blockSignals(True)
            choice.clear()
            choice.addItem(every, "")
            for value in values:
                choice.addItem(called(value) if choice is self.kind else one_line(value) or t("the desk"), value)
            choice.setCurrentIndex(max(0, choice.findData(chosen)))
            choice.blockSignals(False)

    def wanted(self) -> Filter:
        """Return what is looked for."""
        days = int(self.time.currentData() or 0)
        since = time.time_ns() - days * 86_400 * 1_000_000_000 if days else 0
        return Filter(self.kind.currentData() or "", self.actor.currentData() or "", since, self.words.text().strip())

    def clear(self) -> None:
        """Look for everything."""
        for choice in (self.kind, self.actor, self.time):
            choice.setCurrentIndex(0)
        self.words.clear()
