"""The list of bundles and drafts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.models.pages import ROOT, Index
from dreamdesk.gui.widgets.label import plain_tooltip
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

COLUMNS = (t("Bundle"), t("Written (UTC)"), t("Holds"), t("Recipient"), t("Signed by"), t("State"))
WIDTHS = (168, 130, 124, 0, 130, 142)
"""Of the columns, in pixels; the recipient takes what is left."""
ROW_HEIGHT = 34


def state_of(shown: pipeline.ShownBundle) -> tuple[str, str]:
    """Return in what state a bundle is, in words, and the tone of these words."""
    if shown.draft is not None:
        return t("Draft, {signers} of {required} signed", signers=len(shown.signers), required=shown.required), "warn"
    if shown.recalled:
        whole = shown.recalled >= shown.corrections
        return t("Recalled") if whole else t("{recalled} recalled", recalled=shown.recalled), "error"
    return (t("Released"), "ok") if shown.there else (t("Released, moved"), "muted")


def holds(shown: pipeline.ShownBundle) -> str:
    """Return what is in a bundle, in words."""
    told = [counted(shown.corrections, "correction")] if shown.corrections else []
    return ", ".join([*told, *([counted(shown.memory, "memory change")] if shown.memory else [])])


class BundleModel(QAbstractTableModel):
    """Drafts first, then bundles, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[pipeline.ShownBundle, ...] = ()

    def show_rows(self, rows: Sequence[pipeline.ShownBundle]) -> None:
        """Show *rows*."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        shown, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.ForegroundRole and column == len(COLUMNS) - 1:
            return theme.color(state_of(shown)[1])
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        cells = (
            one_line(shown.name),
            f"{datetime.fromtimestamp(shown.at / 1e9, UTC):%Y-%m-%d %H:%M}",
            holds(shown),
            one_line(shown.recipient) or t("not said"),
            one_line(", ".join(shown.signers)) or t("nobody yet"),
            state_of(shown)[0],
        )
        return plain_tooltip(cells[column]) if role == Qt.ItemDataRole.ToolTipRole else cells[column]

    def headerData(  # noqa: D102
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


def bundle_table(model: BundleModel, parent: QWidget | None = None) -> QTableView:
    """Return the view of *model*."""
    table = QTableView(parent)
    table.setAccessibleName(t("Bundles and drafts, newest first"))
    table.setModel(model)
    table.setShowGrid(False)
    table.setStyleSheet("QTableView::item { padding: 0 5px; }")
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for column, width in enumerate(WIDTHS):
        header.setSectionResizeMode(
            column, QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
        )
        if width:
            header.resizeSection(column, max(width, header.sectionSizeHint(column)))
    return table
