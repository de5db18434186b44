"""Auditors and keys: who may do what on this desk, with which key, and what can be changed of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import auditors, rules
from dreamdesk.desk.database import Connection, path_of
from dreamdesk.gui import printing
from dreamdesk.gui.dialogs.auditor_change import CHANGES, ChangeDialog
from dreamdesk.gui.dialogs.frame import Frame, closing
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.patterns.text_table import TextTable
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.decision import Auditor, AuditorKey
from dreamdesk.model.text import one_line, reveal

COLUMNS = (t("Auditor"), t("Role"), t("Key"), t("Since"), t("State"))
WIDTHS = (112, 452, 96, 200)


@dataclass(frozen=True, slots=True)
class Listed:
    """What the dialog shows: the desk's name, its auditors, every key, and whether administrators keep the rules."""

    desk: str
    auditors: tuple[Auditor, ...]
    keys: tuple[AuditorKey, ...]
    signed: bool


def read(db: Connection, task: Task) -> Listed:
    """Read who is an auditor here."""
    signed = bool(rules.administrators(db))
    return Listed(path_of(db).name, auditors.all_auditors(db), pipeline.keys(db), signed)


class AuditorsDialog(Frame):
    """Lists auditors and their keys, those of old too; what is changed is an entry of the ledger."""

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Auditors and keys"),
            t(
                "Compare the fingerprints on paper or by telephone: whoever checks a bundle later trusts these "
                "keys, and no copy of the list that comes with it."
            ),
            parent=parent,
        )
        self._jobs = jobs
        self._identity = identity
        self.listed = Listed("", (), (), signed=False)
        self.rows: list[AuditorKey] = []
        self.setMinimumWidth(1140)
        self.state = Label("", tone="muted", wrap=True)
        self.body.addWidget(self.state)
        self.table = TextTable(t("Auditors and keys"), COLUMNS, WIDTHS, words=range(1, len(COLUMNS)))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(260)
        area.setWidget(self.table)
        self.body.addWidget(area, 1)
        line = QHBoxLayout()
        line.setSpacing(8)
        self.doings: dict[str, Button] = {}
        for name, change in CHANGES.items():
            button = Button(change.button)
            button.setAutoDefault(False)
            button.clicked.connect(lambda checked=False, name=name: self._ask(name))
            self.doings[name] = button
            line.addWidget(button)
        line.addStretch(1)
        self.body.addLayout(line)
        self.paper = Button(t("Print fingerprints…"))
        self.paper.setAutoDefault(False)
        self.paper.clicked.connect(self._print)
        self.buttons.insertWidget(0, self.paper)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self._enable()
        self._reload()

    def _reload(self) -> None:
        self._jobs.read("auditors and keys", read, self._show, self.say)

    def _show(self, listed: Listed) -> None:
        """Show what the desk holds; the row that was chosen stays chosen."""
        chosen = self.table.currentIndex().row()
        self.listed = listed
        people = {auditor.name: auditor for auditor in listed.auditors}
        self.rows = sorted(listed.keys, key=lambda key: (list(people).index(key.auditor), -key.since))
        rows, faint = [], set()
        for number, key in enumerate(self.rows):
            auditor = people[key.auditor]
            now = auditor.public_key == key.public_key
            if not now or not auditor.active:
                faint.add(number)
            rows.append(
                (
                    one_line(key.auditor),
                    t(auditor.role.value) if now else "",
                    pipeline.fingerprint(key.public_key),
                    _day(key.since),
                    _state(auditor, key, now=now),
                )
            )
        self.table.show_rows(rows, frozenset(faint))
        if rows:
            self.table.setFocus()
            self.table.selectRow(max(0, min(chosen, len(rows) - 1)))
        names = ", ".join(one_line(name, 40) for name in people if people[name].role.value == "administrator")
        self.state.setText(
            t(
                "Administrators keep auditors, keys and rules: {names}. Each change carries their signature.",
                names=names,
            )
            if listed.signed
            else t(
                "No administrator yet: whoever works at this desk may change its rules, and no change is signed. "
                "Add an administrator to end that."
            )
        )
        self._enable()
        self.grow()

    def chosen(self) -> AuditorKey | None:
        """Return the key in the chosen row."""
        row = self.table.currentIndex().row()
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def _enable(self) -> None:
        """Let be done what the chosen row allows."""
        key = self.chosen()
        auditor = next((a for a in self.listed.auditors if key and a.name == key.auditor), None)
        for name, button in self.doings.items():
            button.setEnabled(CHANGES[name].fits(auditor, key))
        if auditor is not None:
            self.doings["active"].setText(t("Deactivate…") if auditor.active else t("Reactivate…"))

    def _ask(self, name: str) -> None:
        """Ask what the change needs, then do it: with a key where the desk has administrators or the owner must."""
        key = self.chosen()
        auditor = next((a for a in self.listed.auditors if key and a.name == key.auditor), None)
        dialog = ChangeDialog(name, auditor, key, self)
        dialog.chosen.connect(lambda work: self._begin(work, dialog))
        dialog.open()

    def _begin(self, work: Callable[[Connection, pipeline.By], Any], dialog: ChangeDialog) -> None:
        def change(by: pipeline.By) -> None:
            self._jobs.write("auditors", lambda db, task: work(db, by), done, dialog.refused)

        def done(said: Any) -> None:
            close()
            self.say(str(said) if isinstance(said, str) else "")
            self._reload()

        close = closing(dialog)
        if self.listed.signed and not dialog.alone:
            self._identity.ensure(change)
        else:
            change(self._identity.by)

    def _print(self) -> None:
        self.printer = printing.ask(self, self.html())

    def html(self) -> str:
        """Return the page of fingerprints, which people compare with what they were given on paper."""
        lines = []
        for key in self.rows:
            auditor = next(a for a in self.listed.auditors if a.name == key.auditor)
            now = auditor.public_key == key.public_key
            cells = (key.auditor, t(auditor.role.value), pipeline.fingerprint(key.public_key), _day(key.since),
                     _state(auditor, key, now=now))  # fmt: skip
            lines.append("<tr>" + "".join(f"<td>{escape(reveal(cell))}</td>" for cell in cells) + "</tr>")
        head = "".join(f"<th align='left'>{escape(name)}</th>" for name in COLUMNS)
        day = t("{now:%Y-%m-%d %H:%M} UTC", now=datetime.now(UTC))
        return t(
            "<h2>Auditors and keys of {desk}</h2><p>{day}</p><table "
            "cellpadding='4'><tr>{head}</tr>{lines}</table><p>A fingerprint is what <tt>ssh-keygen -l</tt> "
            "prints of a key.</p>",
            desk=escape(reveal(self.listed.desk)),
            day=day,
            head=head,
            lines="".join(lines),
        )


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d}" if at else ""


def _state(auditor: Auditor, key: AuditorKey, *, now: bool) -> str:
    """Return in a few words whether this key signs."""
    if key.revoked is not None:
        return t("revoked from {revoked}", revoked=_day(key.revoked))
    if not now:
        return t("retired {retired}", retired=_day(key.retired or 0))
    if not auditor.active:
        return t("not active")
    until = auditor.trained_until
    trained = t(", trained until {until}", until=_day(until - 10**9)) if until is not None else ""
    return f"{(t('signs through ssh-keygen') if auditor.key_file else t('signs'))}{trained}"
