"""Parts of the error point's section: confidence with its measured hit rate, what each sign contributes, the voices."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.review.methods import Voice
from dreamdesk.gui.widgets import Label, Meter
from dreamdesk.language import numeral, t
from dreamdesk.model.explanation import Band, Contribution

ENOUGH = 20
"""Decisions, or episodes, below which a rate measured on them is not said."""


def band_words(band: Band | None) -> str:
    """Return how often a score like this one was right, in a sentence."""
    if band is None or band.rate is None:
        return t("No hit rate was measured for a score like this.")
    if band.n < ENOUGH:
        return t("Scores like this: too few measured to say how often they hit (n = {n}).", n=band.n)
    return t("Of decisions scored like this, {rate:.0%} were the marked one (n = {n:,}).", rate=band.rate, n=band.n)


def confidence(probability: float, band: Band | None) -> QWidget:
    """Return the meter of a probability; a band of it, where one was measured, is drawn as the range of its scores."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addStretch(1)
    meter = Meter(probability)
    meter.setFixedWidth(116)
    row.addWidget(meter)
    words = numeral(probability, ".2f")
    if band is not None and band.n:
        words = t("{low:.2f} – {high:.2f}", low=band.low, high=min(band.high, 1.0))
    row.addWidget(Label(words, role="strong"))
    return line


class ShareBar(QWidget):
    """A small bar for one sign: to the right what speaks for the decision, in grey what speaks against it."""

    WIDTH = 56

    def __init__(self, contribution: Contribution, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = contribution.share
        self._against = contribution.points < 0
        self.setFixedWidth(self.WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(
            t("speaks against it") if self._against else t("{share:.0%} of what speaks for it", share=self._share)
        )
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(self.WIDTH, QFontMetrics(theme.font()).height() + 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.current().small))
        painter.setPen(theme.color("muted"))
        top = QRectF(0, 0, self.width(), self.height() - 8)
        words = t("against") if self._against else numeral(self._share, ".0%")
        painter.drawText(top, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, self.height() - 6, self.width(), 4)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(bar, 2, 2)
        if self._against:
            painter.setBrush(theme.color("edge"))
            painter.drawRoundedRect(QRectF(bar.right() - 12, bar.top(), 12, 4), 2, 2)
        elif self._share > 0:
            painter.setBrush(theme.color("error"))
            painter.drawRoundedRect(QRectF(0, bar.top(), max(4.0, bar.width() * self._share), 4), 2, 2)


def sign(contribution: Contribution) -> QWidget:
    """Return one line: what a sign says, and its share of what speaks for the decision."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(Label(contribution.why, tone="muted" if contribution.points < 0 else "", wrap=True), 1)
    row.addWidget(ShareBar(contribution), 0, Qt.AlignmentFlag.AlignTop)
    return line


def chorus(said: list[Voice]) -> QWidget:
    """Return a line for each method: a tick where it names the step first, else the step that it names."""
    block = QWidget()
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    for voice in said:
        line = QHBoxLayout()
        line.setSpacing(6)
        tick = Label("✓" if voice.agrees else "≠", tone="ok" if voice.agrees else "warn", role="small")
        tick.setFixedWidth(12)
        line.addWidget(tick, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Label(voice.words, tone="muted", role="small", wrap=True), 1)
        column.addLayout(line)
    return block
