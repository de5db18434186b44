"""Signing in: choose the auditor and unlock the key, or add an auditor to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QStackedWidget, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import quoted, t
from dreamdesk.model.decision import Auditor, Role, Verdict
from dreamdesk.model.text import one_line

ROLES = {
    Role.APPROVER: t("Approver: decides, releases, settles what was escalated"),
    Role.REVIEWER: t("Reviewer: decides and releases"),
    Role.AUTHOR: t("Author: writes and amends corrections"),
    Role.READER: t("Reader: looks only"),
    Role.ADMINISTRATOR: t("Administrator: keeps auditors, keys and rules; does not decide"),
}


def _secret(name: str) -> QLineEdit:
    """Return a field for a passphrase, called *name* by screen readers."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


class SigningDialog(Frame):
    """Asks for the auditor and the passphrase.

    Signals:
        unlocked: The unlocked key, as the pipeline hands it out.
    """

    unlocked = Signal(object)

    def __init__(
        self, jobs: Jobs, auditors: Sequence[Auditor], last: str, rule: str, parent: QWidget | None = None
    ) -> None:
        kept = (
            t("This desk asks for your passphrase at each signature.")
            if rule == settings.EACH
            else t(
                "Your key stays unlocked until nobody has touched the window for {rule} minutes, or you lock it.",
                rule=rule,
            )
        )
        super().__init__(
            t("Who signs?"),
            t(
                "{kept} Each decision is signed with a sentence that says what you mean by it; the one for an "
                "approval reads:",
                kept=kept,
            ),
            t("Sign in"),
            parent,
        )
        self._jobs = jobs
        self.setMinimumWidth(460)
        self.body.addWidget(Label(quoted(pipeline.meaning(Verdict.APPROVE)), wrap=True))
        self.pages = QStackedWidget()
        self.body.addWidget(self.pages)
        self.pages.addWidget(self._unlock_page(auditors, last))
        self._adding = self._new_page(first=not auditors)
        self.pages.addWidget(self._adding)
        # The higher page, while it is not shown, must not make a gap in the dialog.
        self._adding.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.other = Button(t("Add auditor…"))
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._add)
        # Once there is an administrator, auditors are added under File, Auditors and keys.
        self.other.setVisible(bool(auditors) and all(auditor.role is not Role.ADMINISTRATOR for auditor in auditors))
        self.buttons.insertWidget(0, self.other)
        if auditors:
            self.passphrase.setFocus()
        else:
            self._add()

    def _unlock_page(self, auditors: Sequence[Auditor], last: str) -> QWidget:
        """Return the page that unlocks the key of an auditor whom the desk knows."""
        page = QWidget()
        form = make_form(page)
        self.auditor = QComboBox()
        self.auditor.setAccessibleName(t("Auditor"))
        for auditor in auditors:
            self.auditor.addItem(f"{one_line(auditor.name)} ({t(auditor.role.value)})", auditor.name)
        self.auditor.setCurrentIndex(max(self.auditor.findData(last), 0))
        self.passphrase = _secret(t("Passphrase"))
        form.addRow(named(t("Auditor")), self.auditor)
        form.addRow(named(t("Passphrase")), self.passphrase)
        return page

    def _new_page(self, *, first: bool) -> QWidget:
        """Return the page that adds an auditor with a new key; the *first* one is an approver."""
        page = QWidget()
        form = make_form(page)
        self.name = QLineEdit()
        self.name.setAccessibleName(t("Name"))
        self.name.setPlaceholderText(t("As it shall stand under decisions"))
        self.role = QComboBox()
        self.role.setAccessibleName(t("Role"))
        for role, words in ROLES.items():
            self.role.addItem(words, role)
        self.role.setCurrentIndex(0 if first else 1)
        self.new_passphrase = _secret(t("New passphrase"))
        self.again = _secret(t("Passphrase again"))
        form.addRow(named(t("Name")), self.name)
        form.addRow(named(t("Role")), self.role)
        form.addRow(named(t("Passphrase")), self.new_passphrase)
        form.addRow(named(t("Once more")), self.again)
        return page

    def _add(self) -> None:
        """Turn to the page that adds an auditor."""
        self._adding.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.pages.setCurrentIndex(1)
        self.other.hide()
        self.say("")
        assert self.go_button is not None
        self.go_button.setText(t("Add auditor and sign in"))
        self.name.setFocus()

    def go(self) -> None:
        """Unlock the key, of a new auditor after adding one."""
        adding = self.pages.currentIndex() == 1
        if adding and self.new_passphrase.text() != self.again.text():
            self.say(t("The two passphrases differ."))
            self.again.setFocus()
            return
        self.say("")
        self.set_busy(True)
        if adding:
            name, secret = self.name.text().strip(), self.new_passphrase.text()
            role = Role(self.role.currentData())

            def add(db: Connection, task: Task) -> Any:
                pipeline.add_auditor(db, name, role, secret)
                return pipeline.unlock(db, name, secret)

            self._jobs.write("add auditor", add, self._opened, self._refused)
        else:
            name, secret = str(self.auditor.currentData()), self.passphrase.text()
            self.passphrase.clear()
            # A wrong passphrase is an entry of the ledger.
            self._jobs.write("unlock", lambda db, task: pipeline.unlock(db, name, secret), self._opened, self._refused)

    def _opened(self, signer: Any) -> None:
        """Hand the key over and close."""
        self.accept()
        self.unlocked.emit(signer)

    def _refused(self, words: str) -> None:
        """Say why the key stays locked."""
        self.set_busy(False)
        self.say(words)
        field = self.passphrase if self.pages.currentIndex() == 0 else self.name
        field.setFocus()
        field.selectAll()
