"""Putting a backup back: what would be lost is shown first; then a reason, and a signature where one must be."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QProgressBar, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line


class RestoreDialog(Frame):
    """Shows what putting *backup* in the place of *desk* means, and does it.

    Signals:
        restored: The backup is in place; the path of the desk.
    """

    restored = Signal(object)

    def __init__(self, backup: Path, desk: Path, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Put a backup back"),
            t(
                "The backup is verified, a copy of the desk that is there now is kept beside it, and the ledger "
                "says that the backup was put back, by whom and why."
            ),
            t("Put it back"),
            parent,
        )
        self._backup, self._desk = backup, desk
        self._jobs = Jobs(self)
        self._jobs.path = backup
        self._jobs.progressed.connect(self._so_far)
        self._running = False
        self.setMinimumWidth(620)
        self.what = Label(t("Looking …"), wrap=True)
        self.lost = Label("", wrap=True)
        self.reason, self.passphrase, self.auditor = QLineEdit(), QLineEdit(), QComboBox()
        self.reason.setPlaceholderText(t("Why, for the ledger"))
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self._form = make_form()
        for name, field in (
            (t("Reason"), self.reason),
            (t("Administrator"), self.auditor),
            (t("Passphrase"), self.passphrase),
        ):
            field.setAccessibleName(name)
            self._form.addRow(named(name), field)
        for field in (self.auditor, self.passphrase):
            self._form.setRowVisible(field, False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.body.addWidget(self.what)
        self.body.addWidget(self.lost)
        self.body.addLayout(self._form)
        self.body.addWidget(self.bar)
        self.set_busy(True)
        self.reason.setFocus()
        self._jobs.read("look", lambda db, task: pipeline.look_at_backup(backup, desk), self._show, self.say)

    def _show(self, found: pipeline.Restorable) -> None:
        """Show what it would mean."""
        when = t("{at:%Y-%m-%d %H:%M} UTC", at=datetime.fromtimestamp(found.at / 1e9, UTC))
        self.what.setText(
            t(
                "{backup} ends with entry {entries:,} of the ledger, of {when}. It takes the place of {desk}.",
                backup=one_line(self._backup.name, 80),
                entries=found.entries,
                when=when,
                desk=one_line(str(self._desk), 200),
            )
        )
        if found.lost is None:
            self.lost.set_tone("warn")
            self.lost.setText(
                t(
                    "The desk that is there cannot be opened, so what is lost is not known; what was recorded "
                    "outside it may contradict the backup until that is accepted (dreamdesk desk accept-older). "
                    "{fault}",
                    fault=found.fault,
                )
            )
        elif found.lost:
            self.lost.set_tone("warn")
            self.lost.setText(
                t(
                    "Later entries that would no longer be on the desk: {lost:,} (decisions, imports and all else "
                    "since then). The copy beside it keeps them.",
                    lost=found.lost,
                )
            )
        else:
            self.lost.set_tone("ok")
            self.lost.setText(t("Nothing is lost: the backup holds every entry that the desk has."))
        for name in found.administrators:
            self.auditor.addItem(one_line(name), name)
        for field in (self.auditor, self.passphrase):
            self._form.setRowVisible(field, bool(found.administrators))
        self.set_busy(False)
        self.grow()

    def go(self) -> None:
        """Verify the backup and put it back."""
        backup, desk, reason = self._backup, self._desk, self.reason.text()
        name, secret = self.auditor.currentData(), self.passphrase.text()
        self.passphrase.clear()
        self.say("")
        self._busy(True)

        def work(db: Connection, task: Task) -> Path | None:
            by = pipeline.unlock(db, str(name), secret) if name else getpass.getuser()
            return pipeline.restore(backup, desk, by, reason, task.progress)

        self._jobs.read("restore", work, self._done, self._failed)

    def _busy(self, busy: bool) -> None:
        self._running = busy
        self.set_busy(busy)
        self.close_button.setEnabled(not busy)  # it is whole or not done, and cannot be stopped halfway
        self.bar.setRange(0, 0)
        self.bar.setVisible(busy)

    def _so_far(self, task: Task, done: int, total: int, what: str) -> None:
        if total > 0:
            self.bar.setRange(0, 1000)
            self.bar.setValue(done * 1000 // total)

    def _failed(self, words: str) -> None:
        self._busy(False)
        self.say(words)

    def _done(self, aside: Path | None) -> None:
        self._busy(False)
        self.accept()
        self.restored.emit(self._desk)

    def reject(self) -> None:
        """Close, unless the backup is being put back."""
        if not self._running:
            self._jobs.stop()
            super().reject()
