"""The verification ladder: V0 to V6, each with the sentence that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.widgets import Label, plain_tooltip
from dreamdesk.language import t


def _told(rung: pipeline.Rung) -> str:
    words = t(rung.words)
    if rung.reached:
        return t("{level} reached: {words}", level=rung.level.name, words=words)
    return t("{level} not reached: {words}", level=rung.level.name, words=words)


_MOVES = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Rungs(QWidget):
    """The levels side by side, those reached filled; Left and Right choose one, and so does the mouse.

    Signals:
        chosen: The place of the rung that is chosen now, from 0.
    """

    chosen = Signal(int)

    def __init__(self, rungs: Sequence[pipeline.Rung], at: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rungs = rungs
        self.at = at
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(t("Verification. ") + " ".join(map(_told, rungs)))
        self._tell()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(200, 24)

    def choose(self, at: int) -> None:
        """Choose a rung; nothing happens beyond the ends."""
        if 0 <= at < len(self._rungs) and at != self.at:
            self.at = at
            self._tell()
            self.chosen.emit(at)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        move = _MOVES.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self.choose(self.at + move)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self.choose(self._place(event.position()))

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:  # noqa: D102
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            rung = self._rungs[self._place(QPointF(event.pos()))]
            QToolTip.showText(event.globalPos(), plain_tooltip(_told(rung)), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.current().small))
        for place, rung in enumerate(self._rungs):
            area = QRectF(place * self._pitch() + 1, 1, self._pitch() - 6, self.height() - 4)
            painter.setPen(theme.color("ok" if rung.reached else "line"))
            painter.setBrush(theme.color("ok_soft") if rung.reached else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(theme.color("ok_text" if rung.reached else "muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, rung.level.name)
            if place == self.at:
                line = QRectF(area.left(), self.height() - 2, area.width(), 2)
                painter.fillRect(line, theme.color("focus" if self.hasFocus() else "muted"))

    def _pitch(self) -> float:
        return (self.width() + 4) / len(self._rungs)

    def _place(self, at: QPointF) -> int:
        return max(0, min(len(self._rungs) - 1, int(at.x() // self._pitch())))

    def _tell(self) -> None:
        self.setAccessibleDescription(_told(self._rungs[self.at]))


class Ladder(QWidget):
    """The rungs, and under them what the chosen one rests on; at first that is the highest that is reached."""

    def __init__(self, rungs: Sequence[pipeline.Rung], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rungs = rungs
        reached = [place for place, rung in enumerate(rungs) if rung.reached]
        self.rungs = Rungs(rungs, reached[-1] if reached else 0)
        self.words = Label(tone="muted", role="small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.rungs)
        column.addWidget(self.words)
        self.rungs.chosen.connect(self._show)
        self._show(self.rungs.at)

    def _show(self, at: int) -> None:
        self.words.setText(_told(self._rungs[at]))
