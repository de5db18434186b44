"""Asking a model for its opinion on error points: how, about which episodes, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import settings
from dreamdesk.desk.batches import Job
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.budget import BudgetLine
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t


@dataclass(frozen=True, slots=True)
class Judging:
    """What is to be asked: *episode* None for all that failed; *batch*: in batches that can be resumed."""

    way: str
    votes: int
    episode: int | None
    batch: bool
    key: str

    @property
    def chosen(self) -> list[int] | None:
        """The episodes, None for all."""
        return None if self.episode is None else [self.episode]


class JudgeDialog(Frame):
    """Lets the officer choose how a model is asked, and says what that takes before anything leaves.

    Signals:
        wanted: A `Judging` to be done.
    """

    wanted = Signal(object)

    def __init__(self, jobs: Jobs, episode: int, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Ask a model for the error point"),
            t(
                "The recordings, their policies and what the detectors noticed are sent to the model. What it "
                "says is an opinion beside the desk's own: each quote is checked, and what cannot be believed is "
                "flagged."
            ),
            t("Ask the model"),
            parent,
        )
        self._jobs = jobs
        self._episode = episode
        self._model = ""
        self.setMinimumWidth(600)
        self.model = Label("", wrap=True)
        self.way = QComboBox()
        self.way.setAccessibleName(t("How it is asked"))
        for name, title, _ in pipeline.ways():
            self.way.addItem(t(title), name)
        self.use = Label("", tone="muted", role="small", wrap=True)
        self.votes = QComboBox()
        self.votes.setAccessibleName(t("Votes"))
        for number in range(1, pipeline.MOST_VOTES + 1, 2):
            self.votes.addItem(
                t("{number} votes on each episode", number=number) if number > 1 else t("One answer on each episode"),
                number,
            )
        self.scope = QComboBox()
        self.scope.setAccessibleName(t("Episodes"))
        self.scope.addItem(t("This episode"), episode)
        self.scope.addItem(t("All that failed"), None)
        self.batch = QCheckBox(t("Hand over all at once; may take a day, and can be resumed"))
        self.key = QLineEdit()
        self.key.setAccessibleName(t("Key"))
        self.key.setPlaceholderText(t("only where the server asks for one; it is not kept"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.budget = BudgetLine(jobs)
        form = make_form()
        form.addRow(Label(t("Model"), tone="muted"), self.model)
        form.addRow(named(t("How")), self.way)
        form.addRow(Label("", tone="muted"), self.use)
        form.addRow(named(t("Votes")), self.votes)
        form.addRow(named(t("Episodes")), self.scope)
        self.batch.setFixedHeight(self.key.sizeHint().height())
        form.addRow(named(t("Batches")), self.batch)
        form.addRow(named(t("Key")), self.key)
        form.addRow(Label(t("It takes"), tone="muted"), self.budget)
        self.body.addLayout(form)
        self.set_busy(True)
        jobs.read("model", _switched_on, self._show, self.say)

    def _show(self, model: tuple[str, str]) -> None:
        """Say which model would be asked, and begin to reckon."""
        url, self._model = model
        self._say_use()
        if not url or not self._model:
            self.model.setText(t("None is switched on. Go > Settings names one."))
            self.grow()
            return
        self.model.setText(t("{model} at {url}", model=self._model, url=url))
        self.way.currentIndexChanged.connect(self._say_use)
        self.way.currentIndexChanged.connect(self._reckon)
        self.votes.currentIndexChanged.connect(self._reckon)
        self.scope.currentIndexChanged.connect(self._reckon)
        self.way.setFocus()
        self._reckon()

    def _say_use(self) -> None:
        """Say what the chosen way of asking is good for."""
        self.use.setText(t(next(use for name, _, use in pipeline.ways() if name == self.way.currentData())))

    def _reckon(self) -> None:
        """Say anew what it takes; until then nothing can be asked."""
        self.set_busy(True)
        wanted, model = self._wanted(), self._model

        def work(db: Connection, task: Task) -> pipeline.Estimate:
            return pipeline.estimated(
                db, model, wanted.chosen, way=wanted.way, votes=wanted.votes, cancelled=task.cancelled
            )

        self.budget.reckon(work, self._reckoned)

    def _reckoned(self) -> None:
        self.set_busy(False)
        self.grow()

    def _wanted(self) -> Judging:
        return Judging(
            str(self.way.currentData()),
            int(self.votes.currentData()),
            self.scope.currentData(),
            self.batch.isChecked(),
            self.key.text(),
        )

    def go(self) -> None:
        """Hand over what is wanted; it goes on at the foot of the window."""
        self.wanted.emit(self._wanted())
        self.accept()


class ResumeDialog(Frame):
    """Asks before a batch job that was left goes on, because that reaches out of this program.

    Signals:
        wanted: The key, "" for none: go on.
    """

    wanted = Signal(str)

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        done = job.done + job.failed
        super().__init__(
            t("Resume the batch"),
            t(
                "{done:,} of {episodes:,} episodes are done. The rest is fetched from {model} at {url}, or asked "
                "there. What was answered before is not asked again.",
                done=done,
                episodes=job.episodes,
                model=job.model,
                url=job.url,
            ),
            t("Resume"),
            parent,
        )
        self.setMinimumWidth(520)
        self.key = QLineEdit()
        self.key.setAccessibleName(t("Key"))
        self.key.setPlaceholderText(t("only where the server asks for one; it is not kept"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        form = make_form()
        form.addRow(named(t("Key")), self.key)
        self.body.addLayout(form)
        self.key.setFocus()

    def go(self) -> None:
        """Go on."""
        self.wanted.emit(self.key.text())
        self.accept()


def _switched_on(db: Connection, task: Task) -> tuple[str, str]:
    return settings.get(db, settings.ENDPOINT_URL), settings.get(db, settings.ENDPOINT_MODEL)
