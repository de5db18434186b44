"""Incidents in the window: flagging an episode, with the clock that runs from then on, and closing it."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from dreamdesk.desk.incidents import Incident, Kind
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t

EXPLANATION = t(
    "An incident has to be reported to somebody by a day. Which duty applies is for people to say: "
    "the desk keeps the clock and produces evidence for it. Both entries of the ledger carry your "
    "name."
)


class IncidentDialog(Frame):
    """Opens an incident, or closes the one that is *open_*.

    Signals:
        chosen: (`Kind`, or None to close; the words for the ledger).
    """

    chosen = Signal(object, str)

    def __init__(self, open_: Incident | None, parent: QWidget | None = None) -> None:
        title, go = (
            (t("Close the incident"), t("Close incident")) if open_ else (t("Flag an incident"), t("Start the clock"))
        )
        super().__init__(title, EXPLANATION, go, parent)
        self.setMinimumWidth(560)
        self._open = open_
        self.kind = QComboBox()
        self.kind.setAccessibleName(t("Kind of incident"))
        for kind in Kind:
            self.kind.addItem(t("{called}: {days} days", called=t(kind.called), days=kind.days), kind.value)
        self.words = QLineEdit()
        self.words.setAccessibleName(t("What happened") if open_ is None else t("What was done"))
        self.words.setPlaceholderText(
            t("What happened, in a sentence") if open_ is None else t("To whom it was reported")
        )
        form = make_form()
        if open_ is None:
            form.addRow(named(t("Kind")), self.kind)
        else:
            day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(open_.deadline / 1e9))
            form.addRow(named(t("Kind")), Label(t(open_.kind.called), wrap=True))
            form.addRow(named(t("Because")), Label(open_.reason, wrap=True))
            form.addRow(named(t("Report by")), Label(f"{day}, {open_.clock(time.time_ns())}", wrap=True))
        form.addRow(named(t("Reason") if open_ is None else t("Done")), self.words)
        self.body.addLayout(form)
        (self.kind if open_ is None else self.words).setFocus()

    def go(self) -> None:
        """Hand over what was said; the dialog stays open until it is on the disk."""
        if not self.words.text().strip():
            self.say(t("Say it in a sentence: whoever reads the ledger later has to understand it."))
            self.words.setFocus()
            return
        self.set_busy(True)
        self.chosen.emit(None if self._open else Kind(self.kind.currentData()), self.words.text())

    def refused(self, words: str) -> None:
        """Say why nothing was changed."""
        self.set_busy(False)
        self.say(words)
