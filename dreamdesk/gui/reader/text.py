"""The text of a step in a widget: groups fold, only what is in sight is highlighted, long texts come in parts."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from dreamdesk.gui import bidi, theme
from dreamdesk.gui.compare.cell import INK
from dreamdesk.gui.compare.content import styles
from dreamdesk.gui.reader.layout import Laid, group_around, joined, shown
from dreamdesk.language import t

LINES, CHARACTERS = 4_000, 300_000
"""Of them at most so many are put into the widget in one go; the rest follows while the window lives on."""
GUTTER = 22


class _Gutter(QWidget):
    """The signs of groups at the left."""

    def __init__(self, text: StepText) -> None:
        super().__init__(text)
        self._text = text
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(GUTTER, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._text.paint_gutter(QPainter(self), event.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self._text.line_at(event.position().y())
        if line is not None:
            self._text.toggle(line)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()


class StepText(QPlainTextEdit):
    """Shows a laid-out step. Read only: minus folds the group at the cursor, plus unfolds it.

    What is copied is the text without our isolates and without the breaks that long lines have.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(t("Text of the step"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)
        self.laid = Laid(("",), "text", frozenset(), {}, {})
        self._closed: frozenset[int] = frozenset()
        self._highlighted: set[int] = set()
        self._waiting = 0
        self._gutter = _Gutter(self)
        self._feeding = QTimer(self, singleShot=True, interval=0)
        self._feeding.timeout.connect(self._feed)
        self._lighting = QTimer(self, singleShot=True, interval=0)
        self._lighting.timeout.connect(self._highlight)
        self.updateRequest.connect(self._follow)
        theme.changed.connect(self._dress)
        self._dress()

    def show_text(self, laid: Laid) -> None:
        """Show *laid* from its beginning."""
        self.laid, self._closed, self._waiting = laid, frozenset(), 0
        self._highlighted.clear()
        self.setViewportMargins(GUTTER if laid.groups else 0, 0, 0, 0)
        self._gutter.setVisible(bool(laid.groups))
        self.clear()
        self._feed()

    @property
    def complete(self) -> bool:
        """Whether every line is in the widget."""
        return self._waiting >= len(self.laid.lines)

    def _feed(self) -> None:
        """Put the next lines into the widget."""
        room = CHARACTERS
        lines = []
        for line in self.laid.lines[self._waiting : self._waiting + LINES]:
            lines.append(line)
            room -= len(line)
            if room <= 0:
                break
        text = "\n".join(bidi.isolated(line, self.laid.language).text for line in lines)
        if self._waiting:
            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(f"\n{text}")
        else:
            self.setPlainText(text)
        self._waiting += len(lines)
        if not self.complete:
            self._feeding.start()
        self._lighting.start()

    def feed_all(self) -> None:
        """Put all that still waits into the widget, because it is to be searched or folded."""
        while not self.complete:
            self._feed()

    def folded(self) -> frozenset[int]:
        """Return the lines whose groups are folded."""
        return self._closed

    def toggle(self, line: int) -> None:
        """Fold the group that *line* opens, or unfold it; a line that opens none changes nothing."""
        if line in self.laid.groups:
            self._fold(self._closed ^ {line})

    def fold_all(self, fold: bool) -> None:
        """Fold every group but the outermost, or unfold all."""
        outermost = min(self.laid.groups, default=None)
        self._fold(frozenset(line for line in self.laid.groups if line != outermost) if fold else frozenset())

    def reveal_line(self, line: int) -> None:
        """Unfold every group that *line* stands in."""
        self._fold(frozenset(one for one in self._closed if not one < line < self.laid.groups[one]))

    def find_words(self, words: str, *, onward: bool = False) -> bool:
        """Select the next place where *words* stand, from the top unless *onward*; tell whether there is one."""
        self.feed_all()
        if not onward:
            self.moveCursor(QTextCursor.MoveOperation.Start)
        start = self.textCursor()
        found = self.document().find(words, start) if words else QTextCursor()
        if found.isNull() and onward and words:
            found = self.document().find(words, 0, QTextDocument.FindFlag(0))
        if found.isNull():
            return False
        self.reveal_line(found.block().blockNumber())
        self.setTextCursor(found)
        self.centerCursor()
        return True

    def _fold(self, closed: frozenset[int]) -> None:
        if closed == self._closed:
            return
        self.feed_all()
        self._closed = closed
        seen = shown(len(self.laid.lines), self.laid.groups, closed)
        document, cursor = self.document(), self.textCursor()
        block = document.firstBlock()
        for visible in seen:
            block.setVisible(visible)
            block.setLineCount(max(1, block.layout().lineCount()) if visible else 0)
            block = block.next()
        document.markContentsDirty(0, document.characterCount())
        if not cursor.block().isVisible():
            start = next(line for line in sorted(closed) if line < cursor.blockNumber() < self.laid.groups[line])
            self.setTextCursor(QTextCursor(document.findBlockByNumber(start)))
        self.viewport().update()
        self._gutter.update()
        self._lighting.start()

    def _follow(self, area: QRect, dy: int) -> None:
        self._gutter.scroll(0, dy) if dy else self._gutter.update()
        self._lighting.start()

    def _visible(self) -> list[QTextBlock]:
        """Return the blocks in sight."""
        found = []
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        while block.isValid() and self._area(block).top() <= bottom:
            if block.isVisible():
                found.append(block)
            block = block.next()
        return found

    def _area(self, block: QTextBlock) -> QRectF:
        return self.blockBoundingGeometry(block).translated(self.contentOffset())

    def _highlight(self) -> None:
        """Colour what has come into sight."""
        for block in self._visible():
            number = block.blockNumber()
            if number in self._highlighted:
                continue
            self._highlighted.add(number)
            formats = [
                _format(block.text(), start, stop, style)
                for start, stop, style in styles(block.text(), self.laid.language)
            ]
            if formats:
                block.layout().setFormats(formats)
                self.document().markContentsDirty(block.position(), block.length())

    def _dress(self) -> None:
        """Take up font and colours of the theme."""
        self.setFont(theme.font(theme.current().size - 1, mono=True))
        self._highlighted.clear()
        self._lighting.start()

    def line_at(self, y: float) -> int | None:
        """Return the line at *y* of the viewport, None below the last one."""
        return next((block.blockNumber() for block in self._visible() if self._area(block).bottom() > y), None)

    def paint_gutter(self, painter: QPainter, area: QRect) -> None:
        """Paint a sign beside each line that opens a group."""
        painter.fillRect(area, theme.color("panel"))
        painter.setFont(theme.font(theme.current().size + 4))
        painter.setPen(theme.color("muted"))
        height = self.fontMetrics().height()
        for block in self._visible():
            line = block.blockNumber()
            if line in self.laid.groups:
                place = QRectF(0, self._area(block).top(), GUTTER, height)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "▸" if line in self._closed else "▾")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, and behind a folded group's line how much of it is not shown."""
        super().paintEvent(event)
        if not self._closed:
            return
        painter = QPainter(self.viewport())
        painter.setFont(theme.font(theme.current().small))
        painter.setPen(QColor(theme.color("muted")))
        for block in self._visible():
            line = block.blockNumber()
            if line in self._closed:
                cursor = QTextCursor(block)
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
                at = self.cursorRect(cursor)
                words = t("⋯ {lines:,} more lines", lines=self.laid.groups[line] - line - 1)
                room = QRectF(QPointF(at.topRight() + QPoint(10, 0)), QPointF(self.viewport().width(), at.bottom()))
                painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the signs stand beside the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), GUTTER, area.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fold and unfold; the arrow keys, Home and End move the cursor."""
        line = group_around(self.textCursor().blockNumber(), self.laid.groups)
        if event.text() == "-" and line is not None:
            if line in self._closed:
                line = group_around(line - 1, self.laid.groups)
            if line is not None:
                self._fold(self._closed | {line})
        elif event.text() == "+" and line is not None:
            self._fold(self._closed - {line})
        else:
            super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return the selected text as it was laid out."""
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        block, lines = self.document().findBlock(first), []
        while block.isValid() and block.position() <= last:
            inside = block.text()[max(0, first - block.position()) : last - block.position()]
            lines.append((block.blockNumber(), bidi.plain(inside)))
            block = block.next()
        data = QMimeData()
        data.setText(joined(lines, self.laid.continued))
        return data


def _format(text: str, start: int, stop: int, style: str) -> QTextLayout.FormatRange:
    made, look = QTextLayout.FormatRange(), QTextCharFormat()
    look.setForeground(theme.color(INK[style]))
    before, inside = text[:start], text[start:stop]
    made.start, made.length, made.format = _units(before), _units(inside), look
    return made


def _units(text: str) -> int:
    """Return the length of *text* in UTF-16, in which Qt counts."""
    return len(text) + sum(letter > "\uffff" for letter in text)
