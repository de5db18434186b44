"""The icon of the program in the sizes that desktops ask for, drawn from the one vector file."""

from __future__ import annotations

from pathlib import Path

from tools.shipping.parts import ROOT

SOURCE = ROOT / "resources" / "icons" / "dreamdesk.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Edges in pixels, as of the hicolor theme (https://specifications.freedesktop.org/icon-theme/latest/)."""


def draw(size: int, path: Path) -> Path:
    """Write the icon with *size* pixels an edge to *path*, a PNG file; return the path. No application is needed."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(path)):
        raise OSError(f"{path}: the icon could not be written.")
    return path
