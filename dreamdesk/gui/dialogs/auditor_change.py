"""One change of an auditor or a key: what it asks for, and what it then does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.dialogs.signing import ROLES
from dreamdesk.gui.widgets import Button
from dreamdesk.language import counted, t
from dreamdesk.model.decision import Auditor, AuditorKey, Role
from dreamdesk.model.text import one_line

Work = Callable[[Connection, pipeline.By], Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What can be done with the chosen auditor.

    Attributes:
        button: What its button says.
        title, explanation: Of the dialog; ``{name}`` stands for the auditor.
        fields: Names of the fields that it asks for.
        of_key: Whether it concerns the chosen key and not the auditor.
    """

    button: str
    title: str
    explanation: str
    fields: tuple[str, ...]
    of_key: bool = False

    def fits(self, auditor: Auditor | None, key: AuditorKey | None) -> bool:
        """Tell whether it can be done with what is chosen."""
        if "name" in self.fields:
            return True
        if auditor is None or key is None:
            return False
        if self.of_key:
            return key.revoked is None
        return auditor.public_key == key.public_key and not ("old" in self.fields and auditor.key_file)


CHANGES = {
    "add": Change(
        t("Add…"),
        t("Add an auditor"),
        t("A new key is made here, or a key that ssh-keygen signs with is taken."),
        ("name", "role", "file", "new", "again"),
    ),
    "role": Change(
        t("Role…"),
        t("Change the role of {name}"),
        t("It holds from now on; what was signed stays."),
        ("role", "reason"),
    ),
    "training": Change(
        t("Training…"),
        t("Training of {name}"),
        t("The last day on which it holds. After it {name} approves nothing; empty for no end."),
        ("until", "reason"),
    ),
    "active": Change(
        t("Deactivate…"),
        t("Whether {name} is active"),
        t("Who is not active signs nothing; what was signed stays."),
        ("reason",),
    ),
    "passphrase": Change(
        t("Passphrase…"), t("New passphrase for {name}"), t("The key stays the same."), ("old", "new", "again")
    ),
    "rotate": Change(
        t("New key…"),
        t("A new key for {name}"),
        t("The key of now is retired: what it signed stays valid, and it signs nothing more."),
        ("file", "new", "again", "reason"),
    ),
    "revoke": Change(
        t("Revoke key…"),
        t("Revoke a key of {name}"),
        t("Approvals by it since then are void where the correction has not left; what has left is named."),
        ("since", "reason"),
        of_key=True,
    ),
}

_LABELS = {
    "name": t("Name"),
    "role": t("Role"),
    "file": t("Key file"),
    "old": t("Passphrase"),
    "new": t("New passphrase"),
    "again": t("Once more"),
    "reason": t("Reason"),
    "until": t("Trained until"),
    "since": t("From (UTC)"),
}
_HINTS = {
    "name": t("As it shall stand under decisions"),
    "file": t("none: a new key is made and kept in the desk"),
    "reason": t("For the ledger"),
    "until": t("2027-06-30, or empty"),
    "since": t("2026-11-30 or 2026-11-30T14:00; empty for now"),
}


class ChangeDialog(Frame):
    """Asks for what a change needs.

    Signals:
        chosen: What to do with the desk and whoever does it.
    """

    chosen = Signal(object)

    def __init__(self, name: str, auditor: Auditor | None, key: AuditorKey | None, parent: QWidget) -> None:
        change = CHANGES[name]
        who = one_line(auditor.name, 40) if auditor else ""
        super().__init__(change.title.format(name=who), change.explanation.format(name=who), t("Save"), parent)
        self._change, self._name, self._auditor, self._key = change, name, auditor, key
        self.setMinimumWidth(620)
        self.fields: dict[str, QLineEdit] = {}
        self.role = QComboBox()
        form = make_form()
        for field in change.fields:
            if field == "role":
                self._fill_roles(auditor)
                form.addRow(named(_LABELS[field]), self.role)
                continue
            line = QLineEdit()
            line.setAccessibleName(_LABELS[field])
            line.setPlaceholderText(_HINTS.get(field, ""))
            if field in ("old", "new", "again"):
                line.setEchoMode(QLineEdit.EchoMode.Password)
            self.fields[field] = line
            form.addRow(named(_LABELS[field]), self._with_choice(line) if field == "file" else line)
        self.body.addLayout(form)
        next(iter(self.fields.values())).setFocus()

    @property
    def alone(self) -> bool:
        """Whether the auditor's own passphrase, asked for here, is all that it takes."""
        return "old" in self._change.fields

    def _fill_roles(self, auditor: Auditor | None) -> None:
        for role, words in ROLES.items():
            self.role.addItem(words, role)
        self.role.setCurrentIndex(max(0, self.role.findData(auditor.role if auditor else Role.REVIEWER)))
        self.role.setAccessibleName(t("Role"))

    def _with_choice(self, line: QLineEdit) -> QWidget:
        """Return *line* with a button that chooses a file."""
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(line, 1)
        choose = Button(t("Choose…"))
        choose.setAutoDefault(False)
        row.addWidget(choose)

        def ask() -> None:
            dialog = QFileDialog(self, t("Key that ssh-keygen signs with"), str(Path.home() / ".ssh"))
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.fileSelected.connect(line.setText)
            dialog.open()

        choose.clicked.connect(ask)
        line.textChanged.connect(self._file_named)
        return box

    def _file_named(self, path: str) -> None:
        """A key file has a passphrase already, which is asked for once."""
        self.fields["again"].setEnabled(not path)
        self.fields["new"].setPlaceholderText(t("Passphrase or PIN of the key file") if path else "")

    def text(self, field: str) -> str:
        """Return what was typed into *field*, "" where it is not asked for."""
        line = self.fields.get(field)
        return "" if line is None else line.text() if field in ("old", "new", "again") else line.text().strip()

    def go(self) -> None:
        """Hand over what to do."""
        if not self.text("file") and self.text("new") != self.text("again"):
            self.say(t("The two passphrases differ."))
            return
        self.say("")
        self.set_busy(True)
        self.chosen.emit(self._work())

    def _work(self) -> Work:
        """Return what changes the desk; everything is read from the fields now."""
        who = self._auditor.name if self._auditor else ""
        name, new, old, reason = self.text("name"), self.text("new"), self.text("old"), self.text("reason")
        until, since = self.text("until"), self.text("since")
        role, file = (
            Role(self.role.currentData() or Role.READER),
            Path(self.text("file")) if self.text("file") else None,
        )
        active = self._auditor is not None and not self._auditor.active
        print_ = pipeline.fingerprint(self._key.public_key) if self._key else ""

        def revoke(db: Connection, by: pipeline.By) -> str:
            void, gone = pipeline.revoke_key(db, who, reason, by, since, print_)
            left = (
                t(" Already released with such an approval: corrections {numbers}.", numbers=", ".join(map(str, gone)))
                if gone
                else ""
            )
            return t("Revoked. {void} went back to review.{left}", void=counted(len(void), "correction"), left=left)

        return {
            "add": lambda db, by: pipeline.add_auditor(
                db, name, role, new, by if not isinstance(by, str) else "", file
            ),
            "role": lambda db, by: pipeline.change_auditor(db, who, reason, by, role=role),
            "training": lambda db, by: pipeline.change_auditor(db, who, reason, by, trained_until=until),
            "active": lambda db, by: pipeline.change_auditor(db, who, reason, by, active=active),
            "passphrase": lambda db, by: pipeline.change_passphrase(db, pipeline.unlock(db, who, old), new),
            "rotate": lambda db, by: pipeline.rotate_key(db, who, new, reason, by, file),
            "revoke": revoke,
        }[self._name]

    def refused(self, words: str) -> None:
        """Say why nothing was changed."""
        self.set_busy(False)
        self.say(words)
