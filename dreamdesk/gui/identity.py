"""Who sits at the desk: the unlocked key, kept no longer than the desk's settings allow and never written down."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from dreamdesk.desk import auditors, settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.locking import Idle, LockDialog
from dreamdesk.gui.memory import Memory
from dreamdesk.model.decision import Auditor

Signer = Any
"""The unlocked key as the pipeline hands it out; the window only carries it from there and back."""


class Identity(QObject):
    """The auditor at the desk.

    Where the desk asks for the passphrase at each signature, the key is given to what asked for it and forgotten; else
    it is kept until nobody has touched the window for the minutes that the desk says, or until it is locked by hand.

    Signals:
        changed: Somebody signed in or out.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, memory: Memory, parent: QMainWindow) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._memory = memory
        self._window = parent
        self._signer: Signer | None = None
        self._name = ""
        self._rule = settings.default(settings.LOCK_AFTER)
        self._idle = Idle(self.lock, self)
        self.dialog: SigningDialog | None = None
        self.locked: LockDialog | None = None

    @property
    def name(self) -> str:
        """Name of the auditor who signed in, or ""."""
        return self._name

    @property
    def by(self) -> Signer:
        """The unlocked key, where there is one, else the name of who uses this computer."""
        return self._signer if self._signer is not None else getpass.getuser()

    def forget(self) -> None:
        """Forget who was here: another desk is opened."""
        self._signer = None
        self._name = ""
        self._idle.start(0)
        self.changed.emit()

    def lock(self) -> None:
        """Forget the key and cover the window, if somebody has signed in."""
        if not self._name or self.locked is not None:
            return
        self._signer = None
        self._idle.start(0)

        def unlocked(signer: Signer) -> None:
            self.locked = None
            self._keep(signer)

        self.locked = LockDialog(self._jobs, self._name, unlocked, self._window)
        self.locked.open()

    def ensure(self, then: Callable[[Signer], None]) -> None:
        """Call *then* with the unlocked key, after asking for it where that has not happened yet."""
        if self._signer is not None:
            then(self._signer)
        else:
            self.ask(then)

    def ask(self, then: Callable[[Signer], None] | None = None) -> None:
        """Ask who signs, and for the passphrase."""

        def work(db: Connection, task: Task) -> tuple[tuple[Auditor, ...], str]:
            active = tuple(auditor for auditor in auditors.all_auditors(db) if auditor.active)
            return active, settings.get(db, settings.LOCK_AFTER)

        def show(found: tuple[tuple[Auditor, ...], str]) -> None:
            if self.dialog is not None:
                return
            self._rule = found[1]
            name = self._name or self._memory.auditor()
            dialog = SigningDialog(self._jobs, found[0], name, found[1], self._window)
            dialog.unlocked.connect(lambda signer: self._take(signer, then))
            dialog.finished.connect(self._closed)
            self.dialog = dialog
            dialog.open()

        self._jobs.read("auditors", work, show)

    def set_rule(self, rule: str) -> None:
        """Take over that the desk asks for the passphrase otherwise now."""
        self._rule = rule
        if self._signer is not None:
            self._keep(self._signer)

    def _closed(self) -> None:
        self.dialog = None

    def _take(self, signer: Signer, then: Callable[[Signer], None] | None) -> None:
        """Keep the key as long as the desk allows, and go on."""
        other = self._name != signer.auditor.name
        self._name = str(signer.auditor.name)
        self._memory.set_auditor(self._name)
        self._keep(signer)
        if other:
            self.changed.emit()
        if then is not None:
            then(signer)

    def _keep(self, signer: Signer) -> None:
        if self._rule == settings.EACH:
            self._signer = None
            self._idle.start(settings.IDLE_MINUTES)
        else:
            self._signer = signer
            self._idle.start(float(self._rule))
