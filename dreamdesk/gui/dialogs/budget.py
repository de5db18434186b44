"""What asking a model would take, said before it is asked: reckoned in a job, from the very questions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t

Reckoning = Callable[[Connection, Task], pipeline.Estimate]


class BudgetLine(Label):
    """The estimate in words; the newest reckoning replaces those before it."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(t("Nothing: no model is asked."), wrap=True, parent=parent)
        self._jobs = jobs
        self._ready: Callable[[], None] = lambda: None
        self.setAccessibleName(t("What it takes"))

    def reckon(self, reckoning: Reckoning, ready: Callable[[], None]) -> None:
        """Reckon anew, then say so and call *ready*."""
        self.setText(t("Reckoning what it takes …"))
        self._ready = ready
        # Methods, not functions made here: the dialog may be closed before the answer comes.
        self._jobs.read("budget", reckoning, self._show, self._refused)

    def _show(self, estimate: pipeline.Estimate) -> None:
        self.setText(words(estimate))
        self._ready()

    def _refused(self, trouble: str) -> None:
        """Say why it cannot be reckoned."""
        self.setText(trouble)
        if isinstance(dialog := self.window(), Frame):
            dialog.grow()


def words(estimate: pipeline.Estimate) -> str:
    """Return the estimate in words, with how many episodes it is for."""
    many = t("{episodes:,} episodes. ", episodes=estimate.episodes) if estimate.episodes > 1 else ""
    passed = (
        t(" {skipped:,} are too long for this and are passed over.", skipped=estimate.skipped)
        if estimate.skipped
        else ""
    )
    return f"{many}{estimate.words}{passed}"
