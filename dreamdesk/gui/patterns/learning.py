"""Learning from this desk: what its labels teach, shown before anything changes, taken up or taken back by a person."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk import learned
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.patterns.text_table import TextTable
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, numeral, t

COLUMNS = (t("Agent"), t("Labels"), t("First, now"), t("refitted"), t("Top 3, now"), t("refitted"), t("Then"))
EXPLANATION = t(
    "The desk ranks with weights that ship with it. It can fit them to the marks on episodes whose "
    "correction you approved. They are taken up only where they find more of those marks, each left "
    "out in turn. The ledger records it, and it can be taken back."
)


class LearnDialog(Frame):
    """Studies the labels when it opens; nothing changes before its button is pressed."""

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(t("Learn from this desk"), EXPLANATION, t("Use what was learned"), parent)
        self._jobs = jobs
        self._identity = identity
        self._task: Task | None = None
        self.setMinimumWidth(820)
        self.state = Label(t("Reading the labels …"), tone="muted", wrap=True)
        self.table = TextTable(t("What the labels teach"), COLUMNS, (70, 94, 84, 94, 84, 96))
        self.table.hide()
        self.shipped = Button(t("Use the shipped weights again"))
        self.shipped.setAutoDefault(False)
        self.shipped.clicked.connect(self._revert)
        self.shipped.hide()
        self.buttons.insertWidget(0, self.shipped)
        self.body.addWidget(self.table)
        self.body.addWidget(self.state)
        self.set_busy(True)
        jobs.progressed.connect(self._so_far)
        self.finished.connect(self._stop)

        def work(db: Connection, task: Task) -> tuple[pipeline.Learned, bool]:
            return pipeline.study(db, task.progress, task.cancelled), bool(learned.in_force(db))

        self._task = jobs.read("study", work, self._show, self.say)

    def go(self) -> None:
        """Take up what was learned."""

        def work(db: Connection, task: Task, name: str) -> str:
            found = pipeline.learn(db, name, task.progress, task.cancelled)
            return t(
                "New weights in use; {located} located again.", located=counted(found.located, "undecided episode")
            )

        self._change(work)

    def _revert(self) -> None:
        def work(db: Connection, task: Task, name: str) -> str:
            located = pipeline.use_shipped(db, name, task.progress, task.cancelled)
            return t(
                "The shipped weights are in use again; {located} located again.",
                located=counted(located, "undecided episode"),
            )

        self._change(work)

    def _change(self, work: Callable[[Connection, Task, str], str]) -> None:
        """Run what changes the weights, in the name of who signed in."""

        def write(signer: Signer) -> None:
            name = self._identity.name
            self.set_busy(True)
            self.shipped.setEnabled(False)
            self.say("")
            self._task = self._jobs.write("learn", lambda db, task: work(db, task, name), self._done, self._refused)

        self._identity.ensure(write)

    def _done(self, words: str) -> None:
        self._task = None
        self.state.setText(words)
        self.close_button.setText(t("Close"))

    def _refused(self, words: str) -> None:
        self.set_busy(False)
        self.shipped.setEnabled(True)
        self.say(words)

    def _so_far(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._task:
            self.state.setText(t("{what}: {done:,} of {total:,}", what=t(what.capitalize()), done=done, total=total))

    def _stop(self) -> None:
        """Cancel what still runs: the dialog is gone."""
        if self._task is not None:
            self._task.cancel()

    def _show(self, found: tuple[pipeline.Learned, bool]) -> None:
        """Show what the labels teach."""
        self._task = None
        lessons, own = found[0].lessons, found[1]
        self.shipped.setVisible(own)
        self.table.show_rows([_row(lesson) for lesson in lessons])
        self.table.setVisible(bool(lessons))
        self.set_busy(not found[0].accepted)
        if not lessons:
            words = t("There is no confirmed label yet: mark error points (M), then approve corrections.")
        elif found[0].accepted:
            words = t(
                "Weights fitted to the labels of {accepted} find more of them.",
                accepted=counted(len(found[0].accepted), "agent"),
            )
            if self.go_button is not None:
                self.go_button.setFocus()
        else:
            words = t("Nothing to take up: the weights in use find as much, or the labels are too few.")
        self.state.setText(words)
        self.grow()


def _row(lesson: pipeline.Lesson) -> tuple[str, ...]:
    if not lesson.enough:
        return (lesson.family, numeral(lesson.labels), "", "", "", "", t("too few"))
    n = lesson.labels
    shares = (lesson.first_before, lesson.first_after, lesson.before, lesson.after)
    verdict = t("better") if lesson.weights is not None else t("no change")
    return (lesson.family, numeral(n), *[numeral(hits / n, ".0%") for hits in shares], verdict)
