"""The list of change sets and their paths, painted: what happens to each path, and where it stands in the review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from dreamdesk.desk.memory import Line, SetRow
from dreamdesk.gui import theme
from dreamdesk.gui.widgets import chip_size, paint_chip
from dreamdesk.language import counted, t
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.memory import Operation
from dreamdesk.model.text import one_line

ROW = int(Qt.ItemDataRole.UserRole)
OPERATIONS = {
    Operation.ADD: (t("add"), "ok"),
    Operation.MODIFY: (t("modify"), "accent"),
    Operation.DELETE: (t("delete"), "error"),
    Operation.RENAME: (t("rename"), "tool"),
}
"""The word and the tone of each operation."""
STATES = {
    ReviewState.PROPOSED: "",
    ReviewState.IN_REVIEW: t("in review"),
    ReviewState.AMENDED: t("amended"),
    ReviewState.SECOND: t("waits for a second"),
    ReviewState.APPROVED: t("✓ approved"),
    ReviewState.REJECTED: t("✕ rejected"),
    ReviewState.RETURNED: t("returned"),
    ReviewState.ESCALATED: t("escalated"),
    ReviewState.HELD: t("on hold"),
    ReviewState.RELEASED: t("released"),
    ReviewState.STALE: t("stale"),
    ReviewState.RECALLED: t("recalled"),
}
OPEN = (ReviewState.PROPOSED, ReviewState.SECOND, ReviewState.ESCALATED, ReviewState.HELD)
"""States in which somebody still has to decide."""

_HEAD, _LINE = 58, 54
_MARGIN = 12

Item = SetRow | Line


class ChangeModel(QAbstractListModel):
    """Sets, each followed by its changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def show(self, sets: Sequence[SetRow], lines: Sequence[Line]) -> None:
        """Show these sets and changes, in the order in which they come."""
        self.beginResetModel()
        by_set: dict[int, list[Line]] = {}
        for line in lines:
            by_set.setdefault(line.set, []).append(line)
        self.items = []
        for row in sets:
            self.items += [row, *by_set.get(row.id, [])]
        self.endResetModel()

    def position(self, change: int) -> int:
        """Return the row of the change with this id, or -1."""
        places = (n for n, item in enumerate(self.items) if isinstance(item, Line) and item.id == change)
        return next(places, -1)

    def first_open(self, after: int = -1) -> int:
        """Return the row of the first undecided change below row *after*, in a circle; else of the first, or -1."""
        rows = [n for n, item in enumerate(self.items) if isinstance(item, Line)]
        waiting = [n for n in rows if _state(self.items[n]) in OPEN]
        return next((n for n in waiting if n > after), waiting[0] if waiting else rows[0] if rows else -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: D102
        return 0 if parent is not None and parent.isValid() else len(self.items)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        item = self.items[index.row()]
        if role == ROW:
            return item
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if isinstance(item, SetRow):
                return t("Change set {item}, {summary}", item=one_line(item.title), summary=_summary(item))
            state = STATES[item.state] or t("to decide")
            return f"{OPERATIONS[item.operation][0]} {one_line(item.path)}, {state}"
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:  # noqa: D102
        if isinstance(self.items[index.row()], SetRow):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _state(item: Item) -> ReviewState | None:
    return item.state if isinstance(item, Line) else None


def _summary(row: SetRow) -> str:
    parts = [counted(row.changes, "change")]
    parts += [t("{open} to decide", open=row.open)] if row.open else [t("all decided")]
    return " · ".join(parts)


class ChangeDelegate(QStyledItemDelegate):
    """Paints sets and changes."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: D102
        return QSize(200, _HEAD if isinstance(index.data(ROW), SetRow) else _LINE)

    def paint(  # noqa: D102
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area = QRect(option.rect)
        item: Item = index.data(ROW)
        painter.save()
        if isinstance(item, SetRow):
            _paint_set(painter, area, item)
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
            painter.fillRect(area, theme.color("accent_soft" if chosen else "raised" if hovered else "panel"))
            if chosen:
                painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), theme.color("accent"))
            _paint_line(painter, area.adjusted(_MARGIN, 0, -_MARGIN, 0), item)
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme.color("line"))
        painter.restore()


def _paint_set(painter: QPainter, area: QRect, row: SetRow) -> None:
    painter.fillRect(area, theme.color("window"))
    area = area.adjusted(_MARGIN, 0, -_MARGIN, 0)
    right = area.right()
    if row.in_place:
        size = chip_size(t("written already"))
        paint_chip(painter, QPointF(right - size.width(), area.top() + 10), t("written already"), "warn")
        right -= int(size.width()) + 8
    _write(painter, QRect(area.left(), area.top() + 10, right - area.left(), 20), row.title, "text", bold=True)
    _write(painter, QRect(area.left(), area.top() + 31, area.width(), 18), _summary(row), "muted")


def _paint_line(painter: QPainter, area: QRect, line: Line) -> None:
    word, tone = OPERATIONS[line.operation]
    size = chip_size(word)
    paint_chip(painter, QPointF(area.right() - size.width(), area.top() + 8), word, tone)
    path = QRect(area.left(), area.top() + 8, int(area.width() - size.width()) - 8, 20)
    elide = Qt.TextElideMode.ElideMiddle
    _write(painter, path, line.path, "text", bold=line.state in OPEN, elide=elide)
    parts = [STATES[line.state]] if STATES[line.state] else []
    parts += [t("{blocks} blocked", blocks=line.blocks)] if line.blocks else []
    parts += [counted(line.warns, "warning")] if line.warns else []
    parts += [t("{sourceless} without source", sourceless=line.sourceless)] if line.sourceless else []
    tone = "error_text" if line.blocks and line.state in OPEN else "muted"
    _write(painter, QRect(area.left(), area.top() + 29, area.width(), 18), " · ".join(parts) or t("no objection"), tone)


def _write(
    painter: QPainter,
    area: QRect,
    text: str,
    token: str,
    *,
    bold: bool = False,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    font = theme.font(weight=QFont.Weight.DemiBold) if bold else theme.font(theme.current().small + 1)
    painter.setFont(font)
    painter.setPen(theme.color(token))
    words = QFontMetrics(font).elidedText(one_line(text, 300), elide, area.width())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words)


class ChangeList(QListView):
    """The list as a widget.

    Signals:
        chosen: Id of the change that was chosen.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Changes to memories"))
        self.setItemDelegate(ChangeDelegate(self))
        self.setUniformItemSizes(False)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def go(self, step: int) -> None:
        """Choose the next change further down (*step* 1) or up (-1), past the headings of the change sets."""
        row = self.currentIndex().row() + step
        while 0 <= row < self.model().rowCount():
            index = self.model().index(row, 0)
            if isinstance(index.data(ROW), Line):
                self.setCurrentIndex(index)
                return
            row += step

    def currentChanged(  # noqa: D102
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().currentChanged(current, previous)
        item = current.data(ROW) if current.isValid() else None
        if isinstance(item, Line):
            self.chosen.emit(item.id)
