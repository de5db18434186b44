"""The part of the comparison that is in sight: which rows, laid out how, and how scrolling moves it.

The row on top and how far it is scrolled out are the truth. Heights of rows never seen are guesses, so a position in
pixels means little until its row was measured.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from PySide6.QtGui import QFontMetricsF

from dreamdesk.gui import theme
from dreamdesk.gui.compare.cell import PAD, Cell, Heading, Mark
from dreamdesk.gui.compare.content import TONES, heading
from dreamdesk.gui.compare.heights import Heights
from dreamdesk.gui.compare.sheet import BAND, RECORDED, Place, Sheet
from dreamdesk.gui.compare.words import Span
from dreamdesk.language import counted, t
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Kind

_KEPT = 64
"""Rows whose layout is remembered."""


class Window:
    """A window of *room* pixels on the rows of *sheet*, whose two columns are *width* pixels wide each.

    Attributes:
        error: Index of the recorded step that is marked as the error point.
        gaps: What is not shown at or after a recorded step, in a word or two.
        flash: A recorded step and the span of its text that stands out.
    """

    def __init__(self) -> None:
        self.sheet = Sheet()
        self.error: int | None = None
        self.gaps: Mapping[int, str] = {}
        self.flash: tuple[Place, Span] | None = None
        self.width, self.room = 300.0, 300.0
        self.heights = Heights()
        self._cells: OrderedDict[int, tuple[Cell | None, Cell | None]] = OrderedDict()
        self._row, self._offset = 0, 0.0

    def show(self, sheet: Sheet, error: int | None) -> None:
        """Look at another sheet, from its first row."""
        self.sheet, self.error, self.flash = sheet, error, None
        self._row, self._offset = 0, 0.0
        self.lay_out()

    def lay_out(self) -> None:
        """Guess all heights anew, after other contents, another width or another theme; the top row stays on top."""
        self._cells.clear()
        metrics = QFontMetricsF(theme.font(theme.current().size - 1, mono=True))
        columns = max(10, int((self.width - 2 * PAD) / max(1.0, metrics.horizontalAdvance("m"))))
        line = metrics.height() * 1.28
        self.heights = Heights(42 + line * self.sheet.lines(row, columns) for row in range(len(self.sheet.rows)))
        self._row = min(self._row, max(0, len(self.heights) - 1))
        self._settle()

    def highlight(self, flash: tuple[Place, Span] | None) -> None:
        """Let a span stand out, or none."""
        if flash != self.flash:
            self.flash = flash
            self._cells.clear()

    @property
    def value(self) -> int:
        """Where the window stands, in pixels of guessed and measured rows: the value of a scroll bar."""
        return round(self.heights.top(self._row) + self._offset) if len(self.heights) else 0

    @property
    def span(self) -> int:
        """The greatest `value`."""
        return max(0, round(self.heights.total - self.room)) if len(self.heights) else 0

    def cells(self, row: int) -> tuple[Cell | None, Cell | None]:
        """Return the cells of *row*, left and right, laid out; its real height is known from then on."""
        cells = self._cells.get(row)
        if cells is None:
            cells = (self._cell(row, 0), self._cell(row, 1))
            self._cells[row] = cells
            while len(self._cells) > _KEPT:
                self._cells.popitem(last=False)
        self._cells.move_to_end(row)
        self.heights.measured(row, max((cell.height for cell in cells if cell), default=20.0))
        return cells

    def y(self, row: int) -> float:
        """Return where *row* begins, from the window's top."""
        return self.heights.top(row) - self.heights.top(self._row) - self._offset

    def rows(self) -> Iterator[tuple[int, float]]:
        """Yield each row in sight and where it begins."""
        y, row = -self._offset, self._row
        while y < self.room and row < len(self.heights):
            self.cells(row)
            yield row, y
            y += self.heights[row]
            row += 1

    def row_at(self, y: float) -> int | None:
        """Return the row at *y* from the window's top, or None."""
        return next((row for row, top in self.rows() if top <= y < top + self.heights[row]), None)

    def scroll(self, by: float) -> None:
        """Move *by* pixels towards the end."""
        self._offset += by
        self._normalise()
        self._settle()

    def go(self, value: float) -> None:
        """Move to where a scroll bar stands: over measured rows when it is near, else by the guesses."""
        if not len(self.heights):
            return
        by = value - self.value
        if abs(by) <= 2 * self.room:
            self.scroll(by)
        else:
            row = self.heights.row_at(value)
            self.put_on_top(row, value - self.heights.top(row))

    def put_on_top(self, row: int, offset: float = 0.0) -> None:
        """Show *row* at the top, *offset* pixels of it scrolled out."""
        self._row, self._offset = row, offset
        self.cells(row)
        self._normalise()
        self._settle()

    def lead_up_to(self, row: int) -> None:
        """Show *row* below the row before it, of which at most a third of the window is seen."""
        before = max(0, row - 1)
        self.cells(before)
        self.put_on_top(before, max(0.0, self.heights[before] - self.room / 3) if before < row else 0.0)

    def bring(self, row: int, top: float = 0.0, bottom: float | None = None) -> None:
        """Move just as far as needed for the part of *row* from *top* to *bottom* (its end) to be seen."""
        self.cells(row)
        bottom = self.heights[row] if bottom is None else bottom
        above, below = self.y(row) + top, self.y(row) + bottom
        if above < 0 or below - above > self.room:
            self.put_on_top(row, top)
        elif below > self.room:
            self.put_on_top(row, bottom - self.room)

    def _settle(self) -> None:
        """Leave no empty room at the end while there is something above."""
        shown = sum(self.heights[row] for row, _ in self.rows()) - self._offset
        if shown < self.room:
            self._offset -= self.room - shown
            self._normalise()

    def _normalise(self) -> None:
        """Bring the offset back into the top row, going up or down over rows of measured height."""
        while self._offset < 0 and self._row > 0:
            self._row -= 1
            self.cells(self._row)
            self._offset += self.heights[self._row]
        self._offset = max(0.0, self._offset)
        while self._row < len(self.heights) - 1 and self._offset >= self.heights[self._row]:
            self._offset -= self.heights[self._row]
            self._row += 1
            self.cells(self._row)

    def _cell(self, row: int, side: int) -> Cell | None:
        pair, number = self.sheet.rows[row]
        place = self.sheet.places(pair)[side]
        if number == BAND:
            words = t("{row} alike · Space shows", row=counted(len(self.sheet.run(row)), "step"))
            return Cell(None, "", "text", [], words, self.width)
        part = self.sheet.piece(place, number) if place is not None else None
        if place is None or part is None:
            return None
        shown, last = self.sheet.content(place), self.sheet.piece(place, number + 1) is None
        marks = [Mark(span, "accent" if side else "error") for span in self.sheet.marks(pair, side)]
        if self.flash is not None and self.flash[0] == place and not side:
            marks = [Mark(self.flash[1], "warn"), *marks]
        cut = [
            Mark((max(m.span[0], part[0]) - part[0], min(m.span[1], part[1]) - part[0]), m.token)
            for m in marks
            if m.span[0] < part[1] and m.span[1] > part[0]
        ]
        footer = ""
        if last and shown.folded:
            footer = t("{folded:,} more characters · Space shows all", folded=shown.folded)
        elif last and self.sheet.unfolded(place):
            footer = t("Space folds this step")
        top = self._heading(place, side, pair) if number == 0 else None
        return Cell(top, shown.text[slice(*part)], shown.language, cut, footer, self.width)

    def _heading(self, place: Place, side: int, pair: int) -> Heading:
        step, corrected = self.sheet.step(place), self.sheet.corrected_step(place)
        words, tone = heading(step, corrected is not None), "muted"
        chips: list[tuple[str, str]] = []
        if corrected is not None:
            chips.append((t(corrected.provenance.value), TONES[corrected.provenance]))
            if corrected.origin and corrected.provenance in (Provenance.REPLAYED, Provenance.GRAFTED):
                chips.append((corrected.origin[:40], "muted"))
            tone = "accent_text" if step.index == self.sheet.start else tone
        elif side and place[0] == RECORDED:
            chips.append((t("kept"), "muted"))
        elif step.index == self.error and place[0] == RECORDED:
            chips.append((t("⚑ error point"), "error"))
            tone = "error_text"
        elif step.kind is Kind.TOOL_RESULT:
            chips.append((t("recorded"), "ok"))
        if place[0] == RECORDED and (gap := self.gaps.get(step.index)):
            chips.append((gap, "warn"))
        if step.is_error:
            chips.append((t("error"), "error"))
        if self.sheet.partly_compared(pair):
            chips.append((t("compared in part"), "warn"))
        return Heading(words, tone, tuple(chips))
