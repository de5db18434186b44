"""Overview: the desk at a glance, in cards that each lead to what they count."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

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
from dreamdesk.gui.widgets import Button, EmptyState, Label, page_head
from dreamdesk.language import t

CARD_WIDTH = 380
"""The least width of a card: as many columns stand side by side as have that."""
MOST_COLUMNS = 3
GAP = 12
"""Pixels between two cards."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a job read of the desk."""

    counts: Overview
    patterns: Patterns
    agreed: tuple[pipeline.Agreed, ...]
    compared: tuple[pipeline.Comparison, ...]


class _Sheet(QWidget):
    """What the cards lie on: as many columns as there is room for, each card as high as what it says."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(18, 4, 18, 18)
        self._row.setSpacing(GAP)
        self._columns: list[QVBoxLayout] = []
        for _ in range(MOST_COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(GAP)
            self._row.addLayout(column)
            self._columns.append(column)
        self.cards: list[Card] = []
        self._number = 0
        theme.changed.connect(self.update)

    def show_cards(self, made: list[Card]) -> None:
        """Show other cards."""
        for card in self.cards:
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
        """Lay one card after the other into the column that ends highest, the leftmost of those."""
        number = max(1, min(MOST_COLUMNS, self.width() // CARD_WIDTH))
        if number == self._number and not force:
            return
        self._number = number
        for place, column in enumerate(self._columns):
            while column.takeAt(0) is not None:
                pass
            self._row.setStretch(place, 1 if place < number else 0)
        ends = [0] * number
        for card in self.cards:
            place = ends.index(min(ends))
            self._columns[place].addWidget(card)
            high = card.heightForWidth(self.width() // number - GAP)
            ends[place] += GAP + (high if high > 0 else card.sizeHint().height())
        for column in self._columns:
            column.addStretch(1)


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
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.area)
        column, _head = page_head(self, t("Overview"), self._state)
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
