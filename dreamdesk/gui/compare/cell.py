"""One cell of the comparison: a heading with chips, and a piece of a step's text laid out and painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption

from dreamdesk.gui import theme
from dreamdesk.gui.bidi import Isolated, isolated
from dreamdesk.gui.compare.content import styles
from dreamdesk.gui.compare.words import Span
from dreamdesk.gui.widgets.chip import chip_size, paint_chip

PAD = 14.0
"""Room around a cell's text, in pixels; above and below it is a little less."""
_FOOTER = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter
INK = {"key": "tool_text", "name": "tool_text", "string": "ok_text", "number": "warn_text", "hidden": "warn_text"}


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of a cell: words in a tone, then chips as (text, tone)."""

    words: str
    tone: str = "muted"
    chips: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the text to stand out: background *token*_soft and underline *token*."""

    span: Span
    token: str


class Cell:
    """A heading, *text*, and *footer*, laid out for *width* pixels.

    *language* is that of `styles`. The spans of *marks* count from the start of *text*.
    """

    def __init__(
        self, heading: Heading | None, text: str, language: str, marks: Sequence[Mark], footer: str, width: float
    ) -> None:
        self.heading, self.footer = heading, footer
        font = theme.font(theme.current().size - 1, mono=True)
        self._line = float(round(QFontMetricsF(font).height() * 1.28))
        room = max(40.0, width - 2 * PAD)
        self._chips: list[tuple[QPointF, str, str]] = []
        self._top = PAD - 4 + (self._lay_out_heading(heading, room) + 5 if heading else 0.0)
        # A line separator instead of a line break makes the whole piece one layout, with the positions unchanged;
        # text of strangers never holds one, for it is revealed.
        shown = isolated(text, language)
        self._layout = QTextLayout(shown.text.replace("\n", "\u2028"), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self._layout.setTextOption(option)
        place = _positions(shown)
        looks = {style: _look(token) for style, token in INK.items()}
        self._layout.setFormats([_format(place[a], place[b], looks[style]) for a, b, style in styles(text, language)])
        body = self._lay_out(room) if text or heading else 0.0
        self._fields = [
            field for mark in marks for field in self._areas(place[mark.span[0]], place[mark.span[1]], mark)
        ]
        needed = QFontMetricsF(_small()).boundingRect(QRectF(0, 0, room, 1e4), int(_FOOTER), footer).height()
        self._foot = max(self._line, needed)
        self.height = self._top + body + (self._foot + 4 if footer else 0.0) + PAD - 3

    def _lay_out_heading(self, heading: Heading, room: float) -> float:
        """Place the chips behind the words, on the next line where *room* ends; return the height of all."""
        metrics, tall = QFontMetricsF(_small()), chip_size("x").height()
        self._words = metrics.elidedText(heading.words, Qt.TextElideMode.ElideRight, room)
        x, y = metrics.horizontalAdvance(self._words) + 9, 0.0
        for text, tone in heading.chips:
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - chip_size("").width())
            if x and x + chip_size(shown).width() > room:
                x, y = 0.0, y + tall + 4
            self._chips.append((QPointF(x, y), shown, tone))
            x += chip_size(shown).width() + 6
        return y + tall

    def _lay_out(self, width: float) -> float:
        y = 0.0
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            tall = max(self._line, line.height())
            line.setPosition(QPointF(0, y + (tall - line.height()) / 2))
            y += tall
        self._layout.endLayout()
        return y

    def _areas(self, start: int, stop: int, mark: Mark) -> list[tuple[QRectF, str]]:
        """Return the fields behind a marked span, one for each line that it runs over."""
        found: list[tuple[QRectF, str]] = []
        first = self._layout.lineForTextPosition(start).lineNumber()
        for number in range(max(0, first), self._layout.lineCount()):
            line = self._layout.lineAt(number)
            begin, end = line.textStart(), line.textStart() + line.textLength()
            if begin >= stop:
                break
            a = _x(line.cursorToX(max(start, begin)))
            b = min(_x(line.cursorToX(min(stop, end))), line.naturalTextWidth())
            if a != b:
                top = line.position().y() - 1
                found.append((QRectF(min(a, b) - 2, top, abs(b - a) + 4, line.height() + 2), mark.token))
        return found

    def line_of(self, mark: int) -> float:
        """Return how far below the cell's top the field number *mark* begins; 0 where there is none."""
        return self._top + self._fields[mark][0].top() if mark < len(self._fields) else 0.0

    def in_footer(self, y: float) -> bool:
        """Tell whether *y*, from the cell's top, lies on the footer."""
        return bool(self.footer) and self.height - PAD - self._foot - 4 <= y <= self.height

    def paint(self, painter: QPainter, area: QRectF, seen: QRectF) -> None:
        """Paint into *area*; only what lies in *seen* needs to be."""
        left, y = area.left() + PAD, area.top() + PAD - 4
        if self.heading is not None:
            self._paint_heading(painter, QRectF(left, y, area.width() - 2 * PAD, chip_size("x").height()))
        origin = QPointF(left, area.top() + self._top)
        for field, token in self._fields:
            placed = field.translated(origin)
            if placed.intersects(seen):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.mix(token, f"{token}_soft", 0.16))
                painter.drawRoundedRect(placed, 3, 3)
                line = QRectF(round(placed.left()) + 2, round(placed.bottom()) - 2, round(placed.width()) - 4, 2)
                painter.fillRect(line, theme.color(token))
        painter.setPen(theme.color("text"))
        self._layout.draw(painter, origin, [], seen)
        if self.footer:
            painter.setFont(_small())
            painter.setPen(theme.color("accent_text"))
            foot = QRectF(left, area.top() + self.height - PAD - self._foot, area.width() - 2 * PAD, self._foot)
            painter.drawText(foot, int(_FOOTER), self.footer)

    def _paint_heading(self, painter: QPainter, line: QRectF) -> None:
        assert self.heading is not None
        painter.setFont(_small())
        painter.setPen(theme.color(self.heading.tone))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), self._words)
        for at, text, tone in self._chips:
            paint_chip(painter, line.topLeft() + at, text, tone)


def _small() -> QFont:
    return theme.font(theme.current().small, weight=QFont.Weight.DemiBold)


def _look(token: str) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(theme.color(token))
    return look


def _format(start: int, stop: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, stop - start, look
    return made


def _x(found: object) -> float:
    return float(found[0]) if isinstance(found, tuple) else float(found)  # type: ignore[arg-type]


def _positions(shown: Isolated) -> Sequence[int]:
    """Return for each position in the text that *shown* was made of the one in UTF-16, in which Qt counts."""
    text, count = shown.text, len(shown.text) - len(shown.opened) - len(shown.closed)
    if not shown.opened and (text.isascii() or max(text) < "\U00010000"):
        return range(count + 1)
    units = list(accumulate((2 if letter > "\uffff" else 1 for letter in text), initial=0))
    return [units[shown.position(at)] for at in range(count)] + [units[-1]]
