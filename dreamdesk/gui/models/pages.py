"""A table of any length, of which only the pages that were looked at are in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dreamdesk.desk.database import Connection
from dreamdesk.gui.jobs import Jobs, Task

PAGE = 128
"""Rows in a page."""
KEEP = 64
"""Pages kept: 8,192 rows, far more than any screen shows."""

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class PageModel(QAbstractTableModel):
    """Rows by position. A row that is not in memory is asked of a job, and shown when it comes."""

    def __init__(self, jobs: Jobs, name: str, columns: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._name = name
        self._columns = columns
        self._size = 0
        self._pages: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._asked: set[int] = set()
        self._edition = 0

    def fetch(self, db: Connection, start: int, count: int) -> Sequence[Any]:
        """Return the rows ``start`` to ``start + count``; runs in a job's thread."""
        raise NotImplementedError

    def resize(self, size: int) -> None:
        """Begin again with *size* rows, none of which is in memory."""
        self.beginResetModel()
        self._size = size
        self._pages.clear()
        self._asked.clear()
        self._edition += 1
        self.endResetModel()

    def item(self, row: int) -> Any:
        """Return the row at position *row*, or None while it is being fetched."""
        number, offset = divmod(row, PAGE)
        page = self._pages.get(number)
        if page is None:
            self._ask(number)
            return None
        self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

    def _ask(self, number: int) -> None:
        """Fetch a page, once."""
        if number in self._asked or self._jobs.path is None:
            return
        self._asked.add(number)
        edition = self._edition
        start = number * PAGE
        count = min(PAGE, self._size - start)

        def work(db: Connection, task: Task) -> Sequence[Any]:
            return self.fetch(db, start, count)

        def done(rows: Sequence[Any]) -> None:
            if edition == self._edition:
                self._keep(number, rows)

        self._jobs.read(f"{self._name} {edition} {number}", work, done)

    def _keep(self, number: int, rows: Sequence[Any]) -> None:
        """Take in a page that has come, and let go of the one that was looked at longest ago."""
        self._asked.discard(number)
        self._pages[number] = rows
        while len(self._pages) > KEEP:
            self._pages.popitem(last=False)
        first = number * PAGE
        last = min(first + PAGE, self._size) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, self._columns - 1))

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else self._size

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else self._columns

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        raise NotImplementedError
