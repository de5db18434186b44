"""The step reader: one step in full, its neighbours a key away, and what is embedded in it as files on demand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget
from shiboken6 import isValid

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui import choosing
from dreamdesk.gui.compare.content import FOLD, heading
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.reader.facts import facts, warnings
from dreamdesk.gui.reader.layout import Laid, lay_out
from dreamdesk.gui.reader.text import StepText
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.timeline.layout import DREAMED, RECORDED
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t, tn
from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Gap, GapKind, Step

Place = tuple[str, int]


class StepReader(Frame):
    """Shows the step at *place* of *case*; Alt+Up and Alt+Down go to its neighbours on the same track.

    Signals:
        moved: another step is shown: (track, index).
    """

    moved = Signal(object)

    def __init__(self, jobs: Jobs, case: Case, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(t("Read a step"), parent=parent)
        self.resize(900, 700)
        self._jobs, self._case, self.place = jobs, case, place
        self.heading = Label("", role="strong", elide=True)
        self.facts = Label("", tone="muted", role="small", wrap=True)
        self.warnings = Label("", tone="warn", wrap=True)
        self.text = StepText()
        self.words = QLineEdit()
        self.words.setPlaceholderText(t("Find in this step…"))
        self.words.setAccessibleName(t("Find in this step"))
        self.words.textChanged.connect(lambda words: self._find(onward=False))
        self.words.returnPressed.connect(lambda: self._find(onward=True))
        self.fold = Button(t("Fold all"))
        self.unfold = Button(t("Unfold all"))
        self.files = Button(t("Save embedded files…"))
        self.back, self.on = Button(t("Previous"), key="Alt ↑"), Button(t("Next"), key="Alt ↓")
        self.fold.clicked.connect(lambda: self.text.fold_all(True))
        self.unfold.clicked.connect(lambda: self.text.fold_all(False))
        self.files.clicked.connect(lambda: choosing.files_folder(self, self.save))
        self.back.clicked.connect(lambda: self.go_on(-1))
        self.on.clicked.connect(lambda: self.go_on(1))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.words, 1)
        for button in (self.fold, self.unfold, self.files):
            line.addWidget(button)
        for button in (self.fold, self.unfold, self.files, self.back, self.on, self.close_button):
            button.setAutoDefault(False)
        for widget in (self.heading, self.facts, self.warnings):
            self.body.addWidget(widget)
        self.body.addLayout(line)
        self.body.addWidget(self.text, 1)
        self.buttons.insertWidget(0, self.back)
        self.buttons.insertWidget(1, self.on)
        self.hint = Label(t("− and + fold and unfold the group at the cursor"), tone="faint", role="small")
        self.buttons.insertWidget(2, self.hint)
        for keys, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(keys), self, lambda by=by: self.go_on(by))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.words.setFocus)
        self._show(place)
        self.text.setFocus()

    def _steps(self) -> range:
        """Return the indexes of the steps on the track of the present one."""
        revision = self._case.revision
        if self.place[0] == DREAMED and revision is not None:
            return range(revision.start, revision.start + len(revision.steps))
        return range(len(self._case.episode.steps))

    def go_on(self, by: int) -> None:
        """Show the next step of the track, or the one before, if there is one."""
        place = (self.place[0], self.place[1] + by)
        if place[1] in self._steps():
            self._show(place)
            self.moved.emit(place)

    def _step(self, place: Place) -> tuple[Step, CorrectedStep | None]:
        revision = self._case.revision
        if place[0] == DREAMED and revision is not None:
            corrected = revision.steps[place[1] - revision.start]
            return corrected.step, corrected
        return self._case.episode.steps[place[1]], None

    def _show(self, place: Place) -> None:
        """Show the step at *place*; of a long text the beginning at once, and all of it when a job has laid it out."""
        self.place = place
        step, corrected = self._step(place)
        gaps = [gap for gap in self._case.episode.gaps if place[0] == RECORDED and gap.step == place[1]]
        self.heading.setText(heading(step, corrected is not None))
        self.facts.setText(facts(step, corrected))
        self.say("")
        self.files.setEnabled(True)
        self.files.setVisible(any(gap.kind is GapKind.MEDIA for gap in gaps))
        self.back.setEnabled(place[1] - 1 in self._steps())
        self.on.setEnabled(place[1] + 1 in self._steps())

        def show(laid: Laid) -> None:
            if isValid(self) and self.place == place:
                at = self.text.verticalScrollBar().value()
                self._show_text(step, laid, gaps)
                self.text.verticalScrollBar().setValue(at)

        long = len(step.content) > FOLD
        self._show_text(step, lay_out(step, whole=not long), gaps)
        if long:
            self._jobs.read("reader", lambda db, task: lay_out(step), show)

    def _show_text(self, step: Step, laid: Laid, gaps: list[Gap]) -> None:
        words = warnings(step, laid, gaps)
        self.warnings.setText(words)
        self.warnings.setVisible(bool(words))
        for button in (self.fold, self.unfold, self.hint):
            button.setVisible(bool(laid.groups))
        self.text.show_text(laid)

    def _find(self, *, onward: bool) -> None:
        words = self.words.text()
        found = self.text.find_words(words, onward=onward)
        self.say("" if found or not words else t("These words do not stand in this step."))

    def save(self, folder: Path) -> None:
        """Write what is embedded in the step into *folder*; nothing of it is opened."""
        episode, index = self._case.number, self.place[1]

        def work(db: Connection, task: Task) -> list[Path]:
            return pipeline.save_media(db, episode, index, folder)

        self._jobs.read("media", work, self._saved, self.say)

    def _saved(self, paths: list[Path]) -> None:
        self.files.setEnabled(False)
        words = tn(
            "1 file was saved in {folder}.", "{n:,} files were saved in {folder}.", len(paths), folder=paths[0].parent
        )
        self.warnings.setText(words)
        self.warnings.show()
