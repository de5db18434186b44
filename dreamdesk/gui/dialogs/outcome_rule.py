"""The rule for scores in the desk's settings: two scores, and how many episodes they would move."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.desk.outcomes import Change
from dreamdesk.gui.dialogs.frame import number
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, t
from dreamdesk.model.outcome import Rule

QUIET_MS = 150
"""How long nothing must be changed before the desk is asked what would become of it."""


class RuleField(QWidget):
    """Two scores from 0 to 1; below them stands what the rule would change, before it is saved."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._given = ""
        self.failed = _score(t("Failed below"))
        self.passed = _score(t("Succeeded from"))
        self.preview = Label("", tone="muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, field in ((t("Failed at 0 and below"), self.failed), (t("succeeded from"), self.passed)):
            row.addWidget(Label(words))
            row.addWidget(field)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.preview)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._ask)
        self.failed.valueChanged.connect(self._changed)
        self.passed.valueChanged.connect(self._changed)

    def show_rule(self, text: str) -> None:
        """Show the rule that the desk has."""
        rule = Rule.parse(text)
        self.passed.setValue(rule.passed_from)
        self.failed.setValue(rule.failed_below)
        self._given = text

    def text(self) -> str:
        """Return the rule that is shown: the desk's own, to the last digit, while nobody has touched it."""
        return self._given or str(Rule(self.failed.value(), self.passed.value()))

    def _changed(self) -> None:
        """Keep the two scores in order, and ask once the hand rests."""
        self._given = ""
        self.passed.setMinimum(max(0.01, self.failed.value()))
        self._quiet.start()

    def _ask(self) -> None:
        wanted = self.text()

        def work(db: Connection, task: Task) -> Counter[Change]:
            return pipeline.preview_rule(db, wanted)[1]

        self._jobs.read("rule", work, self._show)

    def _show(self, changes: Counter[Change]) -> None:
        self.preview.setText(_words(changes))


def _words(changes: Counter[Change]) -> str:
    """Return what would change, in a sentence."""
    if not changes:
        return t("No episode's outcome would change.")
    parts = [
        t("{count:,} from {before} to {after}", count=count, before=t(before.value), after=t(after.value))
        for (before, after), count in sorted(changes.items())
    ]
    total = changes.total()
    return t("{episodes} would change: {parts}.", episodes=counted(total, "episode"), parts=", ".join(parts))


class _Score(QDoubleSpinBox):
    """A score that the wheel scrolls past."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _score(name: str) -> QDoubleSpinBox:
    field = number(_Score(), name)
    field.setRange(0, 1)
    field.setDecimals(2)
    field.setSingleStep(0.05)
    return field
