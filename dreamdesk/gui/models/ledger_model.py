"""The ledger as a table, newest entry first, all of it or what was looked for."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from dreamdesk.desk import ledger, ledger_reading, sampling
from dreamdesk.desk.database import Connection
from dreamdesk.gui import theme
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.models.pages import Index, PageModel
from dreamdesk.gui.widgets.label import plain_tooltip
from dreamdesk.language import numeral, t
from dreamdesk.model.text import one_line

COLUMNS = (t("No."), t("Time (UTC)"), t("Who"), t("What"), t("Subject"), t("Hash"))
HASH_SHOWN = 12


class LedgerModel(PageModel):
    """Entries by position, newest first.

    Attributes:
        numbers: The entries that were looked for, newest first; None for all.
        faults: What is wrong, by the number of the entry.
    """

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, "ledger", len(COLUMNS), parent)
        self.numbers: array[int] | None = None
        self.faults: Mapping[int, str] = {}

    def fetch(self, db: Connection, start: int, count: int) -> Sequence[ledger.Entry]:
        """Return the entries of these positions."""
        if self.numbers is not None:
            found = ledger_reading.entries(db, self.numbers[start : start + count])
        else:
            found = ledger.page(db, start, count)
        # Whoever looks here: what a second look must not know yet is covered for all.
        return sampling.without_first(db, found, "")

    def row_of(self, number: int) -> int:
        """Return the position of entry *number*, -1 where it is not among those that are shown."""
        if self.numbers is None:
            row = self.rowCount() - number
            return row if 0 <= row < self.rowCount() else -1
        return self.numbers.index(number) if number in self.numbers else -1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if role == Qt.ItemDataRole.FontRole and index.column() == len(COLUMNS) - 1:
            return theme.font(theme.current().small + 1, mono=True)
        full = role == Qt.ItemDataRole.ToolTipRole
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ForegroundRole) and not full:
            return None
        entry: ledger.Entry | None = self.item(index.row())
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(theme.current().error_text) if entry and entry.seq in self.faults else None
        if entry is None:
            return ""
        words = _cell(entry, index.column(), full)
        return plain_tooltip(words) if full else words

    def headerData(  # noqa: D102
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


def _cell(entry: ledger.Entry, column: int, full: bool) -> str:
    match column:
        case 0:
            return numeral(entry.seq)
        case 1:
            return when(entry.at)
        case 2:
            return one_line(entry.actor) or t("the desk")
        case 3:
            return called(entry.type)
        case 4:
            return one_line(entry.subject)
        case _:
            return entry.hash if full else entry.hash[:HASH_SHOWN]


def called(kind: str) -> str:
    """Return a type of entry as people read it."""
    return t(one_line(kind).replace("-", " ").capitalize())


def when(at: int) -> str:
    """Return a time in nanoseconds since 1970 as people read it, in UTC."""
    return f"{datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d %H:%M:%S}"
