"""Short words that stand in frame after frame, laid out once: to lay them out takes longer than to paint them.

They come out pixel by pixel as `QPainter.drawText` would paint them.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText

from dreamdesk.gui import theme

_CENTER = Qt.AlignmentFlag.AlignCenter
Words = tuple[QStaticText, QFont, float, float]
"""Words with their font, their width and the height of a line, in pixels."""


def letter(words: str, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> Words:
    """Return *words*, which run from left to right, in the interface font, *size* pixels high."""
    return _letter(words, size, weight, theme.current().ui_font)


def write(
    painter: QPainter, area: QRectF, words: Words, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter
) -> None:
    """Write *words* in the middle of the height of *area*, and of its width or, with another *align*, at its left."""
    text, font, width, height = words
    x = area.x() + ((area.width() - width) / 2 if align == _CENTER else 0.0)
    painter.setFont(font)
    painter.drawStaticText(QPointF(x, area.y() + (area.height() - height) / 2), text)


@lru_cache(maxsize=1_024)
def _letter(words: str, size: int, weight: QFont.Weight, family: str) -> Words:
    text = QStaticText(words)
    text.setTextFormat(Qt.TextFormat.PlainText)
    font = theme.font(size, weight=weight)
    metrics = QFontMetricsF(font)
    return text, font, metrics.horizontalAdvance(words), metrics.height()
