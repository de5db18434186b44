"""The ledger as a table, newest entry first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Qt

from dreamdesk.desk import ledger, sampling
from dreamdesk.desk.database import Connection
from dreamdesk.gui import theme
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.models.pages import Index, PageModel
from dreamdesk.model.text import one_line

COLUMNS = ("No.", "Time (UTC)", "Who", "What", "Subject", "Hash")
HASH_SHOWN = 12


class LedgerModel(PageModel):
    """Entries by position, newest first."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, "ledger", len(COLUMNS), parent)

    def fetch(self, db: Connection, start: int, count: int) -> Sequence[ledger.Entry]:
        """Return the entries of these positions."""
        # Whoever looks here: what a second look must not know yet is covered for all.
        return sampling.without_first(db, ledger.page(db, start, count), "")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if role == Qt.ItemDataRole.FontRole and index.column() == len(COLUMNS) - 1:
            return theme.font(theme.current().small + 1, mono=True)
        # A tool tip only for the hash: Qt would draw another's words as markup where they look like it.
        full = role == Qt.ItemDataRole.ToolTipRole and index.column() == len(COLUMNS) - 1
        if role != Qt.ItemDataRole.DisplayRole and not full:
            return None
        entry: ledger.Entry | None = self.item(index.row())
        if entry is None:
            return ""
        match index.column():
            case 0:
                return f"{entry.seq:,}"
            case 1:
                return f"{datetime.fromtimestamp(entry.at / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
            case 2:
                return one_line(entry.actor) or "the desk"
            case 3:
                return one_line(entry.type).replace("-", " ").capitalize()
            case 4:
                return one_line(entry.subject)
            case _:
                return entry.hash if full else entry.hash[:HASH_SHOWN]

    def headerData(  # noqa: D102
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None
