"""Painting of the two cards: their frames and headings, and the rows inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from dreamdesk.gui import theme
from dreamdesk.gui.compare.sheet import RECORDED, Place
from dreamdesk.gui.compare.window import Window

GAP = 12.0
"""Between the cards, in pixels."""


@dataclass(frozen=True, slots=True)
class Title:
    """The heading of a card: words in a tone and, at the right, the first of *notes* that there is room for."""

    words: str
    notes: tuple[str, ...] = ()
    tone: str = "text"


def fitting(notes: Sequence[str], room: float) -> str:
    """Return the first of *notes* that needs no more than *room* pixels in the theme's font, or "" if none does."""
    metrics = QFontMetricsF(theme.font())
    return next((note for note in notes if metrics.horizontalAdvance(note) <= room), "")


class Cards:
    """The two cards in a viewport of *width* by *height* pixels."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._header = QFontMetricsF(theme.font()).height() + 21

    def side(self, x: float) -> int:
        """Return 0 where *x* lies on the left card, 1 on the right one."""
        return int(x >= self._card(1).left() - GAP / 2)

    def column(self, side: int) -> QRectF:
        """Return the area of the rows of a card, below its heading."""
        return self._card(side).adjusted(0, self._header, 0, 0)

    def _card(self, side: int) -> QRectF:
        width = (self._width - GAP) / 2
        return QRectF(side * (width + GAP), 0, width, self._height)

    def paint(
        self,
        painter: QPainter,
        window: Window,
        titles: tuple[Title, Title],
        selected: Place | None,
        focused: bool,
        empty: tuple[str, str] | None,
    ) -> None:
        """Paint both cards; *empty* is what the right one says where it has nothing to show."""
        painter.fillRect(QRectF(0, 0, self._width, self._height), theme.color("window"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for side in (0, 1):
            frame = QPainterPath()
            radius = theme.current().radius + 3
            frame.addRoundedRect(self._card(side).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.fillPath(frame, theme.color("panel"))
            painter.save()
            painter.setClipPath(frame)
            painter.setClipRect(self.column(side), Qt.ClipOperation.IntersectClip)
            if side and empty is not None:
                self._say_nothing_dreamed(painter, empty)
            else:
                self._paint_rows(painter, side, window, selected, focused)
            painter.restore()
            self._paint_header(painter, side, titles[side])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawPath(frame)

    def _paint_rows(self, painter: QPainter, side: int, window: Window, selected: Place | None, focused: bool) -> None:
        column, sheet = self.column(side), window.sheet
        for row, y in window.rows():
            pair, _ = sheet.rows[row]
            place, cell = sheet.places(pair)[side], window.cells(row)[side]
            area = QRectF(column.left(), column.top() + y, column.width(), window.heights[row])
            if place == (RECORDED, window.error) and not side:
                painter.fillRect(area, theme.color("error_soft"))
            elif place in sheet.starts:
                painter.fillRect(area, theme.color("accent_soft"))
            below = sheet.rows[row + 1][0] if row + 1 < len(sheet.rows) else None
            if cell is not None:
                cell.paint(painter, area, column)
            elif below is None or sheet.places(below)[side] is None:
                continue
            if below == pair:
                continue
            painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), theme.color("line"))
        self._paint_choice(painter, side, window, selected, focused)

    def _paint_choice(
        self, painter: QPainter, side: int, window: Window, selected: Place | None, focused: bool
    ) -> None:
        """Paint a bar beside the chosen step, and a ring around it while the keyboard is here."""
        column, sheet = self.column(side), window.sheet
        rows = [(row, y) for row, y in window.rows() if sheet.places(sheet.rows[row][0])[side] == selected]
        if selected is None or not rows:
            return
        top, bottom = rows[0][1], rows[-1][1] + window.heights[rows[-1][0]] - 1
        area = QRectF(column.left(), column.top() + top, column.width(), bottom - top)
        painter.fillRect(QRectF(area.left(), area.top(), 3, area.height()), theme.color("focus" if focused else "edge"))
        if focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus"), 1.5))
            painter.drawRect(area.adjusted(1.5, 1, -1.5, -1))

    def _paint_header(self, painter: QPainter, side: int, title: Title) -> None:
        area = self._card(side).adjusted(14, 0, -14, 0)
        area.setHeight(self._header)
        bold = theme.font(weight=QFont.Weight.DemiBold)
        words = QFontMetricsF(bold).elidedText(title.words, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(bold)
        painter.setPen(theme.color(title.tone))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words)
        painter.setFont(theme.font())
        painter.setPen(theme.color("muted"))
        note = fitting(title.notes, area.width() - QFontMetricsF(bold).horizontalAdvance(words) - GAP)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), note)
        line = self._card(side).top() + self._header - 1
        painter.fillRect(QRectF(self._card(side).left(), line, self._card(side).width(), 1), theme.color("line"))

    def _say_nothing_dreamed(self, painter: QPainter, words: tuple[str, str]) -> None:
        """Say why the right card is empty: a heading and a sentence."""
        area = self.column(1).adjusted(28, 0, -28, 0)
        middle = area.top() + area.height() * 0.4
        painter.setFont(theme.font(weight=QFont.Weight.DemiBold))
        painter.setPen(theme.color("text"))
        painter.drawText(QRectF(area.left(), middle - 22, area.width(), 22), Qt.AlignmentFlag.AlignCenter, words[0])
        painter.setFont(theme.font())
        painter.setPen(theme.color("muted"))
        below = QRectF(area.left(), middle + 4, area.width(), area.bottom() - middle)
        wrap = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, int(wrap), words[1])
