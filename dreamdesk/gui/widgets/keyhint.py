"""A keycap: the key that does what stands beside it."""

from __future__ import annotations

import re

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.language import t

_NAMES = {"Ctrl": t("Ctrl"), "Shift": t("Shift"), "Space": t("Space"), "Enter": t("Enter")}
_NAMED = re.compile("|".join(_NAMES))


def spelt(key: str) -> str:
    """Return *key* as keyboards of the window's language have it: "Strg+O" for "Ctrl+O"."""
    return _NAMED.sub(lambda name: _NAMES[name[0]], key)


def keycap_size(key: str) -> QSizeF:
    """Return the size in pixels of the keycap of *key*."""
    key = spelt(key)
    metrics = QFontMetricsF(_font())
    height = metrics.height() + 3
    return QSizeF(max(height, metrics.horizontalAdvance(key) + 9), height)


def paint_keycap(painter: QPainter, at: QPointF, key: str, ink: QColor, edge: QColor) -> QRectF:
    """Paint the keycap of *key* with its top left corner at *at*, in *ink* with an outline in *edge*."""
    area = QRectF(at, keycap_size(key))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(edge)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setFont(_font())
    painter.setPen(ink)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, spelt(key))
    painter.restore()
    return area


def _font() -> QFont:
    return theme.font(theme.current().small, mono=True)


class KeyHint(QWidget):
    """A keycap as a widget, for use beside a label."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setAccessibleName(spelt(key))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def key(self) -> str:
        """The key shown."""
        return self._key

    def sizeHint(self) -> QSize:
        """Return the size of the keycap."""
        size = keycap_size(self._key)
        return QSize(int(size.width()) + 1, int(size.height()) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the keycap."""
        paint_keycap(QPainter(self), QPointF(0, 0), self._key, theme.color("muted"), theme.color("edge"))
