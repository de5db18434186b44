"""A chip: one word in a small rounded field, such as a provenance, a risk or a count."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.model.text import one_line

TONES = ("ok", "warn", "error", "accent", "tool", "muted")


def chip_size(text: str) -> QSizeF:
    """Return the size in pixels that a chip of *text* takes."""
    metrics = QFontMetricsF(_font())
    return QSizeF(metrics.horizontalAdvance(text) + 12, metrics.height() + 4)


def paint_chip(painter: QPainter, at: QPointF, text: str, tone: str) -> QRectF:
    """Paint a chip of *text* with its top left corner at *at* and return the area that it took."""
    area = QRectF(at, chip_size(text))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("raised" if tone == "muted" else f"{tone}_soft"))
    painter.drawRoundedRect(area, 4, 4)
    painter.setFont(_font())
    painter.setPen(theme.color("muted" if tone == "muted" else f"{tone}_text"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
    return area


def _font() -> QFont:
    return theme.font(theme.current().small, weight=QFont.Weight.DemiBold)


class Chip(QWidget):
    """A chip as a widget: *text* in *tone*, one of `TONES`."""

    def __init__(self, text: str = "", tone: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text, self._tone = "", "muted"
        self.set(text, tone)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """The word shown."""
        return self._text

    @property
    def tone(self) -> str:
        """The tone it is shown in."""
        return self._tone

    def set(self, text: str, tone: str | None = None) -> None:
        """Show *text*, in *tone* if given.

        Raises:
            ValueError: *tone* is none of `TONES`.
        """
        if tone is not None and tone not in TONES:
            raise ValueError(f"a chip has no tone {tone!r}")
        self._text, self._tone = one_line(text, 40), tone or self._tone
        self.setAccessibleName(self._text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that the word takes."""
        size = chip_size(self._text)
        return QSize(int(size.width()) + 1, int(size.height()) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chip."""
        paint_chip(QPainter(self), QPointF(0, 0), self._text, self._tone)
