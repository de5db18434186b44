"""One episode of the queue, painted: title and severity, what went wrong and who did it, and the steps as a track."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dreamdesk.desk.queue import Row
from dreamdesk.gui import theme
from dreamdesk.gui.bidi import facts
from dreamdesk.gui.models.queue_model import OPEN, ROW
from dreamdesk.gui.widgets import chip_size, paint_chip, paint_minitrack
from dreamdesk.language import t
from dreamdesk.model.text import one_line

HEIGHT = 78
MARGIN = 12
TONES = {"high": "error", "medium": "warn", "low": "ok"}


def subtitle(row: Row, *, shown: bool) -> str:
    """Return the second line of *row*: the words that were looked for, or else what went wrong and who did it.

    The desk's category stands there only where it may be *shown*.
    """
    if row.found:
        return row.found
    what = t(row.category.title) if row.category is not None and shown else t("{steps:,} steps", steps=row.steps)
    who = one_line(row.agent, 60) or one_line(row.model, 60) or one_line(row.source, 60)
    clock = f"⚑ {row.incident}" if row.incident else ""
    held = t("in review: {reserved}", reserved=one_line(row.reserved, 40)) if row.reserved else ""
    return " · ".join(words for words in (clock, held, what, who) if words)


class QueueDelegate(QStyledItemDelegate):
    """Paints rows of the `QueueModel`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: D102
        return QSize(200, HEIGHT)

    def paint(  # noqa: D102
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area = QRect(option.rect)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.fillRect(area, theme.color("accent_soft" if chosen else "raised" if hovered else "panel"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme.color("line"))
        if chosen:
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), theme.color("accent"))
        row: Row | None = index.data(ROW)
        if row is not None:
            self._paint_row(painter, area.adjusted(MARGIN, 0, -MARGIN, 0), row, shown=bool(index.data(OPEN)))
        painter.restore()

    def _paint_row(self, painter: QPainter, area: QRect, row: Row, *, shown: bool) -> None:
        """Paint what stands in one row."""
        right = area.right()
        if row.severity:
            size = chip_size(t(row.severity))
            right -= int(size.width()) + 8
            paint_chip(
                painter, QPointF(area.right() - size.width(), area.top() + 10), t(row.severity), TONES[row.severity]
            )
        bold = theme.font(weight=QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        line = QRect(area.left(), area.top() + 10, right - area.left(), 20)
        words = QFontMetrics(bold).elidedText(
            facts(one_line(row.title, 200)), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), words)
        plain = theme.font(theme.current().small + 1)
        painter.setFont(plain)
        painter.setPen(theme.color("muted"))
        line = QRect(area.left(), area.top() + 32, area.width(), 18)
        words = QFontMetrics(plain).elidedText(
            facts(subtitle(row, shown=shown)), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), words)
        track = QRectF(area.left(), area.top() + 56, area.width(), 10)
        paint_minitrack(painter, track, row.steps, row.error if shown else None, theme.current())
