"""Who sits at the desk: one auditor, whose key is unlocked once and kept in memory until the window closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk.desk import auditors
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.memory import Memory
from dreamdesk.model.decision import Auditor

Signer = Any
"""The unlocked key as the pipeline hands it out; the window only carries it from there and back."""


class Identity(QObject):
    """The auditor at the desk.

    Signals:
        changed: Somebody signed in or out.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, memory: Memory, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._memory = memory
        self._window = parent
        self._signer: Signer | None = None
        self.dialog: SigningDialog | None = None

    @property
    def name(self) -> str:
        """Name of the auditor who signed in, or ""."""
        return str(self._signer.auditor.name) if self._signer is not None else ""

    def forget(self) -> None:
        """Lock the key again: another desk is opened."""
        self._signer = None
        self.changed.emit()

    def ensure(self, then: Callable[[Signer], None]) -> None:
        """Call *then* with the unlocked key, after asking for it where that has not happened yet."""
        if self._signer is not None:
            then(self._signer)
        else:
            self.ask(then)

    def ask(self, then: Callable[[Signer], None] | None = None) -> None:
        """Ask who signs, and for the passphrase."""

        def work(db: Connection, task: Task) -> tuple[Auditor, ...]:
            return auditors.all_auditors(db)

        def show(found: tuple[Auditor, ...]) -> None:
            if self.dialog is not None:
                return
            dialog = SigningDialog(self._jobs, found, self._memory.auditor(), self._window)
            dialog.unlocked.connect(lambda signer: self._take(signer, then))
            dialog.finished.connect(self._closed)
            self.dialog = dialog
            dialog.open()

        self._jobs.read("auditors", work, show)

    def _closed(self) -> None:
        self.dialog = None

    def _take(self, signer: Signer, then: Callable[[Signer], None] | None) -> None:
        """Keep the key for this session and go on."""
        self._signer = signer
        self._memory.set_auditor(self.name)
        self.changed.emit()
        if then is not None:
            then(signer)
