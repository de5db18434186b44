"""The history of an episode: what was done with it, line by line, and each revision beside what it changed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.corrections import Made
from dreamdesk.desk.database import Connection
from dreamdesk.gui import theme
from dreamdesk.gui.compare.cards import Title
from dreamdesk.gui.compare.pairing import PairView
from dreamdesk.gui.dialogs.frame import Frame, make_form
from dreamdesk.gui.history.sheet import RevisionSheet
from dreamdesk.gui.history.words import at, full, line
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.decision import Decision
from dreamdesk.model.text import one_line

ROW_HEIGHT = 46
VEILED = t("Decisions, notes and the marks of others are shown once you have marked, or seen the desk's view.")
COVERED = t("A second look waits: what was decided first is shown once it is signed.")
NOTHING = (t("No revision"), t("Choose a revision or a decision, and what it changed stands here."))


class HistoryDialog(Frame):
    """Shows what was done with *episode*, newest last, as *auditor* may see it (see `pipeline.history`)."""

    def __init__(
        self, jobs: Jobs, episode: int, auditor: str = "", parent: QWidget | None = None, *, knows: bool = False
    ) -> None:
        super().__init__(t("History of episode {episode}", episode=episode), parent=parent)
        self.resize(1180, 720)
        self._jobs = jobs
        self.events: tuple[pipeline.Event, ...] = ()
        self.facts: list[tuple[str, str]] = []
        self.list = QListWidget()
        self.list.setAccessibleName(t("What was done, oldest first"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._choose)
        self.note = Label("", tone="muted", wrap=True)
        self.note.hide()
        self.body.addWidget(self.note)
        self.view = PairView(t("What the revision changed"), NOTHING)
        self.view.show_only_differences(True)
        about = QWidget()
        self._facts = make_form(about)
        self._facts.setVerticalSpacing(4)
        self._facts.setContentsMargins(0, 0, 0, 8)
        about.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(10, 0, 0, 0)
        column.addWidget(about)
        column.addWidget(self.view, 1)
        column.addStretch(0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([400, 760])
        self.body.addWidget(split, 1)
        self.close_button.setAutoDefault(False)

        def work(db: Connection, task: Task) -> pipeline.History:
            return pipeline.history(db, episode, auditor, knows=knows)

        jobs.read("history", work, self._list, self.say)

    def _list(self, history: pipeline.History) -> None:
        """List what was done, and show the newest."""
        self.events = history.events
        said = COVERED if history.covered else VEILED if history.veiled else ""
        self.note.setText(said)
        self.note.setVisible(bool(said))
        for event in history.events:
            sign, tone, words = line(event)
            who = one_line(event.who, 60) or t("the program")
            item = QListWidgetItem(f"{sign}  {words}\n     {at(event.at)} · {who}")
            item.setForeground(QColor(theme.color(f"{tone}_text" if tone != "muted" else tone)))
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
        self.list.setCurrentRow(len(history.events) - 1)
        self.list.setFocus()

    def _choose(self, row: int) -> None:
        """Tell all of one line; of a revision, and of what was decided on it, show what it changed."""
        while self._facts.rowCount():
            self._facts.removeRow(0)
        if not 0 <= row < len(self.events):
            return
        event = self.events[row]
        self.facts = full(event)
        for name, value in self.facts:
            self._facts.addRow(Label(name, tone="muted"), Label(value, role="strong", wrap=True))
        thing = event.thing
        shown = isinstance(thing, Made | Decision)
        self.view.setVisible(shown)
        if isinstance(thing, Made):
            self._read(thing.correction, thing.number)
        elif isinstance(thing, Decision):
            self._read(thing.correction, thing.revision)

    def _read(self, correction: int, number: int) -> None:
        def work(db: Connection, task: Task) -> tuple[RevisionSheet, pipeline.Change]:
            change = pipeline.change(db, correction, number)
            return RevisionSheet(change), change

        self._jobs.read("revision", work, self._show, self.say)

    def _show(self, found: tuple[RevisionSheet, pipeline.Change]) -> None:
        """Show a revision beside what it changed."""
        sheet, change = found
        after, earlier = change.after, change.earlier
        before = (
            Title(t("Version {number}", number=earlier.number), _by(earlier.author))
            if earlier
            else Title(t("Recorded"))
        )
        headings = (before, Title(t("Version {number}", number=after.number), _by(after.author), "accent_text"))
        first = sheet.next_difference(-1, 1)
        places = sheet.places(first) if first is not None else ()
        self.view.show_sheet(sheet, headings, next((place for place in reversed(places) if place is not None), None))


def _by(author: str) -> tuple[str, ...]:
    return (t("by {who}", who=one_line(author, 40)),) if author else ()
