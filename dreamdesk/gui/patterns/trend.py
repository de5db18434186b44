"""Small charts painted by us: how many over time, each bar with its number, and shares as bars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.language import day, numeral, t

GAP = 2.0


def trend_words(times: Sequence[int]) -> str:
    """Return in words which way the counts of equal stretches of time go."""
    middle = len(times) // 2
    before, after = sum(times[:middle]), sum(times[middle:])
    if not before and times.count(0) == len(times) - 1:
        return t("all at one time")
    if after > before:
        return t("rising: {before:,} in the first half, {after:,} in the second", before=before, after=after)
    if after < before:
        return t("falling: {before:,} in the first half, {after:,} in the second", before=before, after=after)
    return t("steady: {before:,} in each half", before=before)


def paint_bars(painter: QPainter, area: QRectF, times: Sequence[int], *, tone: str = "accent") -> None:
    """Paint *times* as bars that stand on the lower edge of *area*; a stretch without any is a dot."""
    most = max(times, default=0)
    if not times or not most:
        return
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    pitch = (area.width() + GAP) / len(times)
    for place, count in enumerate(times):
        height = max(3.0, area.height() * count / most) if count else 1.5
        painter.setBrush(theme.color(tone if count else "edge"))
        bar = QRectF(area.left() + place * pitch, area.bottom() - height, pitch - GAP, height)
        painter.drawRoundedRect(bar, 1.5, 1.5) if count else painter.fillRect(bar, theme.color("line"))
    painter.restore()


class TrendChart(QWidget):
    """Counts over time: a bar for each stretch with its number above, and the first and last day below."""

    HEIGHT = 96

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._times: tuple[int, ...] = ()
        self._edges: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_times(self, times: tuple[int, ...], edges: tuple[int, ...]) -> None:
        """Show the counts *times* between the *edges*, one more than there are counts, in nanoseconds since 1970."""
        self._times, self._edges = times, edges
        told = "; ".join(
            t("from {day}: {count}", day=day(edges[place]), count=count) for place, count in enumerate(times) if count
        )
        self.setAccessibleName(t("Failures over time. {told}", told=told))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(320, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        if not self._times:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = theme.font(theme.current().small)
        painter.setFont(small)
        line = painter.fontMetrics().height()
        area = QRectF(0, line + 4, self.width(), self.height() - 2 * line - 10)
        paint_bars(painter, area, self._times)
        painter.fillRect(QRectF(0, area.bottom() + 1, self.width(), 1), theme.color("line"))
        most = max(self._times)
        pitch = (area.width() + GAP) / len(self._times)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(theme.current().small, weight=QFont.Weight.DemiBold))
        for place, count in enumerate(self._times):
            if count:
                top = area.bottom() - max(3.0, area.height() * count / most) - line - 1
                spot = QRectF(area.left() + place * pitch - 10, top, pitch + 18, line)
                painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, numeral(count))
        painter.setFont(small)
        painter.setPen(theme.color("muted"))
        foot = QRectF(0, area.bottom() + 4, self.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, day(self._edges[0]))
        if day(self._edges[-1]) != day(self._edges[0]):
            painter.drawText(foot, Qt.AlignmentFlag.AlignRight, day(self._edges[-1]))
