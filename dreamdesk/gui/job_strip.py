"""Progress of the jobs that have no strip or dialog of their own: guardrails that run again, a backup."""

from __future__ import annotations

from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.strip import ProgressStrip
from dreamdesk.language import t

TITLES = {
    "check": t("Guardrails"),
    "rules": t("Guardrails"),
    "backup": t("Backup"),
    "assess": t("The machine's figures"),
}
"""What each of these jobs is called, by its key."""
WHOLE = ("backup", "rules", "assess")
"""Jobs that are not stopped half way: somebody waits for what comes of them."""


class JobStrip(ProgressStrip):
    """Shows the job that reported last, until it has ended; cancelling ends it at its next step."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._task: Task | None = None
        jobs.progressed.connect(self._so_far)
        jobs.ended.connect(self._ended)
        self.cancelled.connect(self._cancel)

    def _so_far(self, task: Task, done: int, total: int, what: str) -> None:
        if task.key not in TITLES:
            return
        if task is not self._task:
            self._task = task
            self.begin(TITLES[task.key])
            self.cancel.setVisible(task.key not in WHOLE)
        self.progress(done, total, t("{title}: {what}", title=TITLES[task.key], what=what))

    def _ended(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self.end()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self.cancel.setEnabled(False)
