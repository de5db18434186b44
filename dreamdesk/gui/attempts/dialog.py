"""Attempts at the same task: which there are, and one of them beside the episode that is under review."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dreamdesk import pipeline
from dreamdesk.desk import queue
from dreamdesk.desk.database import Connection
from dreamdesk.gui.attempts.align import AttemptSheet
from dreamdesk.gui.attempts.view import AttemptsView
from dreamdesk.gui.compare.cards import Title
from dreamdesk.gui.compare.sheet import DREAMED
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, t
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.text import one_line

ROW_HEIGHT = 28
NONE = t(
    "No other attempt at this task is on the desk. Attempts belong together where their source names the same task."
)
SIGNS = {OutcomeState.SUCCEEDED: "✓", OutcomeState.FAILED: "✕", OutcomeState.PARTIAL: "◐", OutcomeState.UNKNOWN: "?"}
TONES = {OutcomeState.SUCCEEDED: "ok_text", OutcomeState.FAILED: "error_text", OutcomeState.PARTIAL: "warn_text"}


class AttemptsDialog(Frame):
    """Shows *episode* beside another attempt at its task, the first successful one unless *chosen* is one of them.

    With *knows*, the desk's sentence about where they part is told: it is a part of the desk's view of the error point.

    Signals:
        episodeWanted: Another attempt shall be shown in Review: its episode's number.
    """

    episodeWanted = Signal(int)

    def __init__(
        self,
        jobs: Jobs,
        episode: int,
        auditor: str = "",
        chosen: int | None = None,
        step: int | None = None,
        parent: QWidget | None = None,
        *,
        knows: bool = False,
    ) -> None:
        super().__init__(t("Attempts at the same task"), parent=parent)
        self.resize(1180, 720)
        self._jobs = jobs
        self._episode, self._chosen, self._step = episode, chosen, step
        self._knows = knows
        self._rows: list[queue.Row] = []
        self.list = QListWidget()
        self.list.setAccessibleName(t("Other attempts at the same task"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._choose)
        self.parting = Label("", wrap=True)
        self.parting.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.view = AttemptsView()
        self.only = QCheckBox(t("Only what differs"))
        self.only.toggled.connect(self.view.show_only_differences)
        self.where = Button(t("Where they part"))
        self.take = Button(t("Open in Review"))
        for button, does in ((self.where, self._show_parting), (self.take, self._take)):
            button.setAutoDefault(False)
            button.setEnabled(False)
            button.clicked.connect(does)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.only)
        head.addStretch(1)
        head.addWidget(self.where)
        head.addWidget(self.take)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(10, 0, 0, 0)
        column.addWidget(self.parting)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([250, 900])
        self.body.addWidget(split, 1)
        self.close_button.setAutoDefault(False)
        jobs.read("attempts", lambda db, task: pipeline.other_attempts(db, episode, auditor), self._list, self.say)

    def _list(self, rows: list[queue.Row]) -> None:
        """List the attempts, and show the one that is asked for."""
        self._rows = rows
        for row in rows:
            item = QListWidgetItem(
                t(
                    "{SIGNS}  Episode {episode} · {steps}",
                    SIGNS=SIGNS[row.outcome],
                    episode=row.episode,
                    steps=counted(row.steps, "step"),
                )
            )
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {t(row.outcome.value)}")
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
        if not rows:
            self.parting.setText(NONE)
            return
        places = [place for place, row in enumerate(rows) if row.episode == self._chosen]
        self.list.setCurrentRow(places[0] if places else 0)
        self.view.setFocus()

    def _row(self) -> queue.Row | None:
        place = self.list.currentRow()
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def _choose(self) -> None:
        """Read the chosen attempt; the one before stays until then."""
        row = self._row()
        if row is None:
            return

        def work(db: Connection, task: Task) -> tuple[queue.Row, pipeline.Pairing, AttemptSheet]:
            pairing = pipeline.pair_up(db, self._episode, row.episode)
            return row, pairing, AttemptSheet(pairing.mine.steps, pairing.theirs.steps, pairing.parting)

        self._jobs.read("attempt", work, self._show, self.say)

    def _show(self, found: tuple[queue.Row, pipeline.Pairing, AttemptSheet]) -> None:
        """Show one attempt beside the episode."""
        row, pairing, sheet = found
        mine = pairing.mine
        headings = (
            _title(t("This one · episode {episode}", episode=self._episode), mine.outcome.state, mine.model),
            _title(t("Episode {episode}", episode=row.episode), row.outcome, row.model),
        )
        self.view.show_attempts(sheet, headings)
        self.parting.setText(_told(sheet, pairing.why if self._knows else ""))
        self.where.setEnabled(sheet.parting is not None)
        self.take.setEnabled(True)
        if row.episode == self._chosen and self._step is not None:
            self.view.scroll_to(DREAMED, self._step)
            self._step = None

    def _show_parting(self) -> None:
        self.view.show_parting()
        self.view.setFocus()

    def _take(self) -> None:
        """Show the chosen attempt in Review."""
        if (row := self._row()) is not None:
            self.episodeWanted.emit(row.episode)
            self.accept()


def _title(words: str, outcome: OutcomeState, model: str) -> Title:
    notes = (one_line(model, 40),) if model else ()
    return Title(f"{words} · {SIGNS[outcome]} {t(outcome.value)}", notes, TONES.get(outcome, "text"))


def _told(sheet: AttemptSheet, why: str) -> str:
    """Return what differed first, in a sentence."""
    if sheet.parting is None:
        return t("Both attempts do the same.")
    mine, theirs = sheet.parting
    if mine is None:
        place = t("step {theirs} of the other attempt has no counterpart here", theirs=theirs)
    elif theirs is None:
        place = t("step {mine} of this attempt has no counterpart there", mine=mine)
    else:
        place = t("step {mine} here, step {theirs} there", mine=mine, theirs=theirs)
    return t("What differed first: {place}. {why}", place=place, why=why).strip()
