"""Painting of the timeline: lanes, boxes, the flag, the dreamed track.

Close up each step is a box with its number. Further out it is a bar, and where a step gets less than three pixels,
neighbours in a lane are merged. The error point, candidates, gaps and steps flagged as errors are always painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from dreamdesk.gui import theme
from dreamdesk.gui.bidi import facts
from dreamdesk.gui.theme import Theme
from dreamdesk.gui.timeline.bars import paint_bars
from dreamdesk.gui.timeline.clock import span
from dreamdesk.gui.timeline.layout import DREAMED, RECORDED, Layout
from dreamdesk.gui.timeline.lettering import letter, write
from dreamdesk.gui.timeline.scale import MAX_PITCH, Scale, level_for
from dreamdesk.gui.timeline.tracks import Place, Tracks
from dreamdesk.gui.widgets.minitrack import paint_minitrack
from dreamdesk.language import t
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.text import one_line

BOX_PITCH = 24.0
"""From this pitch on, in pixels, steps are boxes with numbers."""
_WORDY = 92.0
"""From this width on, in pixels, the box of a step has its first words too."""
_TRACK_PITCH = 5.0
"""From this pitch on the line that joins the steps is painted."""
_TICK = 110
"""Pixels between two marks of the time scale."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that one picture of the timeline depends on."""

    tracks: Tracks
    layout: Layout
    scale: Scale
    selected: Place | None
    hovered: Place | None
    focused: bool

    def box(self, place: Place) -> QRectF:
        """Return the area of the box of *place*, relative to the first column's edge."""
        y = self.layout.dream if place[0] == DREAMED else self.layout.lanes[self.tracks.places[place[1]]]
        column = self.tracks.column(place)
        x = self.scale.x(column)
        width = self.scale.x(column + 1) - x
        if self.near:
            # On half pixels a thin outline is sharp.
            height, inset = float(round(self.layout.box)), min(width * 0.06, 3.0)
            left = round(x + inset)
            return QRectF(left + 0.5, round(y - height / 2) + 0.5, max(2, round(width - 2 * inset)), height)
        height = self.layout.box * 0.6
        return QRectF(x, y - height / 2, max(1.0, width - (1.0 if width > 3 else 0.0)), height)

    @property
    def near(self) -> bool:
        """Whether steps are boxes with numbers."""
        return self.scale.detail >= BOX_PITCH


def paint(painter: QPainter, scene: Scene) -> None:
    """Paint the columns of *scene*; the painter's origin is the first column's edge at the top of the widget."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _overview(painter, scene)
    _ticks(painter, scene)
    _rails(painter, scene)
    if scene.scale.detail >= _TRACK_PITCH:
        _joins(painter, scene)
    if scene.near:
        for column in scene.scale.visible():
            if column < len(scene.tracks.steps) and column != scene.tracks.error:
                _box(painter, scene, column)
    else:
        paint_bars(painter, scene.tracks, scene.layout, scene.scale)
    _dream(painter, scene)
    _marks(painter, scene)
    if scene.tracks.error is not None:
        _error(painter, scene, scene.tracks.error)
    for place, token in ((scene.hovered, "edge"), (scene.selected, "focus" if scene.focused else "text")):
        if place is not None and scene.tracks.exists(place):
            _ring(painter, scene, place, token, 2.0 if place == scene.selected else 1.0)


def paint_names(painter: QPainter, scene: Scene) -> None:
    """Paint the lanes' names at the left, the painter's origin being the widget's."""
    font = theme.font(theme.current().small, weight=QFont.Weight.DemiBold)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(theme.color("muted"))
    for lane, y in scene.layout.lanes.items():
        area = _name_area(scene.layout, y)
        name = metrics.elidedText(one_line(lane.title, 60), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, name)
    if scene.tracks.branch is not None:
        painter.setFont(theme.font(theme.current().small, weight=QFont.Weight.Bold))
        painter.setPen(theme.color("accent_text"))
        painter.drawText(_name_area(scene.layout, scene.layout.dream), Qt.AlignmentFlag.AlignVCenter, t("Dream"))


def _name_area(layout: Layout, y: float) -> QRectF:
    return QRectF(layout.MARGIN, y - layout.unit, layout.gutter - layout.MARGIN - 8, 2 * layout.unit)


def _overview(painter: QPainter, scene: Scene) -> None:
    """Paint the strip that shows the whole episode, and the part of it that is seen."""
    whole = scene.scale.whole()
    count = len(scene.tracks.steps)
    strip = QRectF(0, scene.layout.overview, whole.x(count), scene.layout.unit * 0.7)
    ratio = painter.device().devicePixelRatio()
    size = (strip.width(), strip.height())
    image = _strip(size, count, scene.tracks.error, ratio, theme.current())
    painter.drawImage(QPointF(-2, strip.top() - 2), image)
    if scene.scale.pitch > scene.scale.fit_pitch * 1.01:
        seen = scene.scale.visible()
        left, right = whole.x(seen.start), whole.x(max(seen.stop, seen.start + 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("text"), 1.2))
        painter.drawRoundedRect(
            QRectF(left, strip.top(), max(8.0, right - left), strip.height()).adjusted(0, -3, 0, 3), 4, 4
        )


@lru_cache(maxsize=4)
def _strip(size: tuple[float, float], count: int, error: int | None, ratio: float, look: Theme) -> QImage:
    """Return the strip with a margin of two pixels; it stays the same while one zooms and pans."""
    width, height = size
    image = QImage(int((width + 5) * ratio), int((height + 5) * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.mix("line", "panel", 0.45))
    painter.drawRoundedRect(QRectF(0, 0, width + 4, height + 4), 4, 4)
    paint_minitrack(painter, QRectF(2, 2, width, height), count, error, look)
    painter.end()
    return image


def _ticks(painter: QPainter, scene: Scene) -> None:
    """Write above the lanes how long after the beginning their places are, when the scale is of time."""
    clock, scale, layout = scene.scale.clock, scene.scale, scene.layout
    if clock is None:
        return
    font = theme.font(theme.current().small - 1)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    y, last = min(layout.lanes.values()) - layout.box * 0.5 - layout.unit * 1.05, ""
    right = min(scale.width, scale.x(len(scene.tracks.steps) - 1) + 1)
    for x in range(0, int(right) + 1, _TICK):
        words = span(clock.elapsed(scale.column(x)))
        if words != last and x + 9 + metrics.horizontalAdvance(words) <= scale.width:
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawLine(QPointF(x + 0.5, y + 2), QPointF(x + 0.5, max(layout.lanes.values()) + layout.box * 0.5))
            painter.setPen(theme.color("faint"))
            painter.drawText(QRectF(x + 9, y, _TICK - 11, layout.unit), Qt.AlignmentFlag.AlignVCenter, words)
        last = words


def _rails(painter: QPainter, scene: Scene) -> None:
    right = min(scene.scale.width, scene.scale.x(len(scene.tracks.steps)))
    painter.setPen(QPen(theme.mix("line", "panel", 0.7), 1))
    for y in scene.layout.lanes.values():
        painter.drawLine(QPointF(0, y), QPointF(right, y))


def _joins(painter: QPainter, scene: Scene) -> None:
    """Paint the line from step to step: whole up to the error, broken after it."""
    seen = scene.scale.visible()
    places = scene.tracks.places
    first, stop = max(0, seen.start - 1), min(len(places), seen.stop + 1)
    points = [QPointF(scene.scale.x(i + 0.5), scene.layout.lanes[places[i]]) for i in range(first, stop)]
    turn = max(0, min(len(points), scene.tracks.cut - first + 1))
    # Broken lines are slow to paint; far out nobody sees the breaks.
    broken = Qt.PenStyle.DashLine if scene.near else Qt.PenStyle.SolidLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color("edge"), 1.0))
    painter.drawPolyline(QPolygonF(points[:turn]))
    painter.setPen(QPen(theme.mix("error", "panel", 0.55), 1.0, broken))
    painter.drawPolyline(QPolygonF(points[max(0, turn - 1) :]))


def _tint(actor: Actor, dim: bool) -> tuple[QColor, QColor, QColor]:
    """Return fill, edge and ink of a recorded step of *actor*; *dim* after the error."""
    fill, edge, ink = ("agent" if actor is Actor.AGENT else "user"), "edge", "text"
    if actor is Actor.TOOL:
        fill, edge, ink = "tool_soft", "tool", "tool_text"
    if dim:
        return theme.mix(fill, "panel", 0.45), theme.mix(edge, "panel", 0.35), theme.color("faint")
    return theme.color(fill), theme.mix(edge, fill, 0.75), theme.color(ink)


def _box(painter: QPainter, scene: Scene, index: int) -> None:
    step = scene.tracks.steps[index]
    area = scene.box((RECORDED, index))
    fill, edge, ink = _tint(scene.tracks.places[index].actor, index > scene.tracks.cut)
    broken = step.kind in (Kind.GAP, Kind.THINKING)
    painter.setPen(QPen(edge, 1.2, Qt.PenStyle.DotLine if broken else Qt.PenStyle.SolidLine))
    painter.setBrush(fill)
    painter.drawRoundedRect(area, 5, 5)
    _number(painter, area, str(index), ink, step)


def _number(painter: QPainter, area: QRectF, words: str, ink: QColor, step: Step | None = None) -> None:
    """Write *words* in the middle of a box or, where it has the room, at its left with the first words of *step*."""
    small = theme.current().small
    if step is not None and area.width() >= _WORDY:
        area = area.adjusted(8, 0, -8, 0)
        text = f"{words}  {one_line(f'{step.tool} {step.content}' if step.tool else step.content, 120)}"
        painter.setFont(theme.font(small))
        painter.setPen(ink)
        shown = QFontMetricsF(painter.font()).elidedText(facts(text), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        return
    fitting = small if len(words) * small * 0.66 <= area.width() else small - 2
    if len(words) * fitting * 0.6 + 3 <= area.width():
        painter.setPen(ink)
        write(painter, area, letter(words, fitting, QFont.Weight.DemiBold))


def _marks(painter: QPainter, scene: Scene) -> None:
    """Paint what is never merged away: candidates, gaps, and steps that the source itself flags as errors."""
    tracks, scale, layout, seen = scene.tracks, scene.scale, scene.layout, scene.scale.visible()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("error"))
    faults = tracks.faults.blocks(level_for(scale.detail), seen, 1, joined=not scene.near)
    if scene.near:
        for first, _, _ in faults:
            area = scene.box((RECORDED, first))
            painter.drawEllipse(QPointF(area.right() - 1, area.top() + 1), 3.5, 3.5)
    else:
        y = max(layout.lanes.values()) + layout.box * 0.5
        painter.drawRects([QRectF(scale.x(a), y, max(2.0, scale.x(b) - scale.x(a)), 3) for a, b, _ in faults])
    painter.setBrush(theme.color("panel"))
    ring = -1.0
    for index, candidate in tracks.candidates.items():  # the least probable first
        if index in seen and index != tracks.error:
            if ring != candidate.probability:
                ring = candidate.probability
                painter.setPen(QPen(theme.mix("error", "panel", 0.55 + 0.45 * min(1.0, ring * 2)), 1.6))
            painter.drawEllipse(QPointF(scale.x(index + 0.5), scene.box((RECORDED, index)).top() - 7), 3.5, 3.5)
    drawn: set[int] = set()
    for index in tracks.gaps:
        x = scale.x(index + 1)
        if index in seen and int(x / 4) not in drawn:
            drawn.add(int(x / 4))
            y = layout.lanes[tracks.places[index]]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRect(QRectF(x - 2, y - 6, 4, 12))
            painter.setPen(QPen(theme.color("warn"), 1.8))
            for side in (-2.2, 2.2):
                painter.drawLine(QPointF(x + side - 1.5, y + 6), QPointF(x + side + 1.5, y - 6))
    _found(painter, scene)


def _found(painter: QPainter, scene: Scene) -> None:
    """Paint an arrowhead under the lanes at each step that a search found, one where several would overlap."""
    y = max(scene.layout.lanes.values()) + scene.layout.box * 0.5 + 5
    seen, last = scene.scale.visible(), -9.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("focus"))
    for index in scene.tracks.found:
        x = scene.scale.x(index + 0.5)
        if index in seen and x - last >= 6:
            painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 4.5, y + 8), QPointF(x + 4.5, y + 8)]))
            last = x


def _error(painter: QPainter, scene: Scene, index: int) -> None:
    """Paint the error point: a red box with its number and a flag, or, far out, a red post with a flag."""
    if index not in scene.scale.visible():
        return
    area = scene.box((RECORDED, index))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("error"))
    if not scene.near:
        post = QRectF(area.center().x() - 1.5, area.top() - 10, 3.0, area.height() + 12)
        painter.drawRect(post)
        _flag(painter, QPointF(post.left(), post.top()), 10, theme.color("error"))
        return
    area.adjust(-2, -2, 2, 2)
    painter.drawRoundedRect(area, 6, 6)
    ink = theme.color("on_fill")
    digits = len(str(index))
    wide = area.width() >= digits * 7 + 20
    wordy = area.width() >= _WORDY
    _number(painter, area.adjusted(0, 0, -11 if wide else 0, 0), str(index), ink, scene.tracks.steps[index])
    if wordy:
        _flag(painter, QPointF(area.right() - 14, area.center().y() - 4.5), 9, ink)
    elif wide:
        _flag(painter, QPointF(area.center().x() + digits * 3.6 - 1, area.center().y() - 4.5), 9, ink)
    else:
        _flag(painter, QPointF(area.right() - 8, area.top() - 11), 11, theme.color("error"))


def _flag(painter: QPainter, at: QPointF, size: float, ink: QColor) -> None:
    """Paint a flag whose pole stands at *at*, *size* pixels high."""
    cloth = QPainterPath(at)
    cloth.lineTo(at + QPointF(size * 0.8, size * 0.08))
    cloth.lineTo(at + QPointF(size * 0.6, size * 0.32))
    cloth.lineTo(at + QPointF(size * 0.8, size * 0.58))
    cloth.lineTo(at + QPointF(0, size * 0.6))
    cloth.closeSubpath()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawPath(cloth)
    painter.drawRect(QRectF(at.x() - size * 0.05, at.y(), max(1.2, size * 0.14), size))


def _dream(painter: QPainter, scene: Scene) -> None:
    """Paint the dreamed track: the curve that leaves the recorded one, and the steps on it."""
    tracks, scale, y = scene.tracks, scene.scale, scene.layout.dream
    branch, seen = tracks.branch, scene.scale.visible()
    if branch is None or not branch.count:
        return
    near, half = scene.near, min(scale.detail, MAX_PITCH) / 2
    rail = QPen(theme.color("accent"), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    begin, end = scale.x(branch.column(branch.start)), scale.x(branch.columns)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(rail)
    if tracks.steps:
        origin = min(branch.start, len(tracks.steps) - 1)
        bottom = scene.box((RECORDED, origin)).bottom() + (2 if near else 0)
        x, drop = scale.x(origin + 0.5), max(y - bottom, 1.0)
        curve = QPainterPath(QPointF(x, bottom))
        curve.cubicTo(
            QPointF(x, bottom + drop * 0.75), QPointF(x + half * 0.4, y), QPointF(max(begin + half * 0.12, x + 6), y)
        )
        painter.drawPath(curve)
    if not near:
        _dream_bars(painter, scene, begin, end)
        return
    painter.drawLine(QPointF(max(begin, -4.0), y), QPointF(min(end, scale.width + 4) - half * 0.12, y))
    for index in range(max(branch.start, seen.start - 1), min(branch.stop, seen.stop)):
        area = scene.box((DREAMED, index))
        simulated = tracks.corrected[index - branch.start].provenance is Provenance.SIMULATED
        painter.setPen(QPen(theme.color("accent"), 1.4, Qt.PenStyle.DashLine if simulated else Qt.PenStyle.SolidLine))
        painter.setBrush(theme.color("panel" if simulated else "accent_soft"))
        painter.drawRoundedRect(area, 5, 5)
        step = tracks.corrected[index - branch.start].step
        _number(painter, area, f"{index}′", theme.color("accent_text"), step)


def _dream_bars(painter: QPainter, scene: Scene, begin: float, end: float) -> None:
    """Paint the dreamed steps from afar: bars, hollow where simulated, or one bar where they are too narrow."""
    tracks, branch, seen = scene.tracks, scene.tracks.branch, scene.scale.visible()
    if branch is None or scene.scale.detail <= 3:
        y = scene.layout.dream
        painter.fillRect(QRectF(begin, y - 4, max(3.0, end - begin), 8), theme.color("accent"))
        return
    for index in range(max(branch.start, seen.start - 1), min(branch.stop, seen.stop)):
        area = scene.box((DREAMED, index))
        hollow = tracks.corrected[index - branch.start].provenance is Provenance.SIMULATED
        painter.setPen(QPen(theme.color("accent"), 1.0) if hollow else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("panel" if hollow else "accent"))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5) if hollow else area)


def _ring(painter: QPainter, scene: Scene, place: Place, token: str, width: float) -> None:
    """Paint an outline around *place*, which is never narrower than can be seen."""
    area = scene.box(place)
    least = 7.0
    if area.width() < least:
        area = QRectF(area.center().x() - least / 2, area.top(), least, area.height())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color(token), width))
    out = 4.0 if place == (RECORDED, scene.tracks.error) and scene.near else 2.5
    painter.drawRoundedRect(area.adjusted(-out, -out, out, out), 5 + out / 2, 5 + out / 2)
