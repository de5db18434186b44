"""The ledger: every entry, newest first, and whether the chain is whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from dreamdesk import actions
from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.models.ledger_model import COLUMNS, LedgerModel
from dreamdesk.gui.widgets import Button, EmptyState, Label

WIDTHS = (72, 168, 170, 190, 0, 140)
"""Widths of the columns in pixels; the subject takes what is left."""
ROW_HEIGHT = 32


class LedgerPage(QWidget):
    """The table of entries. The chain is verified on request, with everything else, by `File > Verify desk`."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._fault: str | None = None
        self._verified = -1
        self.model = LedgerModel(jobs, self)
        self.table = QTableView()
        self.table.setAccessibleName("Ledger, newest entry first")
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
                header.resizeSection(column, WIDTHS[column])
        self.state = Label("", tone="muted")
        self.verify = Button("Verify", key=actions.get("verify").keys[0])
        head = QHBoxLayout()
        head.setContentsMargins(18, 14, 18, 10)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(Label("Ledger", role="title"))
        words.addWidget(self.state)
        head.addLayout(words, 1)
        head.addWidget(self.verify, 0, Qt.AlignmentFlag.AlignVCenter)
        self.empty = EmptyState("The ledger is empty", "Everything that is done on this desk will stand here.")
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        indented = QHBoxLayout()
        indented.setContentsMargins(10, 0, 0, 0)
        indented.addWidget(holder)
        layout.addLayout(indented, 1)

    def reload(self) -> None:
        """Read the ledger again."""
        if self._jobs.path is None:
            self._show((0, ""))
            return

        def work(db: Connection, task: Task) -> tuple[int, str]:
            return ledger.head(db)

        self._jobs.read("ledger", work, self._show)

    def set_verified(self, faults: list[str]) -> None:
        """Remember what the last verification of the desk found."""
        self._fault = faults[0] if faults else ""
        self._verified = -1
        self.reload()

    def forget(self) -> None:
        """Another desk is opened: nothing is known of its chain."""
        self._fault, self._verified = None, -1

    def take_keyboard(self) -> None:
        """Put the keyboard on the table."""
        self.table.setFocus()

    def _show(self, head: tuple[int, str]) -> None:
        """Show a ledger of this length and head."""
        size, name = head
        if self._fault is not None and self._verified < 0:
            self._verified = size
        self.model.resize(size)
        self._stack.setCurrentWidget(self.table if size else self.empty)
        words = f"{size:,} entr{'y' if size == 1 else 'ies'}" + (f" · head {name[:16]}…" if size else "")
        if self._fault:
            words += f" · {self._fault}"
        elif self._fault == "":
            words += f" · ✓ verified up to entry {self._verified:,}"
        elif size:
            words += " · not verified since this window was opened"
        self.state.set_tone("error" if self._fault else "ok" if self._fault == "" else "muted")
        self.state.setText(words)
