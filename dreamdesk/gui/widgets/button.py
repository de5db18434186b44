"""Buttons: what they do, and the key that does the same."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.widgets.keyhint import keycap_size, paint_keycap, spelt
from dreamdesk.language import t

KINDS = ("primary", "danger", "plain")


class Button(QPushButton):
    """A button with an optional keycap inside.

    *kind* is "primary" (filled green), "danger" (red outline) or "plain". The *key* is shown, not bound: the action of
    the same name holds the shortcut.
    """

    def __init__(self, text: str, kind: str = "plain", key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        if kind not in KINDS:
            raise ValueError(f"a button has no kind {kind!r}")
        self._kind = kind
        self._key = key
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if key:
            self.setAccessibleDescription(t("Key {key}", key=spelt(key)))
        theme.changed.connect(self.update)

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self._kind

    def sizeHint(self) -> QSize:
        """Return the size of the words, the keycap and the space around them."""
        metrics = QFontMetricsF(_font())
        return QSize(int(self._content_width(metrics)) + 28, int(metrics.height()) + 20)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size that cuts nothing off."""
        hint = self.sizeHint()
        return QSize(hint.width() - 12, hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint field, words and keycap."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, edge, ink = self._colors()
        radius = theme.current().radius
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(edge)
        painter.setBrush(fill)
        painter.drawRoundedRect(area, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            focus = theme.color("focus")
            painter.setPen(focus)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius + 1, radius + 1)
            painter.setPen(theme.color("panel") if self._kind == "primary" and self.isEnabled() else focus)
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
        painter.setFont(_font())
        painter.setPen(ink)
        metrics = QFontMetricsF(_font())
        words = metrics.horizontalAdvance(self._words())
        left = (self.width() - self._content_width(metrics)) / 2
        painter.drawText(QRectF(left, 0, words + 2, self.height()), int(Qt.AlignmentFlag.AlignVCenter), self._words())
        if self._key:
            cap = keycap_size(self._key)
            soft = QColor(ink)
            soft.setAlphaF(0.45)
            paint_keycap(painter, QPointF(left + words + 8, (self.height() - cap.height()) / 2), self._key, ink, soft)

    def _words(self) -> str:
        return self.text().replace("&", "")

    def _content_width(self, metrics: QFontMetricsF) -> float:
        cap = keycap_size(self._key).width() + 8 if self._key else 0.0
        return metrics.horizontalAdvance(self._words()) + cap

    def _colors(self) -> tuple[QColor, QColor, QColor]:
        """Return fill, edge and ink for the state that the button is in."""
        if not self.isEnabled():
            return theme.color("panel"), theme.color("line"), theme.color("faint")
        pressed, hovered = self.isDown(), self.underMouse()
        if self._kind == "primary":
            fill = theme.mix("text", "ok", 0.25 if pressed else 0.12 if hovered else 0.0)
            return fill, fill, theme.color("on_fill")
        fill = theme.mix("raised", "panel", 1.0 if pressed else 0.6 if hovered else 0.0)
        if self._kind == "danger":
            return fill, theme.color("error"), theme.color("error_text")
        return fill, theme.color("edge" if hovered else "line"), theme.color("text")


def _font() -> QFont:
    return theme.font(weight=QFont.Weight.DemiBold)
