"""The decision on a memory change: the section of the review page, with the verdicts that a memory change has."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.gui.review.decision_section import DecisionSection, said
from dreamdesk.language import t
from dreamdesk.model.decision import ReviewState, Verdict
from dreamdesk.model.memory import Operation
from dreamdesk.pipeline import MemoryView

BUTTONS = (
    (Verdict.APPROVE, "approve", t("Approve"), "primary"),
    (Verdict.REJECT, "reject", t("Reject"), "danger"),
    (Verdict.ESCALATE, "second", t("Second opinion"), "plain"),
    (Verdict.HOLD, "hold", t("Hold"), "plain"),
)
IN_PLACE = {Verdict.APPROVE: t("Accept"), Verdict.REJECT: t("Take back")}
"""What the buttons say of a change that stands in the store already."""


class MemoryDecision(DecisionSection):
    """Where the officer decides on a change."""

    _in_place = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, BUTTONS)
        self.author.hide()

    def show_change(self, view: MemoryView) -> None:
        """Begin a decision on a change."""
        self._in_place = view.about.in_place
        row = view.row
        self.offer(view.reasons, view.checklist)
        subject = (row.id, 0, len(view.decisions))
        if subject != self._subject:
            self._subject = subject
            self._clear()
        self.history.setText("\n".join(said(decision) for decision in view.decisions[-3:]))
        self.history.setVisible(bool(view.decisions))
        deleting = row.change.operation is Operation.DELETE
        for verdict, _, words, _ in BUTTONS:
            named = IN_PLACE.get(verdict, words) if self._in_place else words
            if verdict is Verdict.APPROVE and deleting and not self._in_place:
                named = t("Approve deletion")
            self.buttons[verdict].setText(named)
        self._ready = row.state is not ReviewState.RELEASED
        for widget in (self.reason, self.comment, self.until, *self.ticks):
            widget.setEnabled(self._ready)
        self._obstacles = {}
        for button in self.buttons.values():
            button.setEnabled(False)
        self._say("" if self._ready else t("This change has been released and can no longer be decided."))
        self._mean(Verdict.APPROVE)
        self._ask()

    def ask_again(self) -> None:
        """Ask the rules anew: other hunks are taken."""
        self._ask()

    def _mean(self, verdict: Verdict) -> None:
        self.meaning.setText(
            t("You sign: “{verdict}”", verdict=pipeline.memory_meaning(verdict, in_place=self._in_place))
        )
