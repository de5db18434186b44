"""Settings: everything that can be set, of the program and of the desk, on one page that can be searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.overview.cards import Card
from dreamdesk.gui.settings.desk import DeskSettings
from dreamdesk.gui.settings.program import ProgramSettings
from dreamdesk.gui.settings.row import SettingRow
from dreamdesk.gui.undoing import Undo
from dreamdesk.gui.widgets import Button, EmptyState, Label, page_head
from dreamdesk.language import t, tn

WIDTH = 860
"""The greatest width of the page: longer lines are hard to read."""
NO_DESK = t("Open a desk, and its settings stand here.")


class _Sheet(QWidget):
    """What the cards lie on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("window"))


class _Part(QWidget):
    """A heading, a sentence, and cards with the rows of each section, at the end of *place*."""

    def __init__(
        self, place: QVBoxLayout, title: str, about: str, sections: Iterable[tuple[str, tuple[SettingRow, ...]]]
    ) -> None:
        super().__init__()
        place.addWidget(self)  # before it is filled: whatever is moved is styled again by Qt
        self.about = Label(about, tone="muted", wrap=True)
        self._cards: list[tuple[Card, tuple[SettingRow, ...]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(10)
        column.addWidget(Label(title, role="title"))
        column.addWidget(self.about)
        for heading, rows in sections:
            card = Card(heading)
            column.addWidget(card)
            card.add(*rows)
            self._cards.append((card, rows))

    def keep(self, text: str) -> int:
        """Show the rows that *text* means only; return how many."""
        found = 0
        for card, rows in self._cards:
            here = [row for row in rows if row.means(text)]
            for row in rows:
                row.setVisible(row in here)
            card.setVisible(bool(here))
            found += len(here)
        self.setVisible(bool(found))
        return found

    def show_rows(self, shown: bool) -> None:
        """Show the cards, or the heading and its sentence only."""
        for card, _ in self._cards:
            card.setVisible(shown)


class SettingsPage(QWidget):
    """What can be set. The program's preferences hold at once; the desk's settings once they are saved."""

    def __init__(
        self,
        jobs: Jobs,
        identity: Identity,
        memory: Memory,
        undo: Undo,
        do: Callable[[str], None],
        window: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.program = ProgramSettings(memory, undo, window)
        self.desk = DeskSettings(jobs, identity, do, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(t("Find a setting…"))
        self.search.setAccessibleName(t("Find a setting"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(330)
        self.search.setAcceptDrops(False)
        self.nothing = EmptyState(t("No setting is called that"), t("Try another word, or clear the field with Esc."))
        self.state = Label("", wrap=True)
        self.discard = Button(t("Discard"))
        self.save = Button(t("Save"), "primary")
        self._bar = QWidget()
        self._refusal = ""
        self._lay_out()
        self.search.textChanged.connect(lambda text: self._find())
        self.discard.clicked.connect(self._discard)
        self.save.clicked.connect(self._save)
        self.desk.edited.connect(self._edited)
        self.desk.shown.connect(self._shown)
        self.desk.saved.connect(lambda count: self._edited())
        self.desk.refused.connect(self._refused)
        self._edited()
        self._find()

    def _lay_out(self) -> None:
        outer, head = page_head(self, t("Settings"))
        head.addWidget(self.search, 2)
        holder, sheet, content = QWidget(), _Sheet(), QWidget()
        outer.addWidget(holder, 1)
        self._stack = QStackedLayout(holder)
        self.area = QScrollArea()
        self._stack.addWidget(self.area)
        self._stack.addWidget(self.nothing)
        self.area.setWidget(sheet)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        beside = QHBoxLayout(sheet)
        beside.setContentsMargins(18, 12, 18, 18)
        beside.addWidget(content, 100)
        beside.addStretch(1)
        content.setMaximumWidth(WIDTH)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self._program = _Part(
            column,
            t("This program"),
            t("On this computer, for you. Each can be undone, and holds at once unless it says otherwise."),
            self.program.sections,
        )
        self._desk = _Part(column, t("This desk"), NO_DESK, self.desk.sections)
        column.addStretch(1)
        outer.addWidget(self._bar)
        row = QHBoxLayout(self._bar)
        row.setContentsMargins(18, 8, 18, 8)
        row.setSpacing(8)
        row.addWidget(self.state, 1)
        row.addWidget(self.discard)
        row.addWidget(self.save)

    def reload(self) -> None:
        """Read everything again; what was edited and not saved stays."""
        self.program.reload()
        self.desk.reload()
        self._find()

    def forget(self) -> None:
        """Another desk is opened."""
        self.desk.forget()
        self._find()

    def take_keyboard(self) -> None:
        """Begin with the search."""
        self.search.setFocus()
        self.search.selectAll()

    def _find(self) -> None:
        text, open_ = self.search.text(), self._jobs.path is not None
        found = self._program.keep(text)
        if open_:
            found += self._desk.keep(text)
        else:
            self._desk.setVisible(not text)
            self._desk.show_rows(False)
            self._desk.about.setText(NO_DESK)
        self._stack.setCurrentWidget(self.area if found else self.nothing)

    def _shown(self) -> None:
        self._desk.about.setText(self.desk.who())
        self._tell()

    def _edited(self) -> None:
        self._refusal = ""
        self._tell()

    def _tell(self) -> None:
        """Say what is not saved yet, and why not where that was tried."""
        count = len(self.desk.changed())
        self._bar.setVisible(bool(count or self._refusal))
        self.state.set_tone("error" if self._refusal else "")
        self.state.setText(
            self._refusal
            or tn(
                "1 setting of this desk changed and not saved.",
                "{n:,} settings of this desk changed and not saved.",
                count,
            )
        )

    def _discard(self) -> None:
        self.desk.discard()
        self.take_keyboard()

    def _save(self) -> None:
        self.desk.save()

    def _refused(self, words: str) -> None:
        self._refusal = words
        self._tell()
