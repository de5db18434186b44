"""Releasing: what leaves is looked at first, then signed and written, and verified as soon as it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QTabWidget, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import queue
from dreamdesk.desk.database import Connection
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.bundles.checked import Checked
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.dialogs.release_pages import LeaksPage, LeavingPage, RecipientPage, RowsPage
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.overview.cards import waiting
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, t, tn

NOTHING = t("Nothing is approved and waiting for release. Approve a correction first.")
NARROW = 560
"""Width of the dialog, in pixels, when there is nothing to look through."""
PAUSE_MS = 300
"""How long nothing must change before it is looked at again."""


@dataclass(frozen=True, slots=True)
class Released:
    """A bundle or draft that was written, and what was checked of it, with the faults."""

    folder: Path
    checked: list[tuple[str, list[str]]]


class ReleaseDialog(Frame):
    """Shows what would leave, asks for a folder, signs and writes the bundle there, verifies it and says where it is.

    Signals:
        caseWanted: the episode that somebody wants to look at first.
        queueWanted: nothing is approved, and somebody goes on with what waits.
        released: something was written.
    """

    caseWanted = Signal(int)
    queueWanted = Signal()
    released = Signal()

    def __init__(self, jobs: Jobs, identity: Identity, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Release what is approved"),
            t(
                "Writes a bundle with the training data, the evidence and every signature, and signs it with "
                "your key. What was released can no longer be decided anew."
            ),
            t("Sign and release"),
            parent,
        )
        self._jobs = jobs
        self._identity = identity
        self._task: Task | None = None
        self._looking: Task | None = None
        self._result: Path | None = None
        self.setMinimumWidth(860)
        self.waiting = Label("", wrap=True)
        self.leaving, self.rows = LeavingPage(), RowsPage()
        self.leaks, self.terms = LeaksPage(), RecipientPage()
        self.tabs = QTabWidget()
        self.tabs.setMinimumHeight(330)
        for page, name in (
            (self.leaving, t("What leaves")),
            (self.rows, t("Rows")),
            (self.leaks, t("Secrets and personal data")),
            (self.terms, t("To whom")),
        ):
            self.tabs.addTab(page, name)
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName(t("Folder"))
        self.browse = Button(t("Browse…"))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        self.place = QWidget()
        row = QHBoxLayout(self.place)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(t("Folder"), tone="muted"))
        row.addWidget(self.folder, 1)
        row.addWidget(self.browse)
        self.bar = QProgressBar()
        self.bar.hide()
        self.outcome = Label("", wrap=True)
        self.open_button = Button(t("Open folder"))
        self.open_button.setAutoDefault(False)
        self.open_button.hide()
        self.open_button.clicked.connect(self._open_folder)
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.tabs, 1)
        self.body.addWidget(self.place)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.outcome)
        self.buttons.insertWidget(0, self.open_button)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(PAUSE_MS)
        self._again.timeout.connect(self._look)
        self.leaving.changed.connect(self._again.start)
        self.leaks.changed.connect(self._again.start)
        self.leaks.leftOut.connect(self.leaving.leave_out)
        self.leaks.caseWanted.connect(self._to_case)
        jobs.progressed.connect(self._progressed)
        self.set_busy(True)
        self._look(first=True)

    def chosen(self) -> pipeline.ReleaseTerms:
        """Return the terms that are chosen."""
        return pipeline.ReleaseTerms(
            recipient=self.terms.recipient.text().strip(),
            predetermined=self.terms.change.currentData(),
            change=self.terms.why.text().strip(),
            only=None if self.leaving.all_chosen() else self.leaving.corrections(),
            memory=self.leaving.memory.isChecked() or self.leaving.memory.isHidden(),
            formats=self.rows.formats() or None,
            waived=dict(self.leaks.waived),
        )

    def _look(self, *, first: bool = False) -> None:
        """Look at what would leave on the terms that are chosen."""
        terms = pipeline.ReleaseTerms() if first else self.chosen()
        if not first and terms.only is not None and not terms.only and not self.leaving.memory.isChecked():
            self.waiting.setText(t("Nothing is chosen."))
            self.set_busy(True)
            return
        self.set_busy(True)

        auditor = self._identity.name

        def work(db: Connection, task: Task) -> pipeline.Preview | dict[Tab, int]:
            if first and not pipeline.may_release(db):
                return queue.counts(db, auditor)
            return pipeline.preview_release(db, terms, task.progress, task.cancelled)

        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._jobs.read("approved", work, lambda found: self._show(found, first), self.say)

    def _show_nothing(self, counts: dict[Tab, int]) -> None:
        """Say that nothing is approved, and what waits until it is."""
        for part in (self.tabs, self.place, self.outcome, self.go_button):
            if part is not None:
                part.hide()
        self.waiting.setText(NOTHING)
        if any(counts.values()):
            bars = waiting(counts)
            self.body.addWidget(bars)
            bars.show()  # or it does not count yet for the height
        onwards = Button(t("Go to the queue"), "primary")
        onwards.clicked.connect(self.queueWanted)
        onwards.clicked.connect(self.reject)
        self.buttons.addWidget(onwards)
        self.close_button.setText(t("Close"))
        self.setMinimumWidth(NARROW)
        self.shrink(NARROW)
        onwards.show()  # a button that is not there yet takes no keyboard
        onwards.setFocus()

    def _show(self, found: pipeline.Preview | dict[Tab, int], first: bool) -> None:
        self._looking = None
        self.say("")
        if isinstance(found, dict):
            self._show_nothing(found)
            return
        counts = (len(found.corrections), len(found.memory))
        words = (counted(counts[0], "approved correction"), counted(counts[1], "decided memory change"))
        told = [word for word, number in zip(words, counts, strict=True) if number]
        self.waiting.setText(
            tn("{told} waits for release.", "{told} wait for release.", sum(counts), told=t(" and ").join(told))
        )
        if first:
            self.leaving.show_preview(found)
            self.rows.show_preview(found)
            self.terms.show_preview(found)
            self.folder.setFocus()
        self.leaks.show_preview(found)
        kept = len(found.unresolved)
        title = (
            t("Secrets and personal data ({leaks})", leaks=len(found.leaks))
            if found.leaks
            else t("Secrets and personal data")
        )
        self.tabs.setTabText(self.tabs.indexOf(self.leaks), title)
        if kept:
            self.say(
                t("{kept} must be dealt with before anything leaves.", kept=counted(kept, "secret or personal item"))
            )
            self.tabs.setCurrentWidget(self.leaks)
        self.set_busy(bool(kept))

    def _browse(self) -> None:
        """Choose the folder."""
        dialog = QFileDialog(self, t("Folder for the bundle"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _to_case(self, episode: int) -> None:
        self.caseWanted.emit(episode)
        self.reject()

    def go(self) -> None:
        """Sign and release."""
        self.say("")
        if self._again.isActive():  # what was chosen last is looked at first
            return
        self._identity.ensure(self._release)

    def _release(self, signer: Any) -> None:
        """Write the bundle with the unlocked key."""
        out, terms = Path(self.folder.text()).expanduser(), self.chosen()
        self.set_busy(True)
        self.bar.setRange(0, 0)
        self.bar.show()

        def work(db: Connection, task: Task) -> Released:
            folder = pipeline.release(db, out, signer, task.progress, task.cancelled, terms=terms)
            return Released(folder, pipeline.check_steps(folder, draft=folder.name.endswith(pipeline.DRAFT)))

        self._task = self._jobs.write("release", work, self._done, self._failed)

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        """Show how far the release is."""
        if task is self._task:
            self.bar.setRange(0, max(total, 0))
            self.bar.setValue(done)

    def _done(self, released: Released) -> None:
        """Say where the bundle is and what its verification found."""
        self._task = None
        self._result = released.folder
        self.bar.hide()
        self.waiting.hide()
        self.tabs.hide()
        self.folder.setEnabled(False)
        self.browse.setEnabled(False)
        self.close_button.setText(t("Done"))
        self.open_button.show()
        if self.go_button is not None:
            self.go_button.hide()
        for what, faults in released.checked:
            self.body.insertWidget(self.body.count() - 1, Checked(what, faults))
        draft = released.folder.name.endswith(pipeline.DRAFT)
        if faults := [fault for _, found in released.checked for fault in found]:
            self.outcome.setText(t("Written to {folder}", folder=released.folder))
            self.say(t("The bundle does not verify:\n") + "\n".join(faults[:20]))
        elif draft:
            self.outcome.setText(
                t("Sealed as a draft, for others to sign on the page Bundles: {folder}", folder=released.folder)
            )
        else:
            self.outcome.set_tone("ok")
            self.outcome.setText(t("✓ Released and verified: {folder}", folder=released.folder))
        self.released.emit()
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
        for task in (self._task, self._looking):
            if task is not None:
                task.cancel()
        super().reject()
