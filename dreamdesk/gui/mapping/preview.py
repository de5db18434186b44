"""The first episodes as they would stand on the desk, and what would be passed over."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.import_report import skipped_line
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, t
from dreamdesk.model.episode import Actor, Episode, Kind, OutcomeState, Step
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.mapping import Preview

STEPS_SHOWN = 60
SKIPS_SHOWN = 200
_ROW = 24
_KINDS = {
    Kind.MESSAGE: t("message"),
    Kind.THINKING: t("thinking"),
    Kind.TOOL_CALL: t("calls"),
    Kind.TOOL_RESULT: t("result"),
    Kind.HANDOFF: t("hand-off"),
    Kind.GAP: t("gap"),
}
_TONES = {
    OutcomeState.FAILED: "error_text",
    OutcomeState.SUCCEEDED: "ok_text",
    OutcomeState.PARTIAL: "warn_text",
    OutcomeState.UNKNOWN: "muted",
}
_ACTORS = {Actor.USER: "text", Actor.AGENT: "accent_text", Actor.TOOL: "tool_text", Actor.SYSTEM: "muted"}


class PreviewPanel(QWidget):
    """A sentence that sums up, and the tree of episodes and steps."""

    def __init__(self) -> None:
        super().__init__()
        self.summary = Label(t("Reading the file …"), tone="muted", wrap=True)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(t("Preview of the episodes"))
        self.tree.setHeaderLabels([t("Who"), t("What"), t("Text")])
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(16)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, 112)
        header.resizeSection(1, 150)
        self.whole = Label("", tone="muted", wrap=True)
        self.whole.setMaximumHeight(120)
        self.tree.currentItemChanged.connect(self._explain)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        column.addWidget(self.whole)

    def show_preview(self, preview: Preview, records: str) -> None:
        """Show what came of the sample, which is *records* in words."""
        self.tree.clear()
        self.whole.setText("")
        if preview.fault:
            self.summary.set_tone("error")
            self.summary.setText(t("Nothing can be read like this: {fault}", fault=preview.fault))
            return
        self.summary.set_tone("muted" if preview.count else "error")
        shown = (
            t(" The first {episodes:,} are shown.", episodes=len(preview.episodes))
            if preview.count > len(preview.episodes)
            else ""
        )
        skipped = (
            t("; {skipped} could not be read", skipped=counted(len(preview.skipped), "place"))
            if preview.skipped
            else ""
        )
        self.summary.setText(
            f"{records}: {counted(preview.count, 'episode')}, {counted(preview.steps, 'step')}{skipped}.{shown}"
        )
        for number, episode in enumerate(preview.episodes):
            item = _episode(episode)
            self.tree.addTopLevelItem(item)
            item.setFirstColumnSpanned(True)
            item.setExpanded(number < 3)
        self._add_list(t("Could not be read"), [skipped_line(skip) for skip in preview.skipped], "error_text")
        self._add_list(t("The report will say"), list(preview.notes), "muted")

    def _add_list(self, title: str, lines: list[str], tone: str) -> None:
        if not lines:
            return
        item = _line([t("{title} ({lines:,})", title=title, lines=len(lines))], tone)
        self.tree.addTopLevelItem(item)
        item.setFirstColumnSpanned(True)
        for line in lines[:SKIPS_SHOWN]:
            child = _line([one_line(line, 300)], tone)
            item.addChild(child)
            child.setFirstColumnSpanned(True)
        item.setExpanded(True)

    def _explain(self, item: QTreeWidgetItem | None) -> None:
        """Show the whole of a line that the tree may cut."""
        self.whole.setText("" if item is None else item.text(2) or item.text(0))


def _episode(episode: Episode) -> QTreeWidgetItem:
    words = [one_line(episode.title, 120), counted(len(episode.steps), "step"), t(episode.outcome.state.value)]
    item = _line(["  ·  ".join(words)], _TONES[episode.outcome.state])
    font = QFont(item.font(0))
    font.setWeight(QFont.Weight.DemiBold)
    item.setFont(0, font)
    for step in episode.steps[:STEPS_SHOWN]:
        item.addChild(_step(step))
    if (more := len(episode.steps) - STEPS_SHOWN) > 0:
        item.addChild(_line(["", "", t("… and {more}", more=counted(more, "more step"))], "muted"))
    return item


def _step(step: Step) -> QTreeWidgetItem:
    what = (
        _KINDS[step.kind]
        + (f" {one_line(step.tool, 40)}" if step.tool else "")
        + (t(", error") if step.is_error else "")
    )
    item = _line([t(step.actor.value), what, one_line(step.content, 400)], "text")
    item.setForeground(0, theme.color(_ACTORS[step.actor]))
    item.setForeground(1, theme.color("error_text" if step.is_error else "muted"))
    return item


def _line(cells: list[str], tone: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem(cells)
    item.setSizeHint(0, QSize(0, _ROW))
    for column in range(len(cells)):
        item.setForeground(column, theme.color(tone))
    return item
