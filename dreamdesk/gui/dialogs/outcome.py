"""Setting an episode's outcome: what counts now, what the source says, the auditor's own word and the reason."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

WORDS = {
    OutcomeState.FAILED: t("Failed: the task was not done, or done wrongly"),
    OutcomeState.PARTIAL: t("Partial: only a part was done; treated like a failure"),
    OutcomeState.SUCCEEDED: t("Succeeded: there is nothing to correct"),
    OutcomeState.UNKNOWN: t("Unknown: nobody can tell"),
}
BACK = t("As the source has it: take the auditor's word back")


def told(outcome: Outcome) -> str:
    """Return an outcome with its detail, in one line."""
    state = t(outcome.state.value.capitalize())
    return f"{state}: {one_line(outcome.detail, 300)}" if outcome.detail else state


class OutcomeDialog(Frame):
    """Asks how the episode ended, and why the auditor says so.

    Signals:
        chosen: The `OutcomeState`, or None to take back what was said; and the reason.
    """

    chosen = Signal(object, str)

    def __init__(self, counts: Outcome, own: Outcome, parent: QWidget | None = None) -> None:
        super().__init__(
            t("How did this episode end?"),
            t(
                "Your word outranks the source and the desk's rule for scores. It stands in the ledger with your "
                "name, and can be taken back."
            ),
            t("Set outcome"),
            parent,
        )
        self.setMinimumWidth(560)
        self.state = QComboBox()
        self.state.setAccessibleName(t("Outcome"))
        for state, words in WORDS.items():
            if state is not counts.state:
                self.state.addItem(words, state.value)
        if counts.source is OutcomeSource.AUDITOR:
            self.state.addItem(BACK, "")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(t("Reason"))
        self.reason.setPlaceholderText(t("What you saw that the source does not say"))
        form = make_form()
        form.addRow(named(t("Now")), Label(told(counts), wrap=True))
        if own != counts:
            form.addRow(named(t("The source")), Label(told(own), tone="muted", wrap=True))
        form.addRow(named(t("Outcome")), self.state)
        form.addRow(named(t("Reason")), self.reason)
        self.body.addLayout(form)
        self.state.setFocus()

    def go(self) -> None:
        """Hand over what was chosen; the dialog stays open until it is on the disk."""
        if not self.reason.text().strip():
            self.say(t("Say why: whoever reads this later has to understand it."))
            self.reason.setFocus()
            return
        self.set_busy(True)
        given = str(self.state.currentData())
        self.chosen.emit(OutcomeState(given) if given else None, self.reason.text())

    def refused(self, words: str) -> None:
        """Say why nothing was changed."""
        self.set_busy(False)
        self.say(words)
