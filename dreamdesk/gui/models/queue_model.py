"""The queue: episodes worst first, as one column that a delegate paints."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt

from dreamdesk.desk import queue
from dreamdesk.desk.database import Connection
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.models.pages import Index, PageModel
from dreamdesk.model.text import one_line

ROW = Qt.ItemDataRole.UserRole
"""The `queue.Row` itself, or None while it is being fetched."""
OPEN = Qt.ItemDataRole.UserRole + 1
"""Whether the desk's view of the episode may be shown."""


class QueueModel(PageModel):
    """The episodes of one tab as `auditor` may see them.

    `unveiled` are those whose error point may be shown although the officer marks first.
    """

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, "queue", 1, parent)
        self.ids: array[int] = array("q")
        self.text = ""
        self.steps: Mapping[int, int | None] = {}
        self.auditor = ""
        self.unveiled: set[int] = set()

    def set_ids(self, ids: array[int], text: str = "", steps: Mapping[int, int | None] | None = None) -> None:
        """Show these episodes; *text* was looked for, and stands in these *steps* (see `search.episodes`)."""
        self.ids, self.text, self.steps = ids, text, steps or {}
        self.resize(len(ids))

    def episode(self, row: int) -> int | None:
        """Return the episode at position *row*, or None when there is no such position."""
        return self.ids[row] if 0 <= row < len(self.ids) else None

    def position(self, episode: int) -> int:
        """Return the position of *episode*, or -1."""
        try:
            return self.ids.index(episode)
        except ValueError:
            return -1

    def unveil(self, episode: int) -> None:
        """Show the desk's view of *episode* from now on."""
        self.unveiled.add(episode)
        if (row := self.position(episode)) >= 0:
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def shows(self, row: queue.Row) -> bool:
        """Tell whether the desk's view of the episode in *row* may be shown."""
        return not row.hidden or row.episode in self.unveiled

    def fetch(self, db: Connection, start: int, count: int) -> Sequence[queue.Row]:
        """Return the rows of these positions."""
        rows = queue.rows(db, self.ids[start : start + count])
        if self.text:
            rows = queue.with_hits(db, rows, self.text, self.steps)
        return queue.veiled(db, rows, self.auditor)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        row: queue.Row | None = self.item(index.row())
        if role == ROW:
            return row
        if role == OPEN:
            return row is not None and self.shows(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return "" if row is None else one_line(row.title)
        return None
