"""Bars that compare a few counts, each with its name and its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.language import numeral
from dreamdesk.model.text import one_line

_LINE = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One count; *name* may come from a trace."""

    name: str
    count: int
    tone: str = "muted"


class Bars(QWidget):
    """Counts as horizontal bars on one scale; the longest is the largest. Names take *share* of the width at most."""

    def __init__(self, title: str, bars: Sequence[Bar], share: float = 0.42, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = share
        self._bars = [Bar(one_line(bar.name, 80), bar.count, bar.tone) for bar in bars]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        told = ", ".join(f"{bar.name} {bar.count:,}" for bar in self._bars)
        self.setAccessibleName(f"{title}: {told}")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(280, _LINE * len(self._bars))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plain, bold = theme.font(), theme.font(weight=QFont.Weight.DemiBold)
        names, numbers = QFontMetricsF(plain), QFontMetricsF(bold)
        most = max((bar.count for bar in self._bars), default=0)
        left = min(self.width() * self._share, max(names.horizontalAdvance(bar.name) for bar in self._bars)) + 12
        room = self.width() - left - numbers.horizontalAdvance(numeral(most)) - 10
        for row, bar in enumerate(self._bars):
            top = row * _LINE
            painter.setFont(plain)
            painter.setPen(theme.color("muted"))
            name = names.elidedText(bar.name, Qt.TextElideMode.ElideRight, left - 12)
            painter.drawText(QRectF(0, top, left - 12, _LINE), Qt.AlignmentFlag.AlignVCenter, name)
            length = max(3.0, room * bar.count / most) if bar.count else 0.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(bar.tone))
            if length:
                painter.drawRoundedRect(QRectF(left, top + 7, length, _LINE - 14), 3, 3)
            painter.setFont(bold)
            painter.setPen(theme.color("text" if bar.count else "faint"))
            at = QRectF(left + length + (8 if length else 0), top, 120, _LINE)
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, numeral(bar.count))
