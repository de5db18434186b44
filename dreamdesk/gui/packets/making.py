"""Making a packet: what for, for whom, with which episodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QSpinBox, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import auditors, packets, queue
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named, number
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

ASSIGN, EXCHANGE, EPISODE, SAMPLE = "assignment", "exchange", "episode", "sample"
PROVES = t(
    "It proves that it came from your key. That the key is yours they know only when you have told "
    "them its fingerprint, by telephone or on paper:"
)
FILES = t("Packets (*.packet)")


@dataclass(frozen=True, slots=True)
class Offered:
    """What a packet may be made of: counts of the lists, the other auditors, assignments to answer."""

    lists: dict[queue.Tab, int]
    people: list[str]
    assignments: list[packets.Row]


class MakePacketDialog(Frame):
    """Asks for the particulars, signs and writes the packet, and says which fingerprint to tell."""

    def __init__(
        self, jobs: Jobs, identity: Identity, folder: Path, episode: int | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            t("Make a packet"),
            t("One signed file for a colleague's desk, to carry there as you like. This program sends nothing."),
            t("Sign and write"),
            parent,
        )
        self._jobs, self._identity, self._folder, self._episode = jobs, identity, folder, episode
        self._task: Task | None = None
        self._written = False
        self.setMinimumWidth(620)
        self.what, self.episodes, self.to = QComboBox(), QComboBox(), QComboBox()
        self.to.setEditable(True)
        self.why, self.due = QLineEdit(), QLineEdit()
        self.why.setPlaceholderText(t("What you ask of them"))
        self.due.setPlaceholderText(t("2026-12-31, or nothing"))
        self.count = number(QSpinBox(), t("How many"))
        self.count.setRange(1, 100_000)
        self.count.setValue(20)
        self.blind = QCheckBox(t("Blind: leave out what was decided and marked so far"))
        self.recordings = QCheckBox(t("Put in the recordings, up to 64 MB each; else only their digests"))
        self.recordings.setChecked(True)
        self.file = QLineEdit(str(folder / "work.packet"))
        self.browse = Button(t("Browse…"))
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self._browse)
        named_fields = {
            t("Purpose"): self.what,
            t("Episodes"): self.episodes,
            t("For"): self.to,
            t("Asked for"): self.why,
            t("Due"): self.due,
            t("File"): self.file,
        }
        for name, field in named_fields.items():
            field.setAccessibleName(name)
        self.form = make_form()
        self.form.addRow(named(t("Purpose")), self.what)
        self.form.addRow(named(t("For")), self.to)
        self.form.addRow(named(t("Episodes")), _row(self.episodes, self.count))
        self.form.addRow(named(t("Asked for")), self.why)
        self.form.addRow(named(t("Due")), self.due)
        self.form.addRow(named(""), self.blind)
        self.form.addRow(named(""), self.recordings)
        self.form.addRow(named(t("File")), _row(self.file, self.browse))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(t("Progress"))
        self.bar.hide()
        self.outcome = Label("", tone="ok", wrap=True)
        self.proves = Label(PROVES, wrap=True)
        self.fingerprint = Label("", role="mono")
        self.body.addLayout(self.form)
        self.body.addWidget(self.bar)
        for part in (self.outcome, self.proves, self.fingerprint):
            self.body.addWidget(part)
            part.hide()
        jobs.progressed.connect(self._progressed)
        self.set_busy(True)
        jobs.read("packet", _offered, self._offer, self.say)

    def _offer(self, offered: Offered) -> None:
        """Fill the lists."""
        self.what.addItem(t("Work for a colleague, to be decided there"), ASSIGN)
        for row in reversed(offered.assignments):
            words = t(
                "Answer to {person}: {episodes}",
                person=one_line(row.person, 60),
                episodes=counted(len(row.episodes), "episode"),
            )
            self.what.addItem(words, row.digest)
        self.what.addItem(t("Exchange: all that was said, for both desks to hold the same"), EXCHANGE)
        if self._episode is not None:
            self.episodes.addItem(t("Episode {episode}, which is on the screen", episode=self._episode), EPISODE)
        for tab, size in offered.lists.items():
            if size:
                self.episodes.addItem(
                    t("All of “{tab}”: {size}", tab=t(tab.title), size=counted(size, "episode")), tab.value
                )
        self.episodes.addItem(t("Some of “To review”, by lot"), SAMPLE)
        self.to.addItems(offered.people)
        self.to.setCurrentText(offered.people[0] if len(offered.people) == 1 else "")
        self.episodes.currentIndexChanged.connect(self._adapt)
        self.what.currentIndexChanged.connect(self._adapt)
        if offered.assignments:
            self.what.setCurrentIndex(1)
        self._adapt()
        self.set_busy(False)
        (self.to if self.what.currentData() == ASSIGN else self.file).setFocus()

    def _adapt(self) -> None:
        """Ask only for what the chosen purpose needs."""
        purpose = self.what.currentData()
        answer = purpose not in (ASSIGN, EXCHANGE)
        for row in (1, 2, 4, 5, 6):
            self.form.setRowVisible(row, not answer and (row not in (4, 5) or purpose == ASSIGN))
        self.count.setVisible(self.episodes.currentData() == SAMPLE)
        self.grow()

    def go(self) -> None:
        """Sign and write."""
        if self._written:
            self.accept()
            return
        self.say("")
        if self.what.currentData() in (ASSIGN, EXCHANGE) and not self.to.currentText().strip():
            self.say(t("Say for whom it is."))
            self.to.setFocus()
            return
        self._identity.ensure(self._write)

    def _write(self, signer: Any) -> None:
        out = Path(self.file.text()).expanduser()
        purpose, which, size = self.what.currentData(), self.episodes.currentData(), self.count.value()
        to, why, due, episode = self.to.currentText().strip(), self.why.text(), self.due.text().strip(), self._episode
        blind, recordings = self.blind.isChecked() and purpose == ASSIGN, self.recordings.isChecked()

        def work(db: Connection, task: Task) -> pipeline.PacketHead:
            if purpose not in (ASSIGN, EXCHANGE):
                return pipeline.answer_packet(db, out, signer, purpose, why, task.progress, task.cancelled)
            if which == EPISODE and episode is not None:
                chosen = [episode]
            else:
                chosen = pipeline.sampled(db, size, 1) if which == SAMPLE else list(queue.ids(db, queue.Tab(which)))
            told = (
                t("{why} (a sample of {chosen}, seed 1)", why=why, chosen=len(chosen)).strip()
                if which == SAMPLE
                else why
            )
            return pipeline.make_packet(
                db,
                out,
                signer,
                to=to,
                chosen=chosen,
                why=told,
                due=due,
                kind=pipeline.PacketKind(purpose),
                blind=blind,
                recordings=recordings,
                progress=task.progress,
                cancelled=task.cancelled,
            )

        self.set_busy(True)
        self.bar.setRange(0, 0)
        self.bar.show()
        self._task = self._jobs.write("make packet", work, self._done, self._failed)

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._task:
            self.bar.setRange(0, max(total, 0))
            self.bar.setValue(done)

    def _done(self, head: pipeline.PacketHead) -> None:
        """Say where it is, and what the other side must be told."""
        self._task, self._written = None, True
        self.bar.hide()
        self.outcome.setText(t("✓ Written: {file}", file=self.file.text()))
        self.fingerprint.setText(pipeline.fingerprint(head.key))
        for part in (self.outcome, self.proves, self.fingerprint):
            part.show()
        for row in range(self.form.rowCount()):
            self.form.setRowVisible(row, False)
        self.close_button.hide()
        self.set_busy(False)
        if self.go_button is not None:
            self.go_button.setText(t("Done"))
            self.go_button.setFocus()
        self.adjustSize()

    def _failed(self, words: str) -> None:
        self._task = None
        self.bar.hide()
        self.set_busy(False)
        self.say(words)

    def _browse(self) -> None:
        dialog = QFileDialog(self, t("Packet"), self.file.text(), FILES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("packet")
        # A packet is never written over: making one refuses a path that exists, in words.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.fileSelected.connect(self.file.setText)
        dialog.open()

    def reject(self) -> None:
        """Close; what runs is stopped, and nothing of it is left."""
        if self._task is not None:
            self._task.cancel()
        super().reject()


def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(first, 1)
    row.addWidget(second)
    return row


def _offered(db: Connection, task: Task) -> Offered:
    return Offered(
        queue.counts(db),
        [one.name for one in auditors.all_auditors(db) if not one.private_key and not one.key_file and one.active],
        [one for one in packets.all_packets(db) if not one.sent and one.kind == ASSIGN],
    )
