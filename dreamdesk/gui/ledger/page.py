"""The ledger: every entry, newest first, one of them in full, and whether the chain is whole."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QStackedLayout,
    QTableView,
    QWidget,
)

from dreamdesk import actions
from dreamdesk.desk import ledger, ledger_reading
from dreamdesk.desk.chain import Fault
from dreamdesk.desk.database import Connection
from dreamdesk.desk.ledger_reading import Detail, Filter
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.ledger.detail import EntryDetail
from dreamdesk.gui.ledger.filters import Filters
from dreamdesk.gui.models.ledger_model import COLUMNS, LedgerModel, called
from dreamdesk.gui.widgets import Button, EmptyState, Label, page_head
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

WIDTHS = (56, 152, 116, 132, 0, 104)
"""Widths of the columns in pixels; the subject takes what is left."""
WHO, WHAT = 2, 3
WIDEST = 210
"""To which the columns of people and of kinds grow, in pixels, where a name is longer than they are wide."""
PADDING = 18
ROW_HEIGHT = 32
EMPTY = (t("The ledger is empty"), t("Everything that is done on this desk will stand here."))
NOTHING = (t("No such entry"), t("Nothing in the ledger fits what is asked for above. Ask for less."))


class LedgerPage(QWidget):
    """The table of entries. The chain is verified on request, with everything else, by `File > Verify desk`.

    Signals:
        asked: The name of an action that one of the buttons stands for.
    """

    asked = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._fault: str | None = None
        self._verified = -1
        self._size, self._head = 0, ""
        self.model = LedgerModel(jobs, self)
        self.filters = Filters()
        self.filters.changed.connect(self.look)
        self.detail = EntryDetail()
        self.table = QTableView()
        self.table.setAccessibleName(t("Ledger, newest entry first"))
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setStyleSheet("QTableView::item { padding: 0 5px; }")
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(COLUMNS)):
            stretch = WIDTHS[column] == 0
            mode = QHeaderView.ResizeMode.Stretch if stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
            if not stretch:
                header.resizeSection(column, max(WIDTHS[column], header.sectionSizeHint(column)))
        self.state = Label("", tone="muted", wrap=True)
        self.verify = Button(t("Verify"), key=actions.get("verify").keys[0])
        self.jump = Button(t("Go to the first bad entry"))
        self.jump.clicked.connect(self.show_first_fault)
        self.jump.hide()
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.model.dataChanged.connect(self._come)

    def _lay_out(self) -> None:
        """Put the parts into one another, from the outside in: whatever is moved is styled again by Qt."""
        layout, head = page_head(self, t("Ledger"), self.state)
        head.addWidget(self.jump, 0, Qt.AlignmentFlag.AlignVCenter)
        for name, title in (("outside", t("Receipt…")), ("backup", t("Back up…")), ("erase", t("Erase…"))):
            button = Button(title)
            button.clicked.connect(lambda checked=False, name=name: self.asked.emit(name))
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.verify, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.filters)
        indented, parts, holder = QHBoxLayout(), QSplitter(Qt.Orientation.Horizontal), QWidget()
        layout.addLayout(indented, 1)
        indented.setContentsMargins(10, 0, 0, 0)
        indented.addWidget(parts)
        parts.setChildrenCollapsible(False)
        parts.addWidget(holder)
        self.empty = EmptyState(*EMPTY)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        parts.addWidget(self.detail)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 1)
        parts.setSizes([1000, 420])

    def reload(self) -> None:
        """Read the ledger again."""
        if self._jobs.path is None:
            self._show((0, "", [], []))
            return

        def work(db: Connection, task: Task) -> tuple[int, str, list[str], list[str]]:
            return (*ledger.head(db), ledger_reading.kinds(db), ledger_reading.actors(db))

        self._jobs.read("ledger", work, self._show)

    def look(self) -> None:
        """Show what the filters ask for."""
        wanted = self.filters.wanted()
        if wanted == Filter() or self._jobs.path is None:
            self._found(None)
            return

        def work(db: Connection, task: Task) -> array[int]:
            return ledger_reading.find(db, wanted)

        self._jobs.read("ledger filter", work, self._found)

    def _found(self, numbers: array[int] | None) -> None:
        self.model.numbers = numbers
        self.model.resize(self._size if numbers is None else len(numbers))
        self.empty.set_texts(*(NOTHING if numbers is not None else EMPTY))
        self._stack.setCurrentWidget(self.table if self.model.rowCount() else self.empty)
        self.detail.show_entry(None, "")
        self._say()

    def _choose(self, current: QModelIndex, before: QModelIndex) -> None:
        """Show the chosen entry in full."""
        entry: ledger.Entry | None = self.model.item(current.row()) if current.isValid() else None
        if entry is not None:
            self.show_detail(entry.seq)

    def _come(self, first: QModelIndex, last: QModelIndex) -> None:
        """Show the chosen entry where it was chosen before it was read."""
        current = self.table.currentIndex()
        if first.row() <= current.row() <= last.row() and not self.detail.shown:
            self._choose(current, current)

    def show_detail(self, number: int) -> None:
        """Show entry *number* in full."""

        def work(db: Connection, task: Task) -> Detail | None:
            return ledger_reading.detail(db, number)

        fault = self.model.faults.get(number, "")
        self._jobs.read("entry", work, lambda detail: self.detail.show_entry(detail, fault))

    def show_first_fault(self) -> None:
        """Choose the first bad entry, in whatever the filters show or else in all."""
        number = min(self.model.faults, default=0)
        if self.model.row_of(number) < 0:
            self.filters.clear()
            self._found(None)
        row = self.model.row_of(number)
        if row >= 0:
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self.show_detail(number)

    def set_verified(self, faults: Sequence[Fault]) -> None:
        """Remember what the last verification of the desk found."""
        self._fault = str(faults[0]) if faults else ""
        told: dict[int, str] = {}
        for fault in faults:
            if fault.entry:
                told[fault.entry] = f"{told[fault.entry]}; {fault}" if fault.entry in told else str(fault)
        self.model.faults = told
        self.jump.setVisible(bool(told))
        self._verified = -1
        self.reload()

    def forget(self) -> None:
        """Another desk is opened: nothing is known of its chain."""
        self._fault, self._verified = None, -1
        self.model.faults, self.model.numbers = {}, None
        self.jump.hide()
        self.filters.clear()

    def take_keyboard(self) -> None:
        """Put the keyboard on the table."""
        self.table.setFocus()

    def _show(self, found: tuple[int, str, list[str], list[str]]) -> None:
        """Show a ledger of this length and head, with these kinds of entries and these people."""
        self._size, self._head, kinds, actors = found
        if self._fault is not None and self._verified < 0:
            self._verified = self._size
        self.filters.offer(kinds, actors)
        self._fit(WHO, map(one_line, actors))
        self._fit(WHAT, map(called, kinds))
        self.look()

    def _fit(self, column: int, words: Iterable[str]) -> None:
        """Let *column* be wide enough for each of these *words*, within reason."""
        metrics = self.table.fontMetrics()
        wide = max((metrics.horizontalAdvance(word) for word in words), default=0) + PADDING
        if WIDTHS[column] < wide:
            self.table.horizontalHeader().resizeSection(column, min(wide, WIDEST))

    def _say(self) -> None:
        """Say how long the ledger is, what was found in it, and what is known of the chain."""
        size, name, shown = self._size, self._head, self.model.rowCount()
        words = counted(size, "entry", "entries") + (t(" · head {name}…", name=name[:16]) if size else "")
        if self.model.numbers is not None:
            words = t("{shown:,} of {words}", shown=shown, words=words)
        if self._fault:
            words += f" · {self._fault}"
        elif self._fault == "":
            words += t(" · ✓ verified up to entry {verified:,}", verified=self._verified)
        elif size:
            words += t(" · not verified since this window was opened")
        self.state.set_tone("error" if self._fault else "ok" if self._fault == "" else "muted")
        self.state.setText(words)
