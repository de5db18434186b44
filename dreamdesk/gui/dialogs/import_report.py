"""What an import understood, and what it did not: file by file, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui import choosing, printing, theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, numeral, t, tn
from dreamdesk.model.source import ImportReport, Skip
from dreamdesk.model.text import one_line

COLUMNS = (
    t("File"),
    t("Format"),
    t("Episodes"),
    t("Failed"),
    t("Succeeded"),
    t("Partial"),
    t("Unknown"),
    t("Steps"),
    t("Skipped"),
)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROW_HEIGHT = 26
PATH = int(Qt.ItemDataRole.UserRole)
"""Where an item keeps the path of a file that can be mapped."""
SKIPS_SHOWN = 1000
"""Skipped records listed for one file; the count above them is always the whole one."""


def total(reports: Sequence[ImportReport]) -> str:
    """Return one sentence that sums the reports up."""
    fresh = [report for report in reports if not report.known]
    episodes = sum(report.episodes for report in fresh)
    failed = sum(report.failed for report in fresh)
    skipped = sum(len(report.skipped) for report in reports if report.format)
    read = [report for report in fresh if report.format]
    words = t(
        "{read} read: {episodes}, {failed:,} of them failed.",
        read=counted(len(read), "file"),
        episodes=counted(episodes, "episode"),
        failed=failed,
    )
    if strange := len(fresh) - len(read):
        words += tn(
            " 1 file is in no format that the desk knows.",
            " {n:,} files are in no format that the desk knows.",
            strange,
        )
    if known := len(reports) - len(fresh):
        words += tn(" 1 file was on the desk already.", " {n:,} files were on the desk already.", known)
    if skipped:
        words += tn(
            " 1 record could not be read and is listed below.",
            " {n:,} records could not be read and are listed below.",
            skipped,
        )
    return words


_KINDS = {
    "the document": t("the document"),
    "the file": t("the file"),
    "the archive": t("the archive"),
    "document": t("document"),
    "line": t("line"),
    "element": t("element"),
    "item": t("item"),
    "case": t("case"),
    "trace": t("trace"),
    "invocation": t("invocation"),
}
_KIND = re.compile(rf"(?<![^ ,])({'|'.join(_KINDS)})(?= \d|,|$)")
"""Where records stand, as the readers say it: alone, before a number, or one within the other."""


def skipped_line(skip: Skip) -> str:
    """Return where and why, on one line; many reasons begin with the place."""
    reason = one_line(skip.reason.removeprefix(f"{skip.place}: "), 400)
    return f"{_KIND.sub(lambda kind: _KINDS[kind[0]], one_line(skip.place, 120))}: {t(reason)}"


class ImportReportDialog(Frame):
    """One line for each file; below it what was skipped, with its place and the reason, and the reader's notes.

    Signals:
        mappingWanted: The fields of a file of unknown format are to be mapped; its path.
    """

    mappingWanted = Signal(str)

    def __init__(
        self,
        reports: Sequence[ImportReport],
        trouble: str = "",
        parent: QWidget | None = None,
        jobs: Jobs | None = None,
        *,
        later: bool = False,
    ) -> None:
        super().__init__(t("Import reports") if later else t("Import report"), total(reports), parent=parent)
        self._reports, self._jobs = reports, jobs
        self.resize(1080, 480)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(t("Imported files"))
        self.tree.setHeaderLabels(list(COLUMNS))
        self.tree.setUniformRowHeights(True)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(COLUMNS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, max(140 if column == 1 else 76, header.sectionSizeHint(column)))
            if column > 1:
                self.tree.headerItem().setTextAlignment(column, RIGHT)
        for report in reports:
            self._add(report)
        self.body.addWidget(self.tree, 1)
        self.detail = Label("", tone="muted", wrap=True)
        self.detail.hide()
        self.body.addWidget(self.detail)
        self.map_button = Button(t("Map fields…"))
        self.map_button.setAutoDefault(False)
        self.map_button.clicked.connect(self._map)
        self.map_button.setVisible(any(report.mappable for report in reports))
        self.buttons.insertWidget(0, self.map_button)
        papers = ((t("Print…"), self.print_out), (t("Save as…"), self.save)) if jobs is not None else ()
        for place, (words, do) in enumerate(papers, 1):
            button = Button(words)
            button.setAutoDefault(False)
            button.clicked.connect(do)
            self.buttons.insertWidget(place, button)
        self.tree.currentItemChanged.connect(self._explain)
        if trouble:
            self.say(trouble)
        self.close_button.setText(t("Close") if later else t("Continue"))
        self.close_button.setDefault(True)
        self.close_button.setFocus()
        items = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        strange = [item for item in items if item is not None and item.data(0, PATH)]
        unread = [item for item, report in zip(items, reports, strict=True) if item is not None and report.skipped]
        if asking := strange + unread:
            self.tree.setCurrentItem(asking[0])

    def html(self) -> str:
        """Return the reports as a page; what comes from a source is escaped in it."""
        return pipeline.report_page(self._reports)

    def print_out(self) -> None:
        """Ask for a printer."""
        self.printer = printing.ask(self, self.html())

    def save(self) -> None:
        """Ask where the page shall be kept, as PDF or HTML."""
        choosing.page(self, t("import report"), self.keep)

    def keep(self, path: Path) -> None:
        """Keep the page at *path*; what went wrong stands in the dialog."""
        page = self.html()

        def work(db: Connection, task: Task) -> None:
            printing.keep(path, page, t("Import report"))

        assert self._jobs is not None
        self._jobs.read(f"page {path}", work, self._kept, self.say)

    def _kept(self, nothing: None) -> None:
        self.say("")

    def _map(self) -> None:
        """Ask for the assistant for the file that is selected."""
        item = self.tree.currentItem()
        path = item.data(0, PATH) if item is not None else ""
        self.accept()
        self.mappingWanted.emit(path)

    def _explain(self, item: QTreeWidgetItem | None) -> None:
        """Show the whole of a line that the list may cut."""
        words = item.text(0) if item is not None and item.parent() is not None else ""
        self.detail.setText(words)
        self.detail.setVisible(bool(words))
        self.map_button.setEnabled(item is not None and bool(item.data(0, PATH)))

    def _add(self, report: ImportReport) -> None:
        """Add one file."""
        counts = (report.episodes, report.failed, report.succeeded, report.partial, report.unknown, report.steps)
        cells = [
            one_line(report.source, 200),
            t("on the desk already") if report.known else one_line(report.format, 40) or t("not recognised"),
            *(numeral(count) for count in counts),
            numeral(len(report.skipped)),
        ]
        item = QTreeWidgetItem(cells)
        for column in range(2, len(COLUMNS)):
            item.setTextAlignment(column, RIGHT)
        self.tree.addTopLevelItem(item)
        item.setData(0, PATH, report.mappable)
        item.setSizeHint(0, QSize(0, ROW_HEIGHT))
        below = [skipped_line(skip) for skip in report.skipped[:SKIPS_SHOWN]]
        if len(report.skipped) > SKIPS_SHOWN:
            below.append(t("… and {skipped:,} more", skipped=len(report.skipped) - SKIPS_SHOWN))
        below += [t("{words}: {count:,}", words=t(words), count=count) for words, count in pipeline.report_gaps(report)]
        below += [
            t("Form or version: {name}, {count:,}", name=one_line(name, 60), count=count)
            for name, count in report.dialects.items()
        ]
        below += [
            t("Joined from beside it: {beside}", beside=one_line(beside.name, 120)) for beside in report.companions
        ]
        for words in (*below, *(one_line(note, 300) for note in report.notes)):
            child = QTreeWidgetItem([words])
            child.setData(0, PATH, report.mappable)
            item.addChild(child)
            child.setFirstColumnSpanned(True)
            child.setForeground(0, theme.color("muted"))
        item.setExpanded(bool(report.skipped))
