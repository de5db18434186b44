"""Asking a model for a correction: what leaves, to where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QLineEdit, QProgressBar, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.budget import BudgetLine
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.model.correction import DreamSource


@dataclass(frozen=True, slots=True)
class _Model:
    """The model that is switched on for this desk."""

    url: str
    name: str


class AskModelDialog(Frame):
    """Has a model write a correction of one episode, which is then checked like any other."""

    def __init__(self, jobs: Jobs, episode: int, parent: QWidget | None = None) -> None:
        super().__init__(
            "Dream with a model",
            "The recording of this episode, its policy and its error point are sent to the model. What it writes is a"
            " proposal: the guardrails run on it, and nothing of it counts before you decide.",
            "Ask the model",
            parent,
        )
        self._jobs = jobs
        self._episode = episode
        self._task: Task | None = None
        self.setMinimumWidth(540)
        self.model = Label("", wrap=True)
        self.key = QLineEdit()
        self.key.setAccessibleName("Key")
        self.key.setPlaceholderText("only where the server asks for one; it is not kept")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        form = make_form()
        form.addRow(Label("Model", tone="muted"), self.model)
        form.addRow(named("Key"), self.key)
        self.budget = BudgetLine(jobs)
        form.addRow(Label("It takes", tone="muted"), self.budget)
        self.body.addLayout(form)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.hide()
        self.body.addWidget(self.bar)
        self.set_busy(True)
        jobs.read("model", _switched_on, self._show, self.say)

    def _show(self, model: _Model) -> None:
        """Say which model would be asked."""
        if model.url and model.name:
            self.model.setText(f"{model.name} at {model.url}")
            self.key.setFocus()
            episode = self._episode
            self.budget.reckon(
                lambda db, task: pipeline.estimated_dreams(db, model.name, [episode]), lambda: self.set_busy(False)
            )
        else:
            self.model.setText("None is switched on. File > Desk settings names one.")

    def go(self) -> None:
        """Ask the model, then check what it wrote."""
        episode, key = self._episode, self.key.text()
        self.say("")
        self.set_busy(True)
        self.bar.show()

        def work(db: Connection, task: Task) -> None:
            endpoint = pipeline.make_endpoint(db, api_key=key)
            made = pipeline.dream(db, DreamSource.MODEL, [episode], None, task.cancelled, endpoint)
            pipeline.check(db, made)

        self._task = self._jobs.wait_for("dream", work, lambda nothing: self.accept(), self._failed)

    def _failed(self, words: str) -> None:
        """Say why there is no correction."""
        self._task = None
        self.bar.hide()
        self.set_busy(False)
        self.say(words)


def _switched_on(db: Connection, task: Task) -> _Model:
    return _Model(settings.get(db, settings.ENDPOINT_URL), settings.get(db, settings.ENDPOINT_MODEL))
