"""A model that is asked about error points while the officer works on: progress, stopping, and batches left behind."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk import batches
from dreamdesk.desk.batches import Job
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.judging import JudgeDialog, Judging, ResumeDialog
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.strip import AskingStrip
from dreamdesk.language import counted, t
from dreamdesk.model.errors import UserError


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of asking one by one: how many were judged, and for how many there was no usable answer."""

    judged: int
    refused: int


class Asking(QObject):
    """One asking at a time.

    Signals:
        said: A sentence for the status bar.
        trouble: What went wrong, in words.
    """

    said = Signal(str)
    trouble = Signal(str)

    def __init__(self, jobs: Jobs, strip: AskingStrip, window: QWidget) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._strip = strip
        self._window = window
        self._task: Task | None = None
        self.left: Job | None = None
        strip.cancelled.connect(self.cancel)
        strip.resumed.connect(self.ask_to_resume)
        jobs.progressed.connect(self._progressed)

    def busy(self) -> bool:
        """Tell whether a model is being asked."""
        return self._task is not None

    def look(self) -> None:
        """See whether a batch was left unfinished on this desk, and offer to resume it. Nothing is sent."""

        def work(db: Connection, task: Task) -> Job | None:
            return next(iter(batches.jobs(db, unfinished=True)), None)

        if not self.busy():
            self._jobs.read("batches", work, self._found)

    def forget(self) -> None:
        """Another desk is opened: stop waiting; a batch goes on at the endpoint."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.left = None
        self._strip.end()

    def open(self, episode: int) -> None:
        """Let the officer choose how the model is asked."""
        if self.busy():
            self.trouble.emit(t("A model is being asked already. Wait for its end, or stop it."))
            return
        dialog = JudgeDialog(self._jobs, episode, self._window)
        dialog.wanted.connect(self.judge)
        dialog.open()

    def judge(self, wanted: Judging) -> None:
        """Ask as *wanted*."""
        if wanted.batch:

            def begin(db: Connection, task: Task) -> Job:
                endpoint = pipeline.make_endpoint(db, api_key=wanted.key)
                job = pipeline.begin_batch(db, endpoint, "locate", wanted.chosen, way=wanted.way, votes=wanted.votes)
                return pipeline.resume_batch(db, endpoint, job, task.progress, task.cancelled)

            self._strip.begin(t("Handing over questions …"))
            self._task = self._jobs.wait_for("judge", begin, self._ended, self._failed)
            return

        def work(db: Connection, task: Task) -> _Judged:
            refused: list[UserError] = []
            endpoint = pipeline.make_endpoint(db, api_key=wanted.key)
            judged = pipeline.judge(
                db,
                endpoint,
                wanted.chosen,
                task.progress,
                task.cancelled,
                way=wanted.way,
                votes=wanted.votes,
                refused=(lambda episode, error: refused.append(error)) if wanted.episode is None else None,
            )
            return _Judged(len(judged), len(refused))

        self._strip.begin(t("Asking the model …"))
        self._task = self._jobs.wait_for("judge", work, self._judged, self._failed)

    def ask_to_resume(self) -> None:
        """Ask whether the batch that was left shall go on."""
        if self.left is None or self.busy():
            return
        dialog = ResumeDialog(self.left, self._window)
        dialog.wanted.connect(self.resume)
        dialog.open()

    def resume(self, key: str) -> None:
        """Go on with the batch that was left."""
        job = self.left
        if job is None or self.busy():
            return

        def work(db: Connection, task: Task) -> Job:
            endpoint = pipeline.make_endpoint(db, job.url, job.model, key)
            return pipeline.resume_batch(db, endpoint, job.id, task.progress, task.cancelled)

        self._strip.begin(t("Looking for what is answered …"))
        self._task = self._jobs.wait_for("judge", work, self._ended, self._failed)

    def cancel(self) -> None:
        """Stop waiting for the model, or put an offer to resume away."""
        if self._task is None:
            self._strip.end()
            return
        self._task.cancel()
        self._task = None
        self._strip.end()
        self.said.emit(t("Stopped. What was answered is kept; a batch that was handed over can be resumed."))
        self.look()

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._task:
            self._strip.progress(
                done,
                total,
                t("Asking the model: {done:,} of {total:,} episodes, {what}", done=done, total=total, what=what),
            )

    def _found(self, job: Job | None) -> None:
        """Offer to resume *job*."""
        self.left = job
        if job is not None and not self.busy():
            done = t("{done:,} of {episodes:,}", done=job.done + job.failed, episodes=job.episodes)
            self._strip.offer(
                t("A batch was left: {done} episodes are done, asked of {model}.", done=done, model=job.model)
            )

    def _judged(self, judged: _Judged) -> None:
        self._task = None
        self._strip.end()
        refused = t(" For {refused:,} there was no usable answer.", refused=judged.refused) if judged.refused else ""
        self.said.emit(t("{judged} judged.{refused}", judged=counted(judged.judged, "episode"), refused=refused))

    def _ended(self, job: Job) -> None:
        """Say how the batch stands."""
        self._task = None
        self._strip.end()
        failed = t(" {failed:,} could not be judged.", failed=job.failed) if job.failed else ""
        self.said.emit(
            t("{done:,} of {episodes:,} episodes judged.{failed}", done=job.done, episodes=job.episodes, failed=failed)
        )
        self.look()

    def _failed(self, words: str) -> None:
        self._task = None
        self._strip.end()
        self.trouble.emit(words)
        self.look()
