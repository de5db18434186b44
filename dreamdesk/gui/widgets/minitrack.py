"""The mini track: an episode's steps as one bar, with the error point standing out."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.theme import Theme
from dreamdesk.language import t

_GAP = 2.0
_LEAST = 4.0


def paint_minitrack(painter: QPainter, rect: QRect | QRectF, count: int, error: int | None, look: Theme) -> None:
    """Paint *count* steps into *rect*: neutral before *error*, the error itself full, the rest in a tint of it.

    Where the steps are too many to tell apart, neighbours share a segment; the error keeps its own place and width.
    """
    if count <= 0 or rect.width() <= 0:
        return
    area = QRectF(rect)
    segments = max(1, min(count, int((area.width() + _GAP) / (_LEAST + _GAP))))
    pitch = (area.width() + _GAP) / segments
    at = None if error is None or not 0 <= error < count else error * segments // count
    height = min(area.height(), 7.0)
    top = area.center().y() - height / 2
    quiet, after = theme.mix("edge", "panel", 0.45), theme.mix("error", "panel", 0.5)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for tint, first, stop in (
        (quiet, 0, segments if at is None else at),
        (after, 0 if at is None else at + 1, segments),
    ):
        if at is None and tint is after:
            break
        painter.setBrush(tint)
        for segment in range(first, stop):
            painter.drawRoundedRect(QRectF(area.left() + segment * pitch, top, pitch - _GAP, height), 2, 2)
    if at is not None:
        painter.setBrush(theme.color("error"))
        width = max(pitch - _GAP, 8.0)
        left = min(max(area.left(), area.left() + at * pitch + (pitch - _GAP - width) / 2), area.right() - width)
        painter.drawRoundedRect(QRectF(left, top - 2, width, height + 4), 2, 2)
    painter.restore()


class MiniTrack(QWidget):
    """The mini track as a widget."""

    def __init__(self, count: int = 0, error: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set(count, error)
        theme.changed.connect(self.update)

    def set(self, count: int, error: int | None) -> None:
        """Show an episode of *count* steps with its *error* point."""
        self._count, self._error = count, error
        flagged = "" if error is None else t(", error point at step {error}", error=error)
        self.setAccessibleName(t("{count} steps{flagged}", count=count, flagged=flagged))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the usual size."""
        return QSize(200, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track."""
        paint_minitrack(QPainter(self), self.rect(), self._count, self._error, theme.current())
