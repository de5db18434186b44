"""Where a source, an episode, an auditor or a text went: every line of every bundle, and what each line rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QWidget,
)

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.models.pages import ROOT, Index
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line, reveal

KINDS = {
    "text": (t("Text"), t("A name, a number, or any words that stand in it")),
    "source": (t("Source file"), t("Its name, or how its SHA-256 begins")),
    "episode": (t("Episode"), t("Its number on this desk")),
    "auditor": (t("Auditor"), t("Who decided on it or released it")),
}
"""What may be looked for: what the choice is called, and what is to be typed."""

COLUMNS = (t("Bundle"), t("File"), t("Line"), t("Correction"), t("Why"))
WIDTHS = (190, 250, 60, 90, 0)


class LineModel(QAbstractTableModel):
    """The lines that were found, bundle by bundle."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[pipeline.TracedLine] = []

    def show_rows(self, rows: list[pipeline.TracedLine]) -> None:
        """Show *rows*."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        row = self.rows[index.row()]
        cells = (one_line(Path(row.folder).name), row.file, str(row.line), str(row.correction), one_line(row.why))
        return cells[index.column()]

    def headerData(  # noqa: D102
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class TraceDialog(Frame):
    """Looks for one thing in all that left the desk, and shows what the chosen line rests on."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Find what left"),
            t("Every line of every bundle of this desk that one thing leads to."),
            t("Find"),
            parent,
        )
        self._jobs = jobs
        self.resize(980, 680)
        self.kind = QComboBox()
        self.kind.setAccessibleName(t("What to look for"))
        for name, (title, _) in KINDS.items():
            self.kind.addItem(title, name)
        self.kind.currentIndexChanged.connect(self._changed)
        self.sought = QLineEdit()
        self.sought.setAccessibleName(t("Look for"))
        self.sought.setClearButtonEnabled(True)
        self.sought.textChanged.connect(self._changed)
        row = QHBoxLayout()
        row.addWidget(self.kind)
        row.addWidget(self.sought, 1)
        self.body.addLayout(row)
        self.found = Label("", tone="muted", wrap=True)
        self.body.addWidget(self.found)
        self.model = LineModel(self)
        self.table = self._make_table()
        self.body.addWidget(self.table, 3)
        self.detail = QPlainTextEdit()
        self.detail.setAccessibleName(t("What the chosen line rests on"))
        self.detail.setReadOnly(True)
        self.detail.setFont(theme.font(theme.current().small + 1, mono=True))
        self.detail.setPlaceholderText(t("Choose a line: its source, model, checks and decisions will stand here."))
        self.body.addWidget(self.detail, 2)
        self.close_button.setText(t("Close"))
        self._changed()
        self.sought.setFocus()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName(t("Lines that were found"))
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setStyleSheet("QTableView::item { padding: 0 5px; }")
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate(WIDTHS):
            header.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            )
            if width:
                header.resizeSection(column, max(width, header.sectionSizeHint(column)))
        table.selectionModel().currentRowChanged.connect(lambda *_: self._trace())
        return table

    def _changed(self, *_: object) -> None:
        self.sought.setPlaceholderText(KINDS[self.kind.currentData()][1])
        self.set_busy(not self.sought.text().strip())

    def go(self) -> None:
        """Look for what is typed."""
        kind, text = self.kind.currentData(), self.sought.text().strip()
        if kind == "episode" and not (text.isascii() and text.isdigit() and len(text) < 19):
            self.say(t("An episode is named by its number on this desk."))
            return
        self.say("")
        self.set_busy(True)
        sought: dict[str, Any] = {kind: int(text) if kind == "episode" else text}

        def work(db: Connection, task: Task) -> tuple[list[pipeline.TracedLine], list[str]]:
            return pipeline.trace_desk(db, **sought), pipeline.untraced(db)

        self._jobs.read("trace", work, lambda found: self._show(*found), self._failed)

    def _failed(self, words: str) -> None:
        self.set_busy(False)
        self.say(words)

    def _show(self, lines: list[pipeline.TracedLine], unknown: list[str]) -> None:
        self.set_busy(False)
        self.model.show_rows(lines)
        self.detail.clear()
        bundles = {line.folder for line in lines}
        told = t("{lines} in {bundles}.", lines=counted(len(lines), "line"), bundles=counted(len(bundles), "bundle"))
        if lines:
            told += t(" The report and the provenance of these bundles tell it, too.")
        if unknown:
            told += t(" Of {unknown} the desk does not know the lines.", unknown=counted(len(unknown), "older bundle"))
        self.found.setText(told)
        if lines:
            self.table.selectRow(0)
            self.table.setFocus()

    def _trace(self) -> None:
        row = self.table.currentIndex().row()
        if not 0 <= row < len(self.model.rows):
            return
        line = self.model.rows[row]

        def work(db: Connection, task: Task) -> list[str]:
            return pipeline.told(pipeline.trace_line(Path(line.folder), f"{line.file}:{line.line}"))

        self._jobs.read(
            "trace-line",
            work,
            lambda told: self.detail.setPlainText("\n".join(reveal(sentence) for sentence in told)),
            lambda words: self.detail.setPlainText(reveal(words)),
        )
