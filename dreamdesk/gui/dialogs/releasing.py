"""Releasing: what is approved leaves as a signed bundle, which is verified as soon as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import memory, releases
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.model.text import counted


@dataclass(frozen=True, slots=True)
class Released:
    """A bundle that was written, and what its verification found wrong with it."""

    folder: Path
    faults: list[str]


class ReleaseDialog(Frame):
    """Asks for a folder, signs and writes the bundle there, verifies it and says where it is."""

    def __init__(self, jobs: Jobs, identity: Identity, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(
            "Release what is approved",
            "Writes a bundle with the training data, the evidence and every signature, and signs it with your key. "
            "What was released can no longer be decided anew.",
            "Sign and release",
            parent,
        )
        self._jobs = jobs
        self._identity = identity
        self._task: Task | None = None
        self._result: Path | None = None
        self.setMinimumWidth(560)
        self.waiting = Label("", wrap=True)
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName("Folder")
        self.browse = Button("Browse…")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self.browse)
        self.bar = QProgressBar()
        self.bar.hide()
        self.outcome = Label("", wrap=True)
        self.open_button = Button("Open folder")
        self.open_button.setAutoDefault(False)
        self.open_button.hide()
        self.open_button.clicked.connect(self._open_folder)
        self.body.addWidget(self.waiting)
        self.body.addLayout(row)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.outcome)
        self.buttons.insertWidget(0, self.open_button)
        jobs.progressed.connect(self._progressed)
        self.set_busy(True)
        jobs.read("approved", _waiting, self._count, self.say)

    def _count(self, found: tuple[int, int]) -> None:
        """Say how many corrections and memory changes wait."""
        nouns = ("approved correction", "decided memory change")
        told = [counted(number, noun) for number, noun in zip(found, nouns, strict=True) if number]
        if told:
            self.waiting.setText(f"{' and '.join(told)} wait{'s' * (sum(found) == 1)} for release.")
            self.set_busy(False)
            self.folder.setFocus()
        else:
            self.waiting.setText("Nothing is approved and waiting for release. Approve a correction first.")

    def _browse(self) -> None:
        """Choose the folder."""
        dialog = QFileDialog(self, "Folder for the bundle", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def go(self) -> None:
        """Sign and release."""
        self.say("")
        self._identity.ensure(self._release)

    def _release(self, signer: Any) -> None:
        """Write the bundle with the unlocked key."""
        out = Path(self.folder.text()).expanduser()
        self.set_busy(True)
        self.bar.setRange(0, 0)
        self.bar.show()

        def work(db: Connection, task: Task) -> Released:
            folder = pipeline.release(db, out, signer, task.progress, task.cancelled)
            return Released(folder, pipeline.verify_bundle(folder))

        self._task = self._jobs.write("release", work, self._done, self._failed)

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        """Show how far the release is."""
        if task is self._task:
            self.bar.setRange(0, max(total, 0))
            self.bar.setValue(done)

    def _done(self, released: Released) -> None:
        """Say where the bundle is and whether it verifies."""
        self._task = None
        self._result = released.folder
        self.bar.hide()
        self.waiting.hide()
        self.folder.setEnabled(False)
        self.browse.setEnabled(False)
        self.close_button.setText("Done")
        self.open_button.show()
        if self.go_button is not None:
            self.go_button.hide()
        if released.faults:
            self.outcome.setText(f"Written to {released.folder}")
            self.say("The bundle does not verify:\n" + "\n".join(released.faults[:20]))
        else:
            self.outcome.set_tone("ok")
            self.outcome.setText(f"✓ Released and verified: {released.folder}")
        self.grow()
        self.close_button.setFocus()

    def _failed(self, words: str) -> None:
        """Say why nothing was released."""
        self._task = None
        self.bar.hide()
        self.set_busy(False)
        self.say(words)

    def _open_folder(self) -> None:
        if self._result is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._result)))

    def reject(self) -> None:
        """Close; a release that runs is cancelled, and leaves nothing half done."""
        if self._task is not None:
            self._task.cancel()
        super().reject()


def _waiting(db: Connection, task: Task) -> tuple[int, int]:
    """Return how many corrections, and how many memory changes, a release would take along."""
    return len(releases.leaving(db)), len(memory.waiting(db))
