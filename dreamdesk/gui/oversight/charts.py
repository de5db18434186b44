"""The small charts of the page: what a sample leaves open of its lot, and decisions by the hour, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.patterns.trend import paint_bars
from dreamdesk.language import numeral, t

LABEL = 150
"""Pixels for the names on the left of an interval."""


class BoundChart(QWidget):
    """The two intervals of a share on one scale, and the largest share that the plan allows as a line."""

    HEIGHT = 84

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bound: pipeline.Bound | None = None
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_bound(self, bound: pipeline.Bound, share: float) -> None:
        """Show *bound*, and the *share* that may be bad."""
        self._bound, self._share = bound, share
        told = t("{bad} of {n} decided otherwise", bad=bound.bad, n=bound.n)
        if bound.exact:
            told += t(
                "; exact interval {exact:.1%} to {exact_to:.1%}; allowed {share:.1%}",
                exact=bound.exact[0],
                exact_to=bound.exact[1],
                share=share,
            )
        self.setAccessibleName(told)
        self.setVisible(bound.n > 0)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(420, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        bound = self._bound
        if bound is None or bound.exact is None or bound.wilson is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.current().small))
        line = painter.fontMetrics().height()
        most = _round_up(max(bound.exact[1], bound.wilson[1], self._share))
        area = QRectF(LABEL, 0, self.width() - LABEL - 130, self.height() - line - 8)

        def at(share: float) -> float:
            return area.left() + area.width() * share / most

        painter.setPen(theme.color("line"))
        painter.drawLine(QPointF(area.left(), area.bottom()), QPointF(area.right(), area.bottom()))
        for tick in range(5):
            share = most * tick / 4
            painter.setPen(theme.color("muted"))
            spot = QRectF(at(share) - 40, area.bottom() + 4, 80, line)
            painter.drawText(
                spot, Qt.AlignmentFlag.AlignCenter, numeral(share, ".0%") if most >= 0.2 else numeral(share, ".1%")
            )
            painter.setPen(theme.color("line"))
            painter.drawLine(QPointF(at(share), area.top()), QPointF(at(share), area.bottom()))
        pen = QPen(theme.color("warn"), 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(at(self._share), area.top()), QPointF(at(self._share), area.bottom()))
        rows = ((t("Clopper–Pearson, 2-sided"), bound.exact), (t("Wilson, 2-sided"), bound.wilson))
        for place, (name, (low, high)) in enumerate(rows):
            middle = area.top() + area.height() * (place + 0.5) / len(rows)
            self._interval(painter, middle, at(low), at(high), at(bound.bad / bound.n), theme.color("accent"))
            painter.setPen(theme.color("text"))
            named = QRectF(0, middle - line / 2, LABEL - 10, line)
            painter.drawText(named, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            told = QRectF(area.right() + 8, middle - line / 2, 122, line)
            painter.setPen(theme.color("muted"))
            painter.drawText(told, Qt.AlignmentFlag.AlignVCenter, t("{low:.1%} to {high:.1%}", low=low, high=high))

    def _interval(
        self, painter: QPainter, middle: float, low: float, high: float, value: float, colour: QColor
    ) -> None:
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(low, middle), QPointF(high, middle))
        for end in (low, high):
            painter.drawLine(QPointF(end, middle - 4), QPointF(end, middle + 4))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(value, middle), 3.5, 3.5)


def _round_up(share: float) -> float:
    return next((top for top in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if share <= top), 1.0)


class HoursChart(QWidget):
    """Decisions by the hour of the day, each bar with its number."""

    HEIGHT = 62

    def __init__(self, hours: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hours = tuple(hours)
        told = ", ".join(f"{hour}:00 {count}" for hour, count in enumerate(self._hours) if count)
        self.setAccessibleName(t("Decisions by hour of the day, local time: {told}", told=told or "none"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(420, self.HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.current().small))
        line = painter.fontMetrics().height()
        area = QRectF(0, line + 2, self.width(), self.height() - 2 * line - 6)
        paint_bars(painter, area, self._hours)
        most = max(self._hours, default=0)
        pitch = area.width() / 24
        for hour, count in enumerate(self._hours):
            spot = QRectF(area.left() + hour * pitch - 8, 0, pitch + 16, line)
            if count:
                spot.moveTop(area.bottom() - max(3.0, area.height() * count / most) - line - 1)
                painter.setPen(theme.color("text"))
                painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, numeral(count))
            if hour % 3 == 0:
                spot.moveTop(area.bottom() + 3)
                painter.setPen(theme.color("muted"))
                painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, f"{hour}:00")
