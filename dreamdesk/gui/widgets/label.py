"""Words on the screen. The one place where text of strangers reaches a QLabel or a tooltip."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from dreamdesk.gui.bidi import facts
from dreamdesk.model.text import one_line, reveal

LONGEST_WORD = 150
"""Pixels that a word takes at most where lines are wrapped; what is longer is cut at the edge."""


def plain_tooltip(text: str, limit: int = 600) -> str:
    """Return *text* as a tooltip that Qt shows letter for letter.

    Qt guesses whether a tooltip is rich text and would load images from it; so it gets markup of ours, in which the
    text is escaped. Hidden characters are revealed.
    """
    shown = reveal(text[:limit]) + ("…" if len(text) > limit else "")
    return f'<qt><p style="white-space:pre-wrap">{html.escape(shown)}</p></qt>' if shown else ""


class Label(QLabel):
    """A QLabel that shows plain text only, with hidden characters written out.

    Attributes of the look are the style sheet's: *tone* ("muted", "faint", "accent", "error", "ok", "warn", "tool") and
    *role* ("title", "section", "strong", "small", "heading", "mono"). With *elide* it is one line, cut with "…" where
    it does not fit; the whole text is then the tooltip. With *wrap* it flows over several lines.
    """

    def __init__(
        self,
        text: str = "",
        *,
        tone: str = "",
        role: str = "",
        elide: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setOpenExternalLinks(False)
        self.setWordWrap(wrap and not elide)
        self._elide = elide
        self._full = ""
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setProperty("tone", tone)
        self.setProperty("role", role)
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Change the tone and take up the new colour."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)

    def full_text(self) -> str:
        """Return the text as it was given, before revealing and cutting."""
        return self._full

    def setText(self, text: str) -> None:
        """Show *text*."""
        self._full = text
        super().setText(facts(one_line(text, 2_000) if self._elide else reveal(text)))
        self._explain()

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size: an elided label may shrink to a few letters, a wrapped one below a word.

        Else one word of a trace that cannot be broken would push what stands beside it out of the window.
        """
        hint = super().minimumSizeHint()
        most = 24 if self._elide else LONGEST_WORD if self.wordWrap() else hint.width()
        return QSize(min(hint.width(), most), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer the tooltip only while the text is cut."""
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, cut at the right edge where it does not fit."""
        if not self._elide:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(
            painter, area, int(self.alignment()), self.palette(), self.isEnabled(), shown, self.foregroundRole()
        )

    def _explain(self) -> None:
        if self._elide:
            cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
            self.setToolTip(plain_tooltip(self._full) if cut else "")
