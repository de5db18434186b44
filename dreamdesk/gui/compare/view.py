"""The comparison as a widget: two cards, one scroll bar, and what the keyboard and the mouse do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.compare.cards import Cards, Title
from dreamdesk.gui.compare.content import find_quote, heading
from dreamdesk.gui.compare.sheet import DREAMED, RECORDED, Place, Sheet
from dreamdesk.gui.compare.window import Window
from dreamdesk.gui.widgets.accessible import announce, expose
from dreamdesk.language import t
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Gap, Step

NOTHING_DREAMED = (t("No correction yet"), t("Nothing has been dreamed for this episode."))


class CompareView(QAbstractScrollArea):
    """What happened beside what was dreamed. Both sides are rows of one sheet, so they scroll as one.

    Steps go by their index on the "recorded" or the "dreamed" track. Up and Down walk, Left and Right change sides,
    period and comma go to the next and the last difference, Space shows all of a long step or of a run of steps that
    are alike, Ctrl+C copies the chosen step's text as it was recorded.

    Signals:
        stepActivated: the person chose a step: (track, index). `scroll_to` does not emit it.
    """

    stepActivated = Signal(object)
    sides = ("recorded", "dreamed")
    """What a screen reader calls the two sides."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._window = Window()
        self._revision: Revision | None = None
        self._count = 0
        self._empty = NOTHING_DREAMED
        self._selected: Place | None = None
        self._narrow = False
        self.error_seen = False
        """Whether the error point was ever in sight since somebody last said False."""
        self._following = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(t("Recorded and dreamed steps"))
        expose(self)
        theme.changed.connect(self._lay_out)

    def show_pair(
        self,
        recorded: Sequence[Step],
        revision: Revision | None,
        revision_count: int = 0,
        error: int | None = None,
        empty: tuple[str, str] = NOTHING_DREAMED,
        gaps: Sequence[Gap] = (),
    ) -> None:
        """Show an episode beside *revision*, one of *revision_count*, from the step before the error point on.

        Of a tall step before it only the end is shown, so that the error point itself is always in sight.
        The *error* point is the revision's start unless it is given. *empty*, a heading and a sentence, stands where
        the correction would, when there is none to show. *gaps* of the recording stand beside their steps.
        """
        self._window.gaps = {
            gap.step: t("gap: {kind}", kind=t(gap.kind.called)) for gap in gaps if gap.step is not None
        }
        self._empty = empty
        error = error if error is not None or revision is None else revision.start
        self._revision, self._count = revision, revision_count
        self._show(Sheet(recorded, revision), error)

    def _show(self, sheet: Sheet, error: int | None) -> None:
        """Look at *sheet*, at its *error* point if it has one."""
        recorded = sheet.recorded
        if self._narrow:
            sheet.narrow((RECORDED, error) if error is not None else None)
        self._window.show(sheet, error)
        self._selected = (RECORDED, max(0, min(error or 0, len(recorded) - 1))) if recorded else None
        if error and recorded:
            self._window.lead_up_to(self._window.sheet.row_of((RECORDED, min(error, len(recorded) - 1))) or 0)
        self._follow()

    def scroll_to(self, track: str, index: int) -> None:
        """Choose a step and bring it into sight. A step that does not exist changes nothing."""
        sheet = self._window.sheet
        place = (track, index)
        if track == DREAMED and sheet.pair_of(place) is None and index < sheet.start:
            place = (RECORDED, index)
        if sheet.pair_of(place) is not None:
            self._uncover(place)
            self._choose(place)

    @property
    def only_differences(self) -> bool:
        """Whether runs of steps that are alike are one line each."""
        return self._narrow

    def show_only_differences(self, narrow: bool) -> None:
        """Show runs of steps that are alike as one line each, or every step again."""
        self._narrow = narrow
        sheet, error = self._window.sheet, self._window.error
        if narrow:
            sheet.narrow((RECORDED, error) if error is not None else None)
        else:
            sheet.widen()
        self._window.lay_out()
        if self._selected is not None and not sheet.hidden(self._selected):
            self._window.lead_up_to(sheet.row_of(self._selected) or 0)
        elif not self._go_to_difference(1):
            self._go_to_difference(-1)
        self._follow()

    @property
    def manner(self) -> str:
        """How the two sides are compared at present, for the record of a decision."""
        return pipeline.ONLY_DIFFERENCES if self._narrow else pipeline.SIDE_BY_SIDE

    def _uncover(self, place: Place) -> None:
        """Show the run of steps that *place* stands in, if it is one line."""
        if self._window.sheet.hidden(place):
            self._window.sheet.toggle(place)
            self._window.lay_out()

    def flash(self, step: int, text: str) -> None:
        """Show the recorded *step* with *text*, words quoted from it, standing out until another step is chosen."""
        place, sheet = (RECORDED, step), self._window.sheet
        if sheet.pair_of(place) is None:
            return
        self._uncover(place)
        self._choose(place)
        span = find_quote(text, sheet.content(place).text)
        if span is None and sheet.content(place).folded and sheet.toggle(place):
            self._window.lay_out()
            span = find_quote(text, sheet.content(place).text)
        if span is not None:
            self._window.highlight((place, span))
            row = sheet.row_of(place, span[0]) or 0
            cell = self._window.cells(row)[0]
            top = cell.line_of(0) if cell else 0.0
            self._window.bring(row, max(0.0, top - 40), top + 40)
        self._follow()

    @property
    def selected(self) -> tuple[str, int] | None:
        """The chosen step: track and index; None in an empty view."""
        return self._selected

    def copy(self) -> None:
        """Put the text of the chosen step, as it was recorded, on the clipboard."""
        if self._selected is not None:
            text = self._window.sheet.step(self._selected).content
            QGuiApplication.clipboard().setText(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    # What a screen reader sees: both sides of each pair in turn.

    def accessible_count(self) -> int:
        """Return the number of cells."""
        return 2 * self._window.sheet.pairs

    def accessible_name(self, item: int) -> str:
        """Return what stands in a cell."""
        place = self._window.sheet.places(item // 2)[item % 2]
        if place is None:
            return t("nothing on this side")
        sheet, side = self._window.sheet, self.sides[item % 2]
        words = heading(sheet.step(place), sheet.corrected_step(place) is not None)
        return f"{side}, {words}: {sheet.content(place).text[:500]}"

    def accessible_rect(self, item: int) -> QRect:
        """Return where a cell is painted."""
        place = self._window.sheet.places(item // 2)[item % 2]
        row = self._window.sheet.row_of(place) if place else None
        if row is None:
            return QRect()
        column = self._cards().column(item % 2)
        top = column.top() + self._window.y(row)
        return QRectF(column.left(), top, column.width(), self._window.heights[row]).toAlignedRect()

    def accessible_current(self) -> int:
        """Return the chosen cell."""
        pair = self._window.sheet.pair_of(self._selected) if self._selected else None
        return -1 if pair is None or self._selected is None else 2 * pair + (self._selected[0] == DREAMED)

    def accessible_item_at(self, x: int, y: int) -> int:
        """Return the cell at a point, or -1."""
        cards = self._cards()
        row = self._window.row_at(y - cards.column(0).top())
        return -1 if row is None else 2 * self._window.sheet.rows[row][0] + cards.side(x)

    def _titles(self) -> tuple[Title, Title]:
        """Return the headings of the cards."""
        error, revision = self._window.error, self._revision
        happened = t("What happened") if error is None else t("What happened · step {error}", error=error)
        notes = (
            (t("recorded · only what differs"), t("only what differs"), t("differences"))
            if self._narrow
            else (t("recorded"),)
        )
        left = Title(happened, notes, "text" if error is None else "error_text")
        if revision is None:
            return left, Title(t("What was dreamed"), tone="accent_text")
        number = revision.number or 1
        version = t("{number} of {count}", number=number, count=self._count) if self._count else str(number)
        return left, Title(
            t("What was dreamed · step {start}′", start=revision.start),
            (t("version {version}", version=version), version),
            "accent_text",
        )

    def _nothing(self) -> tuple[str, str] | None:
        """Return what stands in the right card when it has nothing to show; None while it has."""
        return self._empty if self._revision is None else None

    def _cards(self) -> Cards:
        return Cards(self.viewport().width(), self.viewport().height())

    def _lay_out(self) -> None:
        """Lay out anew, after another width or another theme."""
        column = self._cards().column(0)
        self._window.width, self._window.room = column.width(), column.height()
        self._window.lay_out()
        self._follow()

    def _follow(self) -> None:
        """Let the scroll bar follow the window, and paint."""
        self._following = True
        bar = self.verticalScrollBar()
        bar.setRange(0, self._window.span)
        bar.setPageStep(max(1, round(self._window.room)))
        bar.setSingleStep(24)
        bar.setValue(self._window.value)
        self._following = False
        self.viewport().update()

    def _choose(self, place: Place, *, by_person: bool = False) -> None:
        if place != self._selected:
            self._selected = place
            self._window.highlight(None)
            announce(self, self.accessible_current())
        self._window.bring(self._window.sheet.row_of(place) or 0)
        self._follow()
        if by_person:
            self.stepActivated.emit(place)

    def _walk(self, by: int) -> None:
        """Go to the next step on this side; through a step taller than the view, a part at a time."""
        if self._selected is None:
            return
        sheet, room = self._window.sheet, self._window.room
        pair = sheet.pair_of(self._selected) or 0
        first = last = sheet.row_of(self._selected) or 0
        while last + 1 < len(sheet.rows) and sheet.rows[last + 1][0] == pair:
            last += 1
        top, bottom = self._window.y(first), self._window.y(last) + self._window.heights[last]
        if top < room and bottom > 0 and (bottom > room + 2 if by > 0 else top < -2):
            self._window.scroll(by * min(room * 0.6, bottom - room if by > 0 else -top))
            self._follow()
            return
        side = int(self._selected[0] == DREAMED)
        for row in range(last + 1, len(sheet.rows)) if by > 0 else range(first - 1, -1, -1):
            place = sheet.places(sheet.rows[row][0])[side]
            if place is not None:
                self._choose(place, by_person=True)
                return

    def _go_to_difference(self, by: int) -> bool:
        """Choose the next step that differs, or the one before, on this side if there is one; tell whether one was."""
        sheet = self._window.sheet
        pair = sheet.pair_of(self._selected) if self._selected else None
        found = sheet.next_difference(pair, by) if pair is not None else None
        if found is None or self._selected is None:
            return False
        left, right = sheet.places(found)
        places = (right, left) if self._selected[0] == DREAMED else (left, right)
        self._choose(next(place for place in places if place is not None), by_person=True)
        return True

    def _across(self, side: int) -> None:
        pair = self._window.sheet.pair_of(self._selected) if self._selected else None
        place = self._window.sheet.places(pair)[side] if pair is not None else None
        if place is not None and place != self._selected:
            self._choose(place, by_person=True)

    def _toggle(self, place: Place) -> None:
        if self._window.sheet.toggle(place):
            self._window.highlight(None)
            self._window.lay_out()
            self._choose(place)

    def sizeHint(self) -> QSize:
        """Return the usual size."""
        return QSize(900, 520)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(420, 160)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Follow the scroll bar."""
        if not self._following:
            self._window.go(self.verticalScrollBar().value())
            self._follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the two cards."""
        painter = QPainter(self.viewport())
        focused = self.hasFocus()
        error = self._window.sheet.row_of((RECORDED, self._window.error)) if self._window.error is not None else None
        self.error_seen |= any(row == error for row, _ in self._window.rows())
        self._cards().paint(painter, self._window, self._titles(), self._selected, focused, self._nothing())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, change sides, unfold, copy."""
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._walk(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._across(int(key == Qt.Key.Key_Right))
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._window.scroll(self._window.room * (0.9 if key == Qt.Key.Key_PageDown else -0.9))
            self._follow()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._window.sheet.pairs:
            places = self._window.sheet.places(0 if key == Qt.Key.Key_Home else self._window.sheet.pairs - 1)
            self._choose(next(place for place in places if place is not None), by_person=True)
        elif key in (Qt.Key.Key_Period, Qt.Key.Key_Comma):
            self._go_to_difference(1 if key == Qt.Key.Key_Period else -1)
        elif key == Qt.Key.Key_Space and self._selected is not None:
            self._toggle(self._selected)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self.stepActivated.emit(self._selected)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the step under the mouse; its last line unfolds it. The right button opens a menu afterwards."""
        cards = self._cards()
        side, y = cards.side(event.position().x()), event.position().y() - cards.column(0).top()
        row = self._window.row_at(y) if y >= 0 else None
        place = self._window.sheet.places(self._window.sheet.rows[row][0])[side] if row is not None else None
        left = event.button() == Qt.MouseButton.LeftButton
        if row is None or place is None or not (left or event.button() == Qt.MouseButton.RightButton):
            return
        cell, top = self._window.cells(row)[side], self._window.y(row)
        self._choose(place, by_person=True)
        if left and cell is not None and cell.in_footer(y - top):
            self._toggle(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing more happens when the button comes up."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.viewport().update()
