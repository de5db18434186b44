"""Opening a packet: who sent it, what it would bring and what contradicts what, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QProgressBar, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.packets.tree import FindingsTree
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

PROVES = t(
    "The signature shows that the packet came whole from whoever holds that key. Whose key it is "
    "shows only the comparison of fingerprints. What a desk kept back, nothing shows."
)
KIND = {
    "assignment": t("Work for you"),
    "return": t("Answer to your packet"),
    "exchange": t("Exchange of both desks’ work"),
}


class OpenPacketDialog(Frame):
    """Looks into the packet at *path*, shows what was found, and joins it with the desk on demand.

    Signals:
        joined: The packet is on the desk now.
        episodeChosen: Somebody wants to see this episode.
    """

    joined = Signal()
    episodeChosen = Signal(int)

    def __init__(self, jobs: Jobs, identity: Identity, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(t("Open a packet"), go=t("Take in"), parent=parent)
        self._jobs, self._identity, self._path = jobs, identity, path
        self._task: Task | None = None
        self._joining = self._joined = False
        self.resize(820, 640)
        self.note = Label(t("This is only a look: nothing is written before you take it in."), tone="muted", wrap=True)
        self.about = QWidget()
        self._form = make_form(self.about)
        self.keys = QWidget()
        self._keys = QVBoxLayout(self.keys)
        self._keys.setContentsMargins(0, 0, 0, 0)
        self._keys.setSpacing(6)
        self.boxes: dict[str, QCheckBox] = {}
        self.tree = FindingsTree(t("What the packet brings"))
        self.tree.episodeChosen.connect(self._show)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(t("Progress"))
        self.outcome = Label("", tone="ok", wrap=True)
        self.outcome.hide()
        self.body.addWidget(self.note)
        for part in (self.about, self.keys):
            self.body.addWidget(part)
            part.hide()
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.outcome)
        self.body.addWidget(Label(PROVES, tone="muted", role="small", wrap=True))
        jobs.progressed.connect(self._progressed)
        self._look()

    def _confirmed(self) -> list[str]:
        return [fingerprint for fingerprint, box in self.boxes.items() if box.isChecked()]

    def _look(self) -> None:
        """Find out what the packet would bring with the keys that are confirmed by now."""
        path, confirmed = self._path, self._confirmed()

        def work(db: Connection, task: Task) -> pipeline.PacketFound:
            return pipeline.look_into_packet(db, path, confirmed, task.progress, task.cancelled)

        self._start()
        self._task = self._jobs.write("look into packet", work, self._found, self._failed)

    def go(self) -> None:
        """Take the packet in, with the key of whoever is at the desk."""
        if self._joined:
            self.accept()
            return
        self.say("")
        self._identity.ensure(self._join)

    def _join(self, signer: Any) -> None:
        path, confirmed = self._path, self._confirmed()

        def work(db: Connection, task: Task) -> pipeline.PacketFound:
            return pipeline.join_packet(db, path, signer, confirmed, task.progress, task.cancelled)

        self._joining = True
        self._start()
        self._task = self._jobs.write("join packet", work, self._found, self._failed)

    def _start(self) -> None:
        self.set_busy(True)
        self.bar.setRange(0, 0)
        self.bar.show()
        for box in self.boxes.values():
            box.setEnabled(False)

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        if task is self._task:
            self.bar.setRange(0, max(total, 0))
            self.bar.setValue(done)

    def _found(self, found: pipeline.PacketFound) -> None:
        """Show what was found, or what was taken in."""
        self._task = None
        self.bar.hide()
        self._describe(found.head)
        if not found.kept:
            self._ask_for_keys(found)
        self._fill(found)
        waits = any(one.sender for one in found.strangers)
        for box in self.boxes.values():
            box.setEnabled(not found.kept)
        self.set_busy(waits)
        if found.kept:
            self._joined = True
            self.keys.hide()
            self.note.hide()
            self.outcome.setText(t("✓ Taken in: {found}.", found=", ".join(_in_words(found.new)) or t("nothing new")))
            self.outcome.show()
            self.close_button.hide()
            if self.go_button is not None:
                self.go_button.setText(t("Done"))
                self.go_button.setFocus()
            self.joined.emit()
        elif waits and self.boxes:
            next(iter(self.boxes.values())).setFocus()
        elif self.go_button is not None:
            self.go_button.setFocus()
        self.grow()

    def _describe(self, head: pipeline.PacketHead) -> None:
        if self.about.isVisibleTo(self):
            return
        rows = [
            (
                t("From"),
                t(
                    "{sender}, {role}, at the desk {desk}",
                    sender=one_line(head.sender, 80),
                    role=t(head.role.value),
                    desk=head.desk,
                ),
            ),
            (
                t("It is"),
                KIND[head.kind.value]
                + (t(", for {to_name}", to_name=one_line(head.to_name, 80)) if head.to_name else ""),
            ),
            (t("Asked for"), one_line(head.why, 400)),
            (t("Due"), head.due),
        ]
        for name, words in rows:
            if words:
                self._form.addRow(named(name), Label(words, wrap=True))
        self.about.show()

    def _ask_for_keys(self, found: pipeline.PacketFound) -> None:
        """Show each key that is not known here, with a box for whoever has compared it."""
        for one in found.strangers:
            if one.fingerprint in self.boxes:
                continue
            words = t(
                "{one} ({role}) is not known here. The fingerprint of the key:",
                one=one_line(one.name, 80),
                role=t(one.role),
            )
            box = QCheckBox(t("I compared it with them by telephone or on paper"))
            box.setAccessibleName(t("I compared the fingerprint of {one}", one=one_line(one.name, 80)))
            box.toggled.connect(self._look)
            self._keys.addWidget(Label(words, wrap=True))
            self._keys.addWidget(Label(one.fingerprint, role="mono"))
            self._keys.addWidget(box)
            self.boxes[one.fingerprint] = box
        self.keys.setVisible(bool(self.boxes))

    def _fill(self, found: pipeline.PacketFound) -> None:
        self.tree.clear()
        new, known = _in_words(found.new), _in_words(found.known)
        self.tree.conflicts(found.conflicts)
        self.tree.heading(
            t("{things} left out", things=counted(len(found.left_out), "thing")),
            [f"{one.what}: {one.why}" for one in found.left_out],
            "warn",
        )
        self.tree.heading(t("What was new on this desk") if found.kept else t("What would be new on this desk"), new)
        self.tree.heading(t("What this desk has already"), known)
        self.tree.heading(t("To know"), found.remarks)

    def _failed(self, words: str) -> None:
        """Say why nothing can be taken from it."""
        self._task = None
        self.bar.hide()
        for box in self.boxes.values():
            box.setEnabled(True)
        self.set_busy(not self._joining)
        self._joining = False
        self.say(words)

    def _show(self, episode: int) -> None:
        if self._joined:
            self.episodeChosen.emit(episode)
            self.accept()

    def reject(self) -> None:
        """Close; what runs is stopped, and nothing of it is kept."""
        if self._task is not None:
            self._task.cancel()
        super().reject()


def _in_words(counts: Mapping[str, int]) -> list[str]:
    """Return "1 episode" or "2 policies" for each count that is not 0, by its word in the plural."""
    return [
        counted(number, "policy" if word == "policies" else word[:-1], word)
        for word, number in counts.items()
        if number
    ]
