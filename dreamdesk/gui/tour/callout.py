"""The words of the tour: a card beside an outlined part of the window, above everything else in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from dreamdesk.gui import theme
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t

WIDTH = 420
GAP = 14
SHADE = 110
"""How dark the rest of the window becomes, of 255."""


class Card(QWidget):
    """The words and the buttons."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.title = Label("", role="title", wrap=True)
        self.words = Label("", wrap=True)
        self.place = Label("", tone="muted", role="small")
        self.leave = Button(t("Leave the tour"), key="Esc")
        self.back = Button(t("Back"))
        self.onward = Button(t("Next"), "primary", "Enter")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        for part in (self.place, self.title, self.words):
            column.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.leave)
        row.addStretch(1)
        row.addWidget(self.back)
        row.addWidget(self.onward)
        column.addLayout(row)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("edge"))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


class Callout(QWidget):
    """Covers the window with a shade in which one part is left clear, and shows a card beside that part.

    Keys: Enter or → goes on, ← goes back, Esc leaves.

    Signals:
        moved: The person goes on (1) or back (-1).
        left: The person has seen enough.
    """

    moved = Signal(int)
    left = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._part: QWidget | None = None
        self.card = Card(self)
        self.card.onward.clicked.connect(lambda: self.moved.emit(1))
        self.card.back.clicked.connect(lambda: self.moved.emit(-1))
        self.card.leave.clicked.connect(self.left)
        window.installEventFilter(self)
        self.setGeometry(window.rect())

    def tell(self, title: str, words: str, place: str, part: QWidget | None, *, first: bool, last: bool) -> None:
        """Show *title* and *words* beside *part*, in the middle where that is not on the screen."""
        self._part = part if part is not None and part.isVisible() else None
        if self._part is not None:
            _bring_into_sight(self._part)
        self.card.title.setText(title)
        self.card.words.setText(words)
        self.card.place.setText(place)
        self.card.back.setEnabled(not first)
        self.card.onward.setText(t("Done") if last else t("Next"))
        # A reader of screens says the name of what takes the keyboard.
        self.card.onward.setAccessibleName(f"{self.card.onward.text()}. {title}. {words}")
        self.show()
        self.raise_()
        self._put()
        self.card.onward.setFocus()

    def hole(self) -> QRect:
        """Return where the outlined part is; empty without one."""
        if self._part is None or not isValid(self._part):
            return QRect()
        seen = self._part.visibleRegion().boundingRect()
        return seen.translated(self._part.mapTo(self.window(), QPoint(0, 0)))

    def _put(self) -> None:
        """Put the card where it covers little of the part, and lies in the window."""
        self.setGeometry(self.window().rect())
        self.card.setFixedHeight(self.card.heightForWidth(WIDTH))
        hole, size = self.hole(), self.card.size()
        if hole.isEmpty():
            at = self.rect().center() - QPoint(size.width() // 2, size.height() // 2)
        elif hole.right() + GAP + size.width() < self.width():
            at = QPoint(hole.right() + GAP, hole.top())
        elif hole.left() - GAP - size.width() > 0:
            at = QPoint(hole.left() - GAP - size.width(), hole.top())
        elif hole.bottom() + GAP + size.height() < self.height():
            at = QPoint(hole.left() + GAP, hole.bottom() + GAP)
        else:
            at = QPoint(hole.left() + GAP, hole.top() - GAP - size.height())
        lowest = self.height() - size.height() - GAP
        self.card.move(max(GAP, min(at.x(), self.width() - size.width() - GAP)), max(GAP, min(at.y(), lowest)))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._put()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Right):
            self.moved.emit(1)
        elif key == Qt.Key.Key_Left and self.card.back.isEnabled():
            self.moved.emit(-1)

    def event(self, event: QEvent) -> bool:
        """Keep every key for itself: a letter must not decide a case behind the shade."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep the keyboard within the card."""
        buttons = [b for b in (self.card.leave, self.card.back, self.card.onward) if b.isEnabled()]
        at = next((i for i, b in enumerate(buttons) if b.hasFocus()), 0)
        buttons[(at + (1 if forward else -1)) % len(buttons)].setFocus()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        hole = QRectF(self.hole())
        if not hole.isEmpty():
            clear = QPainterPath()
            clear.addRoundedRect(hole, 6, 6)
            shade = shade.subtracted(clear)
        painter.fillPath(shade, QColor(0, 0, 0, SHADE))
        if not hole.isEmpty():
            pen = painter.pen()
            pen.setColor(theme.color("focus"))
            pen.setWidth(2)
            painter.setPen(pen)
            painter.drawRoundedRect(hole.adjusted(1, 1, -1, -1), 6, 6)


def _bring_into_sight(part: QWidget) -> None:
    """Scroll what *part*, a section of a column, lies in so that it is seen from its top."""
    above = part.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.verticalScrollBar().setValue(part.y())
        above = above.parentWidget()
