"""Bars of the timeline: steps seen from afar, merged where they are narrower than three pixels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from dreamdesk.gui import theme
from dreamdesk.gui.timeline.layout import Layout
from dreamdesk.gui.timeline.scale import Scale, level_for
from dreamdesk.gui.timeline.tracks import Tracks
from dreamdesk.model.episode import Actor

_SHADES = 6


def paint_bars(painter: QPainter, tracks: Tracks, layout: Layout, scale: Scale) -> None:
    """Paint bars, merged where they are narrower than three pixels: the fuller a block, the stronger its colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    seen, level = scale.visible(), level_for(scale.detail)
    cut, height = tracks.cut + 1, layout.box * 0.6
    before, after = range(seen.start, min(seen.stop, cut)), range(max(seen.start, cut), seen.stop)
    gap = 1.0 if scale.detail > 3 else 0.0
    for lane, occupancy in tracks.lanes.items():
        top = layout.lanes[lane] - height / 2
        tone = "tool" if lane.actor is Actor.TOOL else "muted"
        for columns, strength in ((before, 0.8), (after, 0.35)):
            shades: dict[int, list[QRectF]] = {}
            for first, stop, shade in occupancy.blocks(level, columns, _SHADES, joined=not gap):
                left = scale.x(first)
                area = QRectF(left, top, max(1.0, scale.x(stop) - left - gap), height)
                shades.setdefault(shade, []).append(area)
            for shade in sorted(shades):
                painter.setBrush(theme.mix(tone, "panel", strength * (0.35 + 0.65 * shade / _SHADES)))
                painter.drawRects(shades[shade])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
