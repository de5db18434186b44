"""What a packet brings, leaves out and contradicts, as a tree that a person reads from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.widgets import plain_tooltip
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

EPISODE = int(Qt.ItemDataRole.UserRole)
"""Where a line keeps the episode that it is about."""
ROW_HEIGHT = 26
SHOWN = 500
"""Lines of one heading; the count in the heading is always the whole one."""

KINDS = {
    "decisions": t("Two decisions"),
    "amendments": t("Two amendments"),
    "outcomes": t("Two outcomes"),
    "verdict": t("Two verdicts of the source"),
    "key": t("One name, two keys"),
    "role": t("Two roles"),
    "rules": t("Two rules"),
}
"""What each kind of conflict is called."""


class FindingsTree(QTreeWidget):
    """Headings with what belongs to them; a conflict has its two sides and the way out below it.

    Signals:
        episodeChosen: A line about an episode was chosen.
    """

    episodeChosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(False)
        self.setWordWrap(True)
        self.setRootIsDecorated(True)
        self.setIndentation(18)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.itemActivated.connect(self._choose)

    def heading(self, words: str, lines: Sequence[str], tone: str = "text") -> None:
        """Add a heading with plain *lines* below it; nothing where there are none."""
        if lines:
            top = self._line(None, words, tone)
            for one in lines[:SHOWN]:
                self._line(top, one, "muted")
            if len(lines) > SHOWN:
                self._line(top, t("… and {lines:,} more", lines=len(lines) - SHOWN), "muted")
            top.setExpanded(True)

    def conflicts(self, found: Sequence[pipeline.PacketConflict]) -> None:
        """Add the conflicts, each with both sides."""
        if not found:
            return
        top = self._line(None, t("{found}: both sides are kept", found=counted(len(found), "conflict")), "error")
        for one in found[:SHOWN]:
            about = self._line(top, f"{KINDS.get(one.kind, one.kind)}: {one_line(one.about, 200)}", "text", one.episode)
            for side in one.sides:
                self._line(about, one_line(side, 400), "text", one.episode)
            self._line(about, one.way_out, "muted", one.episode)
            about.setExpanded(True)
        top.setExpanded(True)

    def _line(
        self, above: QTreeWidgetItem | None, words: str, tone: str, episode: int | None = None
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem([one_line(words, 600)])
        item.setForeground(0, theme.color(tone))
        item.setData(0, EPISODE, episode)
        item.setSizeHint(0, QSize(0, ROW_HEIGHT))
        if above is None:
            self.addTopLevelItem(item)
        else:
            above.addChild(item)
        item.setToolTip(0, plain_tooltip(words))
        return item

    def _choose(self, item: QTreeWidgetItem) -> None:
        if (episode := item.data(0, EPISODE)) is not None:
            self.episodeChosen.emit(episode)
