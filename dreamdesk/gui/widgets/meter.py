"""A meter: a thin bar that shows a share, such as a confidence."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.language import numeral


class Meter(QWidget):
    """A bar filled to *value* (0 to 1) in *tone*. The number itself belongs beside it, in words."""

    def __init__(self, value: float = 0.0, tone: str = "error", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = 0.0
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_value(value)
        theme.changed.connect(self.update)

    @property
    def value(self) -> float:
        """The share shown, 0 to 1."""
        return self._value

    def set_value(self, value: float, tone: str | None = None) -> None:
        """Show *value*, kept within 0 to 1."""
        self._value = min(1.0, max(0.0, value))
        self._tone = tone or self._tone
        self.setAccessibleName(numeral(self._value, ".0%"))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the usual size."""
        return QSize(96, 14)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(32, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the trough and the filled part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, self.height() / 2 - 2.5, self.width(), 5)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        if self._value > 0:
            painter.setBrush(theme.color(self._tone))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(5.0, bar.width() * self._value), 5), 2.5, 2.5)
