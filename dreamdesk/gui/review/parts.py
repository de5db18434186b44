"""Small parts that only the review page uses: facts, evidence quotes, ticked lines, references to steps."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.widgets import Label, paint_keycap
from dreamdesk.language import quoted, t
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.episode import Step
from dreamdesk.model.text import one_line, reveal

QUOTE_SHOWN = 280
"""Characters of a quote that its card shows; the step itself shows all."""

SIGNS = {CheckResult.PASS: ("✓", "ok"), CheckResult.WARN: ("!", "warn"), CheckResult.BLOCK: ("✕", "error")}
"""Sign and tone of a guardrail's answer: never the colour alone."""


def step_name(step: Step) -> str:
    """Return what a step is called in a sentence: "Step 9 · agent message"."""
    return t(
        "Step {index} · {actor} {kind}",
        index=step.index,
        actor=t(step.actor.value),
        kind=t(step.kind.value.replace("_", " ")),
    )


def fact(name: str, value: str | QWidget, tone: str = "") -> QWidget:
    """Return one line: *name* at the left, *value* at the right."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    row.addWidget(Label(name, tone="muted"), 0, Qt.AlignmentFlag.AlignTop)
    if isinstance(value, str):
        label = Label(value, role="strong", tone=tone, wrap=True)
        label.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(label, 1)
    else:
        row.addWidget(value, 1)
    return line


def ticked(check: Check) -> QWidget:
    """Return one guardrail's answer: its sign, its statement, and what was found where it does not simply pass."""
    sign, tone = SIGNS[check.result]
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    mark = Label(sign, tone=tone, role="strong")
    mark.setFixedWidth(16)
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(2)
    passed = check.result is CheckResult.PASS
    words.addWidget(Label(t(check.title), role="" if passed else "strong", wrap=True))
    if check.detail and not passed:
        words.addWidget(Label(check.detail, tone="muted", wrap=True))
    row.addLayout(words, 1)
    line.setAccessibleName(f"{t(check.result.value)}: {t(check.title)}")
    return line


class QuoteCard(QAbstractButton):
    """Words that stand in the trace, or where *foot* says. Activating the card jumps there."""

    PAD = 10

    def __init__(
        self, step: int, text: str, tone: str = "error", foot: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.step = step
        self._foot = foot or t("step {step}", step=step)
        self.quote = text
        self._tone = tone
        self._shown = quoted(one_line(text, QUOTE_SHOWN))
        self.setAccessibleName(t("Evidence in {foot}: {shown}", foot=self._foot, shown=self._shown))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(260, self.heightForWidth(260))

    def hasHeightForWidth(self) -> bool:  # noqa: D102
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: D102
        _, height = self._set(width)
        return height + QFontMetrics(self._small()).height() + 2 * self.PAD

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        lit = self.underMouse() or self.isDown()
        painter.setBrush(theme.mix("edge", "raised", 0.25) if lit else theme.color("raised"))
        painter.drawRoundedRect(area, 4, 4)
        painter.fillRect(QRectF(0, 0, 3, area.height()), theme.color(self._tone))
        painter.setPen(theme.color("text"))
        words, height = self._set(self.width())
        words.draw(painter, QPointF(self.PAD + 3, self.PAD - 2))
        painter.setPen(theme.color("muted"))
        painter.setFont(self._small())
        foot = QRectF(self.PAD + 3, self.PAD + height, self.width() - 2 * self.PAD, painter.fontMetrics().height())
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignVCenter), self._foot)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("focus"))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _small(self) -> QFont:
        return theme.font(theme.current().small)

    def _set(self, width: int) -> tuple[QTextLayout, int]:
        """Return the words broken into lines for a card of *width*, and their height."""
        layout = QTextLayout(self._shown, theme.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width - 2 * self.PAD - 3, 40))
            line.setPosition(QPointF(0, height))
            height += line.height()
        layout.endLayout()
        return layout, int(height)


class Link(QAbstractButton):
    """A word in the accent colour that does something, with the key that does the same."""

    def __init__(self, text: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setText(reveal(text))
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        metrics = QFontMetrics(self._font())
        cap = metrics.horizontalAdvance(self._key) + 18 if self._key else 0
        return QSize(metrics.horizontalAdvance(self.text()) + cap + 2, metrics.height() + (4 if self._key else 0))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        font = self._font()
        font.setUnderline(self.underMouse())
        painter.setFont(font)
        painter.setPen(theme.color("accent_text" if self.isEnabled() else "faint"))
        width = QFontMetrics(font).horizontalAdvance(self.text())
        words = QRect(0, 0, width + 2, self.height())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self._key:
            at = QRectF(words).topRight()
            at.setX(at.x() + 5)
            at.setY(at.y() + 1)
            paint_keycap(painter, at, self._key, theme.color("muted"), theme.color("edge"))
        if self.hasFocus():
            painter.setPen(theme.color("focus"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _font(self) -> QFont:
        return theme.font(weight=QFont.Weight.Medium)
