"""The rules of the desk: which policies are in force, how much each guardrail weighs, who must agree to a waiver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dreamdesk import pipeline
from dreamdesk.desk import policies, settings
from dreamdesk.desk.database import Connection
from dreamdesk.desk.policies import Policy
from dreamdesk.gui.dialogs.frame import Frame, settle
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Choice, Label
from dreamdesk.language import t
from dreamdesk.model.check import Strictness

WEIGHTS = {
    Strictness.NORMAL: t("as written"),
    Strictness.BLOCK: t("warnings block"),
    Strictness.WARN: t("only warns"),
}
"""What the choices are called."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the dialog shows: the strictness of every guardrail, the second person for waivers, the policies."""

    guardrails: tuple[tuple[str, str, Strictness], ...]
    second: bool
    policies: tuple[Policy, ...]


def read(db: Connection) -> Rules:
    """Read the rules of the desk."""
    chosen = settings.strictness(db)
    return Rules(
        tuple((g.id, t(g.title), chosen.get(g.id, Strictness.NORMAL)) for g in pipeline.guardrails()),
        settings.get(db, settings.WAIVER_SECOND) == "on",
        tuple(policies.in_force(db)),
    )


class DeskRulesDialog(Frame):
    """Shows the rules and changes them under the auditor's name; each change is an entry of the ledger."""

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Guardrails and policies"),
            t(
                "They belong to this desk, and the ledger records who changed what. After a change the "
                "guardrails look at every correction again."
            ),
            t("Save"),
            parent,
        )
        self._jobs = jobs
        self._identity = identity
        self._rules = Rules((), False, ())
        self.setMinimumWidth(680)
        self.weights: dict[str, Choice] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self.second = QCheckBox(t("To approve in spite of a warning takes a second auditor"))
        self._listed = QVBoxLayout()
        self._listed.setSpacing(6)
        self.name = QLineEdit()
        self.name.setAccessibleName(t("Agent that a new policy binds"))
        self.name.setPlaceholderText(t("binds every agent; or name one"))
        self.add = Button(t("Add policy…"))
        self.add.setAutoDefault(False)
        self.add.clicked.connect(self._choose)
        adding = QHBoxLayout()
        adding.addWidget(self.name, 1)
        adding.addWidget(self.add)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(10)
        column.addWidget(Label(t("POLICIES IN FORCE"), role="heading"))
        column.addLayout(self._listed)
        column.addLayout(adding)
        column.addSpacing(6)
        column.addWidget(Label(t("GUARDRAILS"), role="heading"))
        column.addWidget(self.second)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(560)
        area.setWidget(page)
        self.body.addWidget(area, 1)
        self._reload()

    def _reload(self) -> None:
        self.set_busy(True)
        self._jobs.read("rules", lambda db, task: read(db), self._show, self._refused)

    def _show(self, rules: Rules) -> None:
        """Fill in what the desk holds; what was chosen and not saved yet stays chosen."""
        if not self.weights:
            self.name.setFocus()
        pending = self.chosen()
        self._rules = rules
        for row, (identity, title, strictness) in enumerate(rules.guardrails):
            if identity not in self.weights:
                self._grid.addWidget(Label(title, wrap=True), row, 0)
                self._grid.addWidget(self._choice(identity, title), row, 1)
            box = self.weights[identity]
            box.setCurrentIndex(box.findData(pending.get(identity, strictness).value))
        self.second.setChecked(rules.second)
        while (item := self._listed.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for policy in rules.policies:
            self._listed.addWidget(self._line(policy))
        if not rules.policies:
            words = t(
                "None. Add a handbook or a rule book as plain text or Markdown; its clauses are cited in findings."
            )
            self._listed.addWidget(Label(words, tone="muted", wrap=True))
        settle(self._area)
        self.set_busy(False)

    def _choice(self, identity: str, title: str) -> Choice:
        box = Choice(t("{title}: how much it weighs", title=title))
        box.setMinimumWidth(150)
        for strictness, words in WEIGHTS.items():
            if pipeline.may_be(identity, strictness):
                box.addItem(words, strictness.value)
        self.weights[identity] = box
        return box

    def _line(self, policy: Policy) -> QWidget:
        """Return the line of one policy: its name, whom it binds, and the way to withdraw it."""
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(policy.name, role="strong", elide=True), 2)
        row.addWidget(Label(t("binds {agent}", agent=policy.agent or t("every agent")), tone="muted", elide=True), 2)
        row.addWidget(Label(policy.digest[:12], tone="faint", role="mono"))
        gone = Button(t("Withdraw"))
        gone.setAutoDefault(False)
        gone.setAccessibleName(t("Withdraw {policy}", policy=policy.name))
        gone.clicked.connect(lambda: self._identity.ensure(lambda signer: self._withdraw(policy.name, signer)))
        row.addWidget(gone)
        return line

    def chosen(self) -> dict[str, Strictness]:
        """Return the strictness that is chosen on the screen, by guardrail."""
        return {identity: Strictness(box.currentData()) for identity, box in self.weights.items()}

    def _choose(self) -> None:
        """Choose the file of a new policy."""
        dialog = QFileDialog(self, t("Add policy"), "", t("Text (*.md *.markdown *.txt);;All files (*)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.add_policy(Path(chosen)))
        dialog.open()

    def add_policy(self, path: Path) -> None:
        """Put the policy at *path* in force for the agent that is named, or for all."""
        agent = self.name.text().strip()
        self._identity.ensure(
            lambda signer: self._change(lambda db: pipeline.add_policy(db, path, "", agent, signer), self.name.clear)
        )

    def _withdraw(self, name: str, signer: Any) -> None:
        self._change(lambda db: pipeline.withdraw_policy(db, name, signer))

    def go(self) -> None:
        """Save what was chosen for the guardrails."""
        self._identity.ensure(self._save)

    def _save(self, signer: Any) -> None:
        chosen, second, before = self.chosen(), self.second.isChecked(), self._rules

        def save(db: Connection) -> None:
            for identity, _, strictness in before.guardrails:
                if chosen[identity] is not strictness:
                    pipeline.choose_strictness(db, identity, chosen[identity], signer)
            if second is not before.second:
                pipeline.change_setting(db, settings.WAIVER_SECOND, "on" if second else "off", signer)

        self._change(save, self.accept)

    def _change(self, change: Callable[[Connection], object], then: Callable[[], object] | None = None) -> None:
        """Change the rules, have the guardrails look again, and show what the rules are then."""
        self.say("")
        self.set_busy(True)

        def work(db: Connection, task: Task) -> None:
            change(db)
            pipeline.check(db, pipeline.stale(db), task.progress, task.cancelled)

        def done(nothing: None) -> None:
            self._reload()
            if then is not None:
                then()

        self._jobs.write("rules", work, done, self._refused)

    def _refused(self, words: str) -> None:
        self.set_busy(False)
        self.say(words)
