"""Overview: the desk at a glance, in cards that each lead to what they count."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import overview, patterns
from dreamdesk.desk.database import Connection
from dreamdesk.desk.overview import Overview
from dreamdesk.desk.patterns import Patterns
from dreamdesk.gui import theme
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.overview import cards
from dreamdesk.gui.overview.cards import Card
from dreamdesk.gui.widgets import Button, EmptyState, Label
from dreamdesk.language import t

CARD_WIDTH = 380
"""The least width of a card: as many columns stand side by side as have that."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a job read of the desk."""

    counts: Overview
    patterns: Patterns
    agreed: tuple[pipeline.Agreed, ...]
    compared: tuple[pipeline.Comparison, ...]


class _Sheet(QWidget):
    """What the cards lie on: as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(18, 4, 18, 18)
        self._grid.setSpacing(12)
        self.cards: list[Card] = []
        self._columns = 0
        theme.changed.connect(self.update)

    def show_cards(self, made: list[Card]) -> None:
        """Show other cards."""
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = made
        self._place(force=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("window"))

    def _place(self, *, force: bool = False) -> None:
        columns = max(1, min(3, self.width() // CARD_WIDTH))
        if columns == self._columns and not force:
            return
        self._columns = columns
        last = len(self.cards) - 1
        for number, card in enumerate(self.cards):
            row, column = divmod(number, columns)
            self._grid.addWidget(card, row, column, 1, columns - column if number == last else 1)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        rows = -(-len(self.cards) // columns)
        for row in range(len(self.cards) + 1):
            self._grid.setRowStretch(row, 1 if row == rows else 0)


class OverviewPage(QWidget):
    """What came in, what waits, how grave it is, what was decided, what left and what came of it.

    Signals:
        wanted: Name of an action that leads to what a card counts.
    """

    wanted = Signal(str)

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._identity = identity
        self.sheet = _Sheet()
        self.empty = EmptyState(
            t("Nothing has come in yet"),
            t("Import traces with Ctrl+O, or drop them anywhere on this window."),
            t("Import traces"),
        )
        self.empty.activated.connect(lambda: self.wanted.emit("import"))
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the buttons of its cards
        self.area.setAccessibleName(t("Overview"))
        self.area.setWidget(self.sheet)
        self._state = Label("", tone="muted")
        head = QVBoxLayout()
        head.setContentsMargins(18, 14, 18, 10)
        head.setSpacing(4)
        head.addWidget(Label(t("Overview"), role="title"))
        head.addWidget(self._state)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(holder, 1)

    def reload(self) -> None:
        """Count anew."""
        if self._jobs.path is None:
            return
        auditor = self._identity.name

        def work(db: Connection, task: Task) -> _Read:
            return _Read(
                overview.overview(db, auditor),
                patterns.overview(db, auditor),
                tuple(one for one in pipeline.agreed(db) if not one.left),
                tuple(pipeline.effect(db, auditor)),
            )

        self._jobs.read("overview", work, self._show)

    def forget(self) -> None:
        """Another desk is opened: its numbers are not known yet."""
        self.sheet.show_cards([])
        self._state.setText("")
        self._stack.setCurrentWidget(self.empty)

    def take_keyboard(self) -> None:
        """Put the keyboard on the first way onwards."""
        first = self.sheet.findChild(Button) if self._stack.currentWidget() is self.area else self.empty.button
        if first is not None:
            first.setFocus()

    def _show(self, read: _Read) -> None:
        """Show what was counted."""
        found = read.counts
        if not sum(found.outcomes.values()):
            self._stack.setCurrentWidget(self.empty)
            return
        focused = self.sheet.isAncestorOf(focus) if (focus := self.focusWidget()) is not None else False
        made = [
            cards.came_in(found),
            cards.waits(found),
            cards.risk(found),
            cards.families(read.patterns.families, read.patterns.failures),
            cards.decisions(found),
            cards.agreement(read.agreed),
            cards.effect(found, read.compared),
        ]
        for card in made:
            card.wanted.connect(self.wanted)
        self.sheet.show_cards(made)
        self._state.setText(t("Every number is counted from this desk."))
        self._stack.setCurrentWidget(self.area)
        if focused or self.isAncestorOf(self.window().focusWidget() or self):
            self.take_keyboard()
