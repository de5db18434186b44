"""What a desk says for itself of its review: the checklist, how long it keeps things, the reason codes."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, settle
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Choice, Label
from dreamdesk.language import t
from dreamdesk.model.decision import Reason, Verdict


class _Held(NamedTuple):
    """What the desk holds."""

    checklist: tuple[str, ...]
    retention: str
    reasons: tuple[Reason, ...]


class _Line(NamedTuple):
    """The fields of one reason code."""

    title: QLineEdit
    used: QCheckBox


class ReviewRulesDialog(Frame):
    """Shows these rules and changes them under the auditor's name; each change is an entry of the ledger."""

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Rules of the review"),
            t(
                "They belong to this desk, and the ledger records who changed what. Decisions keep the reason "
                "code and the ticks that they were signed with."
            ),
            t("Save"),
            parent,
        )
        self._jobs, self._identity = jobs, identity
        self._held = _Held((), "", ())
        self.lines: dict[str, _Line] = {}
        self.setMinimumWidth(860)
        self.checklist = QPlainTextEdit()
        self.checklist.setAccessibleName(t("Checklist, one item a line"))
        self.checklist.setPlaceholderText(t("One item a line; none: an approval asks for no ticks"))
        self.checklist.setTabChangesFocus(True)
        self.checklist.setFixedHeight(92)
        self.retention = _line(
            t("Retention"), t("years, and what records these are: 6 trading desk; empty for no rule")
        )
        self.code = _line(t("New code"), "new-code")
        self.title = _line(t("What the new code says"), t("what it says"))
        self.verdict = Choice(t("Verdict that the new code is for"))
        for verdict in Verdict:
            self.verdict.addItem(t(verdict.value), verdict.value)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        adding = QGridLayout()
        adding.setHorizontalSpacing(12)
        adding.setColumnStretch(1, 1)
        for column, widget in enumerate((self.code, self.title, self.verdict)):
            adding.addWidget(widget, 0, column)
        self.code.setFixedWidth(190)
        page = QWidget()
        column_ = QVBoxLayout(page)
        column_.setContentsMargins(0, 0, 10, 0)
        column_.setSpacing(10)
        for heading, content in (
            (t("CHECKLIST BEFORE AN APPROVAL"), self.checklist),
            (t("RETENTION"), self.retention),
            (t("REASON CODES"), None),
        ):
            column_.addWidget(Label(heading, role="heading"))
            if content is not None:
                column_.addWidget(content)
        column_.addLayout(adding)
        column_.addLayout(self._grid)
        column_.addStretch(1)
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(560)
        area.setWidget(page)
        self.body.addWidget(area, 1)
        self.set_busy(True)
        jobs.read("review rules", lambda db, task: _read(db), self._show, self.say)

    def _show(self, held: _Held) -> None:
        """Fill in what the desk holds."""
        self._held = held
        self.checklist.setPlainText("\n".join(held.checklist))
        self.retention.setText(held.retention)
        for row, reason in enumerate(held.reasons):
            code = Label(reason.code, tone="muted")
            code.setFixedWidth(190)
            title = _line(t("What {code} says", code=reason.code), "")
            title.setText(reason.title)
            title.setCursorPosition(0)
            used = QCheckBox(t("in use"))
            used.setAccessibleName(t("{code} is in use", code=reason.code))
            used.setChecked(not reason.retired)
            for column, widget in enumerate((code, title, used)):
                self._grid.addWidget(widget, row, column)
            self.lines[reason.code] = _Line(title, used)
        settle(self._area)
        self.set_busy(False)
        self.checklist.setFocus()

    def go(self) -> None:
        """Save what was changed."""
        self._identity.ensure(self._save)

    def _save(self, signer: Signer) -> None:
        held = self._held
        items = tuple(" ".join(line.split()) for line in self.checklist.toPlainText().splitlines() if line.strip())
        retention = self.retention.text().strip()
        code, title, verdict = self.code.text().strip(), self.title.text(), Verdict(self.verdict.currentData())
        said = {name: (line.title.text().strip(), not line.used.isChecked()) for name, line in self.lines.items()}
        self.say("")
        self.set_busy(True)

        def work(db: Connection, task: Task) -> None:
            if items != held.checklist:
                pipeline.set_checklist(db, items, signer)
            if retention != held.retention:
                pipeline.change_setting(db, settings.RETENTION, retention, signer)
            for reason in held.reasons:
                words, retired = said[reason.code]
                if (words, retired) != (reason.title, reason.retired):
                    pipeline.change_reason(db, reason.code, signer, title=words, retired=retired)
            if code:
                pipeline.add_reason(db, code, title, [verdict], signer)

        self._jobs.write("review rules", work, lambda nothing: self.accept(), self._refused)

    def _refused(self, words: str) -> None:
        self.set_busy(False)
        self.say(words)


def _read(db: Connection) -> _Held:
    return _Held(pipeline.checklist(db), settings.get(db, settings.RETENTION), pipeline.desk_reasons(db))


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line
