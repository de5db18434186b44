"""Icons: one-colour drawings from ``resources/icons``, tinted with a token of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from dreamdesk.gui import theme


def icon(name: str, token: str = "muted", size: int = 16) -> QIcon:  # noqa: S107
    """Return the icon *name* in the colour of *token*, *size* pixels wide and sharp on dense screens.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    drawing = (theme.RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(drawing.replace("#000", theme.color(token).name()).encode()))
    made = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(size * ratio, size * ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        made.addPixmap(pixmap)
    return made
