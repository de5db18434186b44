"""The list of families: what each is, how it moves, how large it is. Painted rows over a model of all families."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dreamdesk.desk.families import called
from dreamdesk.desk.patterns import Family, Patterns
from dreamdesk.gui import theme
from dreamdesk.gui.models.pages import ROOT, Index
from dreamdesk.gui.patterns.trend import paint_bars, trend_words
from dreamdesk.gui.review.queue_delegate import TONES
from dreamdesk.gui.widgets import chip_size, paint_chip
from dreamdesk.language import counted, numeral, quoted, t
from dreamdesk.model.text import one_line

ROW = Qt.ItemDataRole.UserRole
HEIGHT = 66
MARGIN = 16
SIZE_WIDTH = 64
TREND_WIDTH = 104
CHIP_WIDTH = 66


def share(part: int, whole: int) -> str:
    """Return *part* of *whole* as people read it."""
    return numeral(part / whole, ".0%") if whole else ""


def subtitle(family: Family) -> str:
    """Return the second line of a family: what tells it from others of its kind, and whose it is."""
    said = quoted(one_line(family.clause, 70)) if family.clause else ", ".join(family.words)
    said = said or t("such as “{example_title}”", example_title=one_line(family.example_title, 60))
    who = one_line(family.agents[0][0], 40) if family.agents else ""
    more = t(" and {agents} more", agents=len(family.agents) - 1) if len(family.agents) > 1 else ""
    return " · ".join(part for part in (said, who + more if who else "") if part)


class FamilyModel(QAbstractTableModel):
    """All families, largest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.patterns = Patterns((), 0, ())

    def show(self, patterns: Patterns) -> None:
        """Show *patterns*."""
        self.beginResetModel()
        self.patterns = patterns
        self.endResetModel()

    def family(self, row: int) -> Family | None:
        """Return the family at position *row*, or None."""
        return self.patterns.families[row] if 0 <= row < len(self.patterns.families) else None

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(self.patterns.families)

    def columnCount(self, parent: Index = ROOT) -> int:  # noqa: D102
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        family = self.family(index.row())
        if family is None:
            return None
        if role == ROW:
            return family
        if role == Qt.ItemDataRole.DisplayRole:
            return called(family.title)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            part = share(family.size, self.patterns.failures)
            return (
                f"{called(family.title)}, {t(family.severity)}, {counted(family.size, 'episode')}, {part}, "
                f"{trend_words(family.times)}"
            )
        return None


class FamilyDelegate(QStyledItemDelegate):
    """Paints rows of the `FamilyModel`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: D102
        return QSize(400, HEIGHT)

    def paint(  # noqa: D102
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        area = QRect(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, theme.color("accent_soft" if chosen else "raised" if hovered else "panel"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme.color("line"))
        if chosen:
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), theme.color("accent"))
        family: Family | None = index.data(ROW)
        model = index.model()
        if family is not None and isinstance(model, FamilyModel):
            self._paint(painter, area.adjusted(MARGIN, 0, -MARGIN, 0), family, model.patterns.failures)
        painter.restore()

    def _paint(self, painter: QPainter, area: QRect, family: Family, failures: int) -> None:
        small = theme.font(theme.current().small + 1)
        right = area.right() - SIZE_WIDTH
        painter.setFont(theme.font(theme.current().title, weight=QFont.Weight.DemiBold))
        painter.setPen(theme.color("text"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(right, area.top() + 10, SIZE_WIDTH, 22), flags, numeral(family.size))
        painter.setFont(small)
        painter.setPen(theme.color("muted"))
        painter.drawText(QRect(right, area.top() + 34, SIZE_WIDTH, 18), flags, share(family.size, failures))
        right -= TREND_WIDTH
        paint_bars(painter, QRectF(right, area.top() + 16, TREND_WIDTH - 18, HEIGHT - 32), family.times)
        right -= CHIP_WIDTH
        size = chip_size(t(family.severity))
        at = QPointF(right + CHIP_WIDTH - 22 - size.width(), area.top() + (HEIGHT - size.height()) / 2)
        paint_chip(painter, at, t(family.severity), TONES[family.severity])
        width = right - area.left() - 14
        bold = theme.font(weight=QFont.Weight.DemiBold)
        for font, top, tone, words in (
            (bold, 12, "text", called(family.title)),
            (small, 35, "muted", subtitle(family)),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(tone))
            line = QRect(area.left(), area.top() + top, width, 20)
            cut = QFontMetrics(font).elidedText(one_line(words, 200), Qt.TextElideMode.ElideRight, width)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), cut)
