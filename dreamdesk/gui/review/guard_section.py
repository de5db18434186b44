"""The guardrails' answers on the shown revision, and how far it is verified."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dreamdesk import actions
from dreamdesk.gui import theme
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.parts import QuoteCard, ticked
from dreamdesk.gui.widgets import Label, Section
from dreamdesk.model.check import Check, CheckResult, Level

MEANINGS = {
    Level.NONE: "its structure does not hold",
    Level.V0: "the structure holds",
    Level.V1: "every tool call is known and fits its schema",
    Level.V2: "every tool result is recorded",
    Level.V3: "every fact stands in the trace or the policy",
    Level.V4: "the error is gone and no new one is found",
    Level.V5: "replayed in the environment",
    Level.V6: "decided by a person",
}
ORDER = {CheckResult.BLOCK: 0, CheckResult.WARN: 1, CheckResult.PASS: 2}


def summary(checks: tuple[Check, ...]) -> str:
    """Return how many checks passed, warn and block: "Guardrails · 7 passed, 1 warning"."""
    if not checks:
        return "Guardrails"
    tally = {answer: sum(check.result is answer for check in checks) for answer in CheckResult}
    words = [f"{tally[CheckResult.PASS]} passed"] if tally[CheckResult.PASS] else []
    if warnings := tally[CheckResult.WARN]:
        words.append(f"{warnings} warning{'s' * (warnings != 1)}")
    if blocks := tally[CheckResult.BLOCK]:
        words.append(f"{blocks} block{'s' * (blocks == 1)}")
    return f"Guardrails · {', '.join(words)}"


class Ladder(QWidget):
    """The verification levels V0 to V6, those reached filled."""

    def __init__(self, level: Level, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = level
        self.setAccessibleName(f"Verification level {level.name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(200, 22)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.current().small))
        rungs = [level for level in Level if level is not Level.NONE]
        pitch = (self.width() + 4) / len(rungs)
        for place, level in enumerate(rungs):
            reached = level <= self._level
            area = QRectF(place * pitch + 0.5, 0.5, pitch - 5, self.height() - 1)
            painter.setPen(theme.color("ok" if reached else "line"))
            painter.setBrush(theme.color("ok_soft") if reached else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 3, 3)
            painter.setPen(theme.color("ok_text" if reached else "faint"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, level.name)


class GuardSection(Section):
    """Passed, warned and blocked, the gravest first.

    Signals:
        stepWanted: A step of the corrected path to show: (index, text of the quote).
    """

    stepWanted = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Guardrails", parent=parent)

    def show_case(self, case: Case, *, shown: bool) -> None:
        """Show the checks of the revision of *case*, once the correction may be *shown*."""
        self.clear()
        self.set_heading(summary(case.checks) if shown else "Guardrails")
        if not shown:
            self.add(Label("Shown with the correction, after your mark.", tone="muted", wrap=True))
        elif case.revision is None:
            self.add(Label("There is no correction to check yet.", tone="muted", wrap=True))
        elif not case.checks:
            self.add(Label("This revision has not been checked yet.", tone="muted", wrap=True))
        else:
            self._show_checks(case)

    def _show_checks(self, case: Case) -> None:
        for check in sorted(case.checks, key=lambda check: ORDER[check.result]):
            self.add(ticked(check))
            if check.result is not CheckResult.PASS:
                tone = "error" if check.result is CheckResult.BLOCK else "warn"
                for quote in check.quotes[:2]:
                    card = QuoteCard(quote.step, quote.text, tone)
                    card.clicked.connect(lambda checked=False, card=card: self.stepWanted.emit(card.step, card.quote))
                    self.add(card)
        if case.stale:
            key = actions.get("check").keys[0]
            words = f"A guardrail, a setting or a policy has changed since. Press {key} to check again."
            self.add(Label(words, tone="warn", role="small", wrap=True))
        self.body.addSpacing(4)
        self.add(Ladder(case.level))
        name = "Not verified" if case.level is Level.NONE else case.level.name
        self.add(Label(f"{name}: {MEANINGS[case.level]}", tone="muted", role="small", wrap=True))
