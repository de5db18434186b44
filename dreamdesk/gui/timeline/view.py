"""The timeline as a widget: what the mouse and the keyboard do to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.timeline.layout import DREAMED, RECORDED, Layout, arrange, hit, on_overview
from dreamdesk.gui.timeline.lettering import letter, write
from dreamdesk.gui.timeline.painter import BOX_PITCH, Scene, paint, paint_names
from dreamdesk.gui.timeline.scale import Scale
from dreamdesk.gui.timeline.tracks import Place, Tracks
from dreamdesk.gui.widgets.accessible import announce, expose
from dreamdesk.gui.widgets.label import plain_tooltip
from dreamdesk.language import t
from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Gap, Step
from dreamdesk.model.finding import Candidate

_READABLE = 38.0
"""Pixels for each step of a long episode when it is opened."""
_HINT = t(
    "←  →  step   ·   ,  .  marks   ·   Shift ←  →  error points   ·   Space  recorded / dreamed   ·   + − 0 Z  zoom"
)


class TimelineView(QWidget):
    """An episode as a railway map. Steps go by their index on the "recorded" or the "dreamed" track.

    Signals:
        stepSelected: the person chose a step: (track, index). `select` does not emit it.
    """

    stepSelected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracks = Tracks()
        self._selected: Place = (RECORDED, 0)
        self._hovered: Place | None = None
        self._pressed: QPointF | None = None
        self._dragging = self._sliding = False
        self._untouched = True
        self._by_time = False
        self._before_zoom: Scale | None = None
        self._layout: Layout = arrange((), 14)
        self._scale = Scale(0, 100).fitted()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(t("Timeline"))
        expose(self)
        theme.changed.connect(self._arrange)
        self._arrange()

    def show_episode(
        self,
        steps: Sequence[Step],
        error: int | None,
        candidates: Sequence[Candidate] = (),
        gaps: Sequence[Gap] = (),
    ) -> None:
        """Show an episode with the *error* point chosen; the dreamed track is taken away.

        A long episode opens close enough to be read, around the error point; the strip above shows all of it.
        """
        self._tracks = Tracks(steps, error, candidates, gaps)
        self._selected = (RECORDED, self._tracks.error or 0)
        self._before_zoom = None
        self._hovered = None
        self._untouched = True
        self._arrange()

    def show_correction(self, start: int | None, corrected: Sequence[CorrectedStep] = ()) -> None:
        """Let *corrected* branch off at step *start*; None takes the dreamed track away."""
        self._tracks.correct(start, corrected)
        if not self._tracks.exists(self._selected):
            self._selected = (RECORDED, min(self._selected[1], max(0, len(self._tracks.steps) - 1)))
        self._hovered = None
        self._arrange()

    def show_found(self, steps: Collection[int]) -> None:
        """Mark the recorded *steps* that a search found; an empty collection takes the marks away."""
        self._tracks.find(steps)
        self.update()

    @property
    def tells_time(self) -> bool:
        """Whether the recording tells times enough for a scale of time."""
        return self._tracks.clock() is not None

    def toggle_time(self) -> bool:
        """Go from a column for each step to the scale of time, or back; return whether it is of time now.

        A recording that tells no times stays as it is.
        """
        self._by_time = not self._by_time and self.tells_time
        self._open()
        self.update()
        return self._by_time

    def select(self, track: str, index: int) -> None:
        """Choose a step and bring it into sight. A place that does not exist changes nothing."""
        if self._tracks.exists((track, index)):
            self._choose((track, index))

    @property
    def selected(self) -> tuple[str, int]:
        """The chosen step: track and index."""
        return self._selected

    @property
    def scale(self) -> Scale:
        """How columns lie on the screen at present."""
        return self._scale

    def place_rect(self, track: str, index: int) -> QRect:
        """Return where the box of a step is painted, in this widget's coordinates."""
        area = self._scene().box((track, index)).translated(self._layout.gutter, 0)
        return area.toAlignedRect()

    # What a screen reader sees: the recorded steps, then the dreamed ones.

    def accessible_count(self) -> int:
        """Return the number of steps on both tracks."""
        return len(self._tracks.steps) + len(self._tracks.corrected)

    def accessible_name(self, item: int) -> str:
        """Return what step *item* is."""
        return self._tracks.describe(self._place(item), 200)

    def accessible_rect(self, item: int) -> QRect:
        """Return where step *item* is painted."""
        return self.place_rect(*self._place(item))

    def accessible_current(self) -> int:
        """Return the chosen step."""
        return self._item(self._selected) if self._tracks.exists(self._selected) else -1

    def accessible_item_at(self, x: int, y: int) -> int:
        """Return the step at a point, or -1."""
        place = self._at(QPointF(x, y))
        return -1 if place is None else self._item(place)

    def _place(self, item: int) -> Place:
        count = len(self._tracks.steps)
        if item < count or self._tracks.branch is None:
            return RECORDED, item
        return DREAMED, self._tracks.branch.start + item - count

    def _item(self, place: Place) -> int:
        track, index = place
        if track == DREAMED and self._tracks.branch is not None:
            return len(self._tracks.steps) + index - self._tracks.branch.start
        return index

    def _open(self) -> None:
        """Show all that can be read at once; of a long episode as much before as after the chosen step."""
        clock = self._tracks.clock() if self._by_time else None
        fitted = Scale(self._tracks.columns, self._room()).timed(clock)
        closer = 1.0 if clock or fitted.pitch >= BOX_PITCH else _READABLE / fitted.pitch
        self._scale = fitted.zoomed(closer, 0).showing(self._tracks.column(self._selected), margin=self.width())

    def _fill(self) -> None:
        """Use other room or other columns: open anew, unless the person has moved about since."""
        if self._untouched:
            self._open()
        else:
            self._scale = self._scale.resized(self._tracks.columns, self._room())

    def _choose(self, place: Place, *, by_person: bool = False) -> None:
        changed = place != self._selected
        self._selected = place
        self._scale = self._scale.showing(self._tracks.column(place))
        self.update()
        if changed:
            announce(self, self._item(place))
        if by_person:
            self._untouched = False
            self.stepSelected.emit(place)

    def _at(self, point: QPointF) -> Place | None:
        x = point.x() - self._layout.gutter
        return (
            hit(self._layout, self._scale, len(self._tracks.steps), self._tracks.branch, x, point.y())
            if x >= 0
            else None
        )

    def _room(self) -> float:
        return max(40.0, self.width() - self._layout.gutter - self._layout.MARGIN)

    def _arrange(self) -> None:
        """Work out the places anew, after other contents or another theme."""
        unit = QFontMetricsF(theme.font(theme.current().small)).height()
        self._layout = arrange(self._tracks.lanes, unit)
        self._fill()
        self.setFixedHeight(int(self._layout.height))
        self.update()

    def _rescale(self, scale: Scale) -> None:
        self._scale = scale
        self._before_zoom = None
        self._untouched = False
        self.update()

    def _zoom_to_step(self) -> None:
        """Look at the chosen step alone, or at as much as before again."""
        close = self._scale.close_up(self._tracks.column(self._selected))
        if self._before_zoom is not None and abs(close.pitch - self._scale.pitch) < 0.01 * close.pitch:
            self._rescale(self._before_zoom.showing(self._tracks.column(self._selected)))
            self._before_zoom = None
        else:
            before = self._scale
            self._rescale(close)
            self._before_zoom = before

    def _scene(self) -> Scene:
        chosen = self._selected if self._tracks.exists(self._selected) else None
        return Scene(self._tracks, self._layout, self._scale, chosen, self._hovered, self.hasFocus())

    def sizeHint(self) -> QSize:
        """Return the usual size."""
        return QSize(760, int(self._layout.height))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(260, int(self._layout.height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint names, tracks and the line of hints."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("panel"))
        if not self._tracks.steps:
            painter.setFont(theme.font())
            painter.setPen(theme.color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, t("This episode has no steps."))
            return
        scene = self._scene()
        paint_names(painter, scene)
        painter.save()
        painter.setClipRect(QRectF(self._layout.gutter - 6, 0, self._room() + 12, self.height()))
        painter.translate(self._layout.gutter, 0)
        paint(painter, scene)
        painter.restore()
        self._paint_hint(painter)

    def _paint_hint(self, painter: QPainter) -> None:
        """Paint the chosen step in words at the right, and the keys at the left where there is room for both."""
        keys = letter(_HINT, theme.current().small)
        font, room = keys[1], keys[2] + 24
        metrics = QFontMetricsF(font)
        line = QRectF(self._layout.gutter, self._layout.hint, self._room(), self._layout.unit * 1.4)
        words = self._tracks.describe(self._selected) if self._tracks.exists(self._selected) else ""
        painter.setFont(font)
        painter.setPen(theme.color("faint"))
        if line.width() >= room + metrics.horizontalAdvance(words):
            write(painter, line, keys, Qt.AlignmentFlag.AlignLeft)
            line.setLeft(line.left() + room)
        painter.setPen(theme.color("muted"))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go on showing what was shown."""
        super().resizeEvent(event)
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the tracks and zoom."""
        key, place = event.key(), self._selected
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        target: Place | None = None
        if not self._tracks.steps:
            super().keyPressEvent(event)
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = 1 if key == Qt.Key.Key_Right else -1
            target = self._tracks.next_candidate(place, by) if shift else self._tracks.moved(place, by)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            target = self._tracks.end(place, key == Qt.Key.Key_End)
        elif key == Qt.Key.Key_Space:
            target = self._tracks.counterpart(place)
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            target = self._tracks.next_mark(place, 1 if key == Qt.Key.Key_Period else -1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            middle = self._scale.x(self._tracks.column(place) + 0.5)
            self._rescale(self._scale.zoomed(1 / 1.5 if key == Qt.Key.Key_Minus else 1.5, middle))
        elif key == Qt.Key.Key_Z:
            self._zoom_to_step()
        elif key == Qt.Key.Key_0:
            self._rescale(self._scale.fitted())
        else:
            super().keyPressEvent(event)
            return
        if target is not None and target != place:
            self._choose(target, by_person=True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the mouse is; sideways, or with Shift, pan."""
        turn = event.angleDelta()
        sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if turn.x() or sideways:
            self._rescale(self._scale.panned((turn.x() or turn.y()) / 2))
        else:
            x = event.position().x() - self._layout.gutter
            self._rescale(self._scale.zoomed(1.0015 ** turn.y(), max(0.0, x)))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where; whether it is a click or a drag is seen later. The right button chooses at once."""
        if event.button() == Qt.MouseButton.RightButton and (place := self._at(event.position())) is not None:
            self._choose(place, by_person=True)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False
            self._sliding = on_overview(self._layout, event.position().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while the button is down, from the overview too; else mark the step under the mouse."""
        if self._pressed is not None and self._sliding:
            self._dragging = True
            place = self._at(QPointF(event.position().x(), self._layout.overview + 1))
            if place is not None:
                self._rescale(self._scale.centred(place[1]))
            return
        if self._pressed is not None:
            moved = event.position() - self._pressed
            if self._dragging or moved.manhattanLength() >= QApplication.startDragDistance():
                self._dragging = True
                self._pressed = event.position()
                self._rescale(self._scale.panned(moved.x()))
            return
        place = self._at(event.position())
        if place != self._hovered:
            self._hovered = place
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the step under the mouse, unless this was a drag."""
        clicked = self._pressed is not None and not self._dragging
        self._pressed, self._dragging, self._sliding = None, False, False
        place = self._at(event.position())
        if clicked and place is not None:
            self._choose(place, by_person=True)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the mark under the mouse away."""
        self._hovered = None
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()

    def event(self, event: QEvent) -> bool:
        """Show what a step is while the mouse rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(QPointF(event.pos()))
            shown = plain_tooltip(self._tracks.describe(place, 240)) if place else ""
            QToolTip.showText(event.globalPos() + QPoint(0, 8), shown, self)
            return True
        return super().event(event)
