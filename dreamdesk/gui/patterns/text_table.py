"""A small table of words and figures, such as an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.models.pages import ROOT, Index
from dreamdesk.gui.widgets.label import plain_tooltip
from dreamdesk.model.text import one_line

ROW_HEIGHT = 30


class _Model(QAbstractTableModel):
    def __init__(self, columns: Sequence[str], parent: QObject | None = None, *, words: Sequence[int] = ()) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.words = frozenset((0, *words))
        self.rows: tuple[tuple[str, ...], ...] = ()
        self.faint: frozenset[int] = frozenset()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            words = one_line(self.rows[index.row()][index.column()])
            return words if role == Qt.ItemDataRole.DisplayRole else plain_tooltip(words)
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.color("muted" if index.row() in self.faint else "text")
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() not in self.words:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section in self.words else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class TextTable(QTableView):
    """Shows rows of text as high as they need; the first column takes what the others, of these *widths*, leave.

    The others stand to the right, as figures do, but for those that hold *words*. With *first*, the first column is so
    wide and no wider, for figures that would stand far from what they are of.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        widths: Sequence[int],
        parent: QWidget | None = None,
        *,
        words: Sequence[int] = (),
        first: int = 0,
    ) -> None:
        super().__init__(parent)
        self._model = _Model(columns, self, words=words)
        self.setModel(self._model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setStyleSheet("QTableView::item { padding: 0 6px; }")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed if first else QHeaderView.ResizeMode.Stretch)
        if first:
            header.resizeSection(0, first)
        for column, width in enumerate(widths, 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, max(width, header.sectionSizeHint(column)))
        self.horizontalScrollBar().rangeChanged.connect(self._fit)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Sequence[str]], faint: frozenset[int] = frozenset()) -> None:
        """Show *rows*; those in *faint* are baselines."""
        self._model.beginResetModel()
        self._model.rows, self._model.faint = tuple(tuple(row) for row in rows), faint
        self._model.endResetModel()
        self._fit()

    def _fit(self) -> None:
        """Be as high as the rows, and the bar under them where the columns need one."""
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.maximum() > 0 else 0
        rows = ROW_HEIGHT * len(self._model.rows)
        self.setFixedHeight(rows + self.horizontalHeader().sizeHint().height() + 4 + below)

    def texts(self) -> list[tuple[str, ...]]:
        """Return what is shown, row by row."""
        return list(self._model.rows)
