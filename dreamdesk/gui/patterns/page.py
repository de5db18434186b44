"""Patterns: the families of failures, largest first, and the one that is chosen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QWidget

from dreamdesk import actions, pipeline
from dreamdesk.desk import families, patterns
from dreamdesk.desk.database import Connection
from dreamdesk.desk.patterns import Patterns
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.patterns.detail import FamilyDetail
from dreamdesk.gui.patterns.family_list import HEIGHT, FamilyDelegate, FamilyModel
from dreamdesk.gui.patterns.learning import LearnDialog
from dreamdesk.gui.patterns.machine import MachineView
from dreamdesk.gui.patterns.naming import NameDialog
from dreamdesk.gui.widgets import Button, EmptyState, Label, page_head
from dreamdesk.gui.widgets.keyhint import spelt
from dreamdesk.gui.widgets.row_table import RowTable
from dreamdesk.language import counted, t

DETAIL_WIDTH = 470


class PatternsPage(QWidget):
    """The families of a desk. Failures that are not grouped yet are grouped when the page is shown.

    Signals:
        episodeWanted: Number of the episode to take in Review.
    """

    episodeWanted = Signal(int)

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._identity = identity
        self._grouping = False
        self.model = FamilyModel(self)
        self.table = RowTable(t("Families of failures, largest first"), HEIGHT)
        self.table.paint_with(FamilyDelegate())
        self.table.setModel(self.model)
        self.detail = FamilyDetail(jobs)
        self.state = Label("", tone="muted")
        self.empty = EmptyState(t("No patterns yet"), "")
        self.learn = Button(t("Learn from this desk…"), key=actions.get("learn").keys[0])
        self.learn.clicked.connect(self.open_learning)
        self.judge = Button(t("How good is the machine here?"), key=actions.get("machine").keys[0])
        self.judge.clicked.connect(self.show_machine)
        self.machine = MachineView(jobs, self)
        self.machine.left.connect(self.show_families)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.table.activated.connect(self._take)
        self.detail.episodeWanted.connect(self.episodeWanted)
        self.detail.naming.connect(self.name_family)

    def _lay_out(self) -> None:
        """Put the parts into one another, from the outside in: whatever is moved is styled again by Qt."""
        listing, holder, split = QWidget(), QWidget(), QSplitter(Qt.Orientation.Horizontal)
        self._views, self._split = QStackedLayout(self), split
        self._views.addWidget(listing)
        layout, self.head = page_head(listing, t("Patterns"), self.state)
        for button in (self.learn, self.judge):
            self.head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(holder, 1)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(split)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setSizes([900, DETAIL_WIDTH])
        self.detail.setMinimumWidth(360)
        self.table.setMinimumWidth(420)
        self._views.addWidget(self.machine)

    def reload(self) -> None:
        """Read the families again, and group what is not grouped yet."""
        if self._jobs.path is None:
            return
        if self._views.currentWidget() is self.machine:
            self.machine.reload()
        auditor = self._identity.name
        self.detail.model.auditor = auditor

        def work(db: Connection, task: Task) -> tuple[Patterns, int, int]:
            return patterns.overview(db, auditor), families.unplaced(db), len(pipeline.new_families(db, auditor))

        self._jobs.read("patterns", work, self._show)

    def forget(self) -> None:
        """Another desk is opened."""
        self.model.show(Patterns((), 0, ()))
        self._views.setCurrentIndex(0)
        self.detail.family = None

    def take_keyboard(self) -> None:
        """Put the keyboard on the list, or on the way back to it."""
        (self.machine.back if self._views.currentWidget() is self.machine else self.table).setFocus()

    def show_machine(self) -> None:
        """Show how good the machine is on this desk."""
        self._views.setCurrentWidget(self.machine)
        self.machine.reload()
        self.machine.back.setFocus()

    def show_families(self) -> None:
        """Go back to the families."""
        self._views.setCurrentIndex(0)
        self.table.setFocus()

    def open_learning(self) -> None:
        """Offer to learn from the labels of this desk."""
        LearnDialog(self._jobs, self._identity, self.window()).open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if event.key() == Qt.Key.Key_F2:
            self.name_family()
        else:
            super().keyPressEvent(event)

    def name_family(self) -> None:
        """Ask for the name of the chosen family."""
        family = self.detail.family
        if family is None:
            return
        dialog = NameDialog(family, self.window())

        def named(words: str) -> None:
            def write(signer: Signer) -> None:
                actor, number = self._identity.name, family.id
                self._jobs.write(
                    "family name",
                    lambda db, task: pipeline.name_family(db, number, words, actor),
                    lambda nothing: None,
                )

            self._identity.ensure(write)

        dialog.named.connect(named)
        dialog.open()

    def _show(self, found: tuple[Patterns, int, int]) -> None:
        """Show what the job found; what is not grouped yet is grouped, which reads everything again."""
        patterns, unplaced, new = found
        chosen = self.detail.family.id if self.detail.family is not None else None
        self.model.show(patterns)
        if unplaced and not self._grouping:
            self._grouping = True
            self._jobs.write("group", lambda db, task: pipeline.group(db, task.progress, task.cancelled), self._grouped)
        told = t(
            "{several} in {failures}, by kind, tool, clause and words",
            several=counted(len(patterns.families), "family", "families"),
            failures=counted(patterns.failures, "located failure"),
        )
        told += t(" · {new:,} new since the last bundle", new=new) if new else ""
        self.state.setText(t("Grouping failures …") if unplaced else told if patterns.families else "")
        if not patterns.families:
            hint = t("Failures that share a cause are gathered here: their size, their trend, one example.")
            if patterns.failures and not unplaced:
                hint = t("Every failure here waits for your own mark first: what they share is shown after it.")
            elif not patterns.failures:
                hint += t(
                    " Import traces with {keys}, or find error points with F8.",
                    keys=spelt(actions.get("import").keys[0]),
                )
            self.empty.set_texts(t("No patterns yet"), hint)
            self._stack.setCurrentWidget(self.empty)
            return
        self._stack.setCurrentWidget(self._split)
        row = next((place for place, family in enumerate(patterns.families) if family.id == chosen), 0)
        self.table.setCurrentIndex(self.model.index(row, 0))

    def _grouped(self, count: int) -> None:
        self._grouping = False

    def _chosen(self, current: QModelIndex, previous: QModelIndex) -> None:
        if (family := self.model.family(current.row())) is not None:
            self.detail.show_family(family, self.model.patterns)

    def _take(self, index: QModelIndex) -> None:
        """Take the first episode of the family that waits for a decision."""
        family = self.model.family(index.row())
        if family is None:
            return
        number, auditor = family.id, self._identity.name

        def work(db: Connection, task: Task) -> int | None:
            return patterns.next_open(db, number, auditor)

        def done(episode: int | None) -> None:
            if episode is not None:
                self.episodeWanted.emit(episode)

        self._jobs.read("take family", work, done)
