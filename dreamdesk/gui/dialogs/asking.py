"""Asking a model for a correction: what leaves, to where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QLineEdit, QProgressBar, QSpinBox, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.budget import BudgetLine
from dreamdesk.gui.dialogs.frame import Frame, make_form, named, number
from dreamdesk.gui.dialogs.reading import ReadingDialog
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.correction import DreamSource

MOST_CANDIDATES = 9


@dataclass(frozen=True, slots=True)
class _Model:
    """The model that is switched on for this desk."""

    url: str
    name: str


class AskModelDialog(Frame):
    """Has a model write a correction of one episode, which is then checked like any other."""

    def __init__(self, jobs: Jobs, episode: int, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Dream with a model"),
            t(
                "The recording of this episode, its policy and its error point are sent to the model. What it "
                "writes is a proposal: the guardrails run on it, and nothing of it counts before you decide."
            ),
            t("Ask the model"),
            parent,
        )
        self._jobs = jobs
        self._episode = episode
        self._task: Task | None = None
        self._name = ""
        self.setMinimumWidth(540)
        self.model = Label("", wrap=True)
        self.key = QLineEdit()
        self.key.setAccessibleName(t("Key"))
        self.key.setPlaceholderText(t("only where the server asks for one; it is not kept"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        form = make_form()
        form.addRow(Label(t("Model"), tone="muted"), self.model)
        form.addRow(named(t("Key")), self.key)
        self.candidates = number(QSpinBox(), t("Corrections to ask for"))
        self.candidates.setRange(1, MOST_CANDIDATES)
        self.candidates.setFixedWidth(80)
        self.candidates.valueChanged.connect(self._reckon)
        form.addRow(named(t("Corrections")), self.candidates)
        self.sent = Button(t("What is sent…"))
        self.sent.setAutoDefault(False)
        self.sent.clicked.connect(self._show_sent)
        self.buttons.insertWidget(0, self.sent)
        self.budget = BudgetLine(jobs)
        form.addRow(Label(t("It takes"), tone="muted"), self.budget)
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
            self.model.setText(t("{model} at {url}", model=model.name, url=model.url))
            self._name = model.name
            self.key.setFocus()
            self._reckon()
        else:
            self.model.setText(t("None is switched on. Go > Settings names one."))

    def _reckon(self) -> None:
        """Say what it takes to ask for so many corrections."""
        episode, name, samples = self._episode, self._name, self.candidates.value()
        if name:
            self.budget.reckon(lambda db, task: pipeline.estimated_dreams(db, name, [episode], samples), self._ready)

    def _ready(self) -> None:
        self.set_busy(False)
        self.grow()

    def _show_sent(self) -> None:
        """Show, letter for letter, what the model would be asked."""
        episode = self._episode

        def work(db: Connection, task: Task) -> str:
            prompt = pipeline.dream_question(db, episode)
            return f"{prompt.system}\n\n{prompt.text}"

        self._jobs.read("question", work, self._read, self.say)

    def _read(self, text: str) -> None:
        ReadingDialog(t("What is sent"), text, parent=self).open()

    def go(self) -> None:
        """Ask the model, then check what it wrote."""
        episode, key, samples = self._episode, self.key.text(), self.candidates.value()
        self.say("")
        self.set_busy(True)
        self.bar.show()
        self.grow()

        def work(db: Connection, task: Task) -> None:
            endpoint = pipeline.make_endpoint(db, api_key=key)
            made = pipeline.dream(db, DreamSource.MODEL, [episode], None, task.cancelled, endpoint, samples=samples)
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
