"""The guardrails' answers on the shown revision, and how far it is verified."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import actions, pipeline
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.ladder import Ladder
from dreamdesk.gui.review.parts import QuoteCard, ticked
from dreamdesk.gui.widgets import Label, Section
from dreamdesk.language import counted, t
from dreamdesk.model.check import Check, CheckResult

ORDER = {CheckResult.BLOCK: 0, CheckResult.WARN: 1, CheckResult.PASS: 2}


def summary(checks: tuple[Check, ...]) -> str:
    """Return how many checks passed, warn and block: "Guardrails · 7 passed, 1 warning"."""
    if not checks:
        return t("Guardrails")
    tally = {answer: sum(check.result is answer for check in checks) for answer in CheckResult}
    words = [t("{tally} passed", tally=tally[CheckResult.PASS])] if tally[CheckResult.PASS] else []
    if warnings := tally[CheckResult.WARN]:
        words.append(counted(warnings, "warning"))
    if blocks := tally[CheckResult.BLOCK]:
        words.append(counted(blocks, "block"))
    return t("Guardrails · {words}", words=", ".join(words))


class GuardSection(Section):
    """Passed, warned and blocked, the gravest first.

    Signals:
        stepWanted: A step of the corrected path to show: (index, text of the quote).
    """

    stepWanted = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Guardrails"), parent=parent)

    def show_case(self, case: Case, *, shown: bool) -> None:
        """Show the checks of the revision of *case*, once the correction may be *shown*."""
        self.clear()
        self.set_heading(summary(case.checks) if shown else t("Guardrails"))
        if not shown:
            self.add(Label(t("Shown with the correction, after your mark."), tone="muted", wrap=True))
        elif case.revision is None:
            self.add(Label(t("There is no correction to check yet."), tone="muted", wrap=True))
        elif not case.checks:
            self.add(Label(t("This revision has not been checked yet."), tone="muted", wrap=True))
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
            words = t("A guardrail, a setting or a policy has changed since. Press {key} to check again.", key=key)
            self.add(Label(words, tone="warn", role="small", wrap=True))
        self.body.addSpacing(4)
        self.add(Ladder(pipeline.rungs(case.level, case.checks, decided(case))))


def decided(case: Case) -> str:
    """Return who decided the revision that is shown, and how, in a sentence; "" while nobody has."""
    number = case.revision.number if case.revision else 0
    made = [decision for decision in case.decisions if decision.revision == number]
    return (
        t("Decided by {auditor}: {verdict}.", auditor=made[-1].auditor, verdict=t(made[-1].verdict.value))
        if made
        else ""
    )
