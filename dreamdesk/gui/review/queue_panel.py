"""The left side of the review page: the tabs, and the episodes of the chosen one, worst first."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dreamdesk.desk import narrowing as narrowing_of
from dreamdesk.desk import queue, search
from dreamdesk.desk.database import Connection
from dreamdesk.desk.narrowing import Narrowing
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.models.queue_model import QueueModel
from dreamdesk.gui.review.narrowing import NarrowBar, NarrowDialog
from dreamdesk.gui.review.pills import Pills
from dreamdesk.gui.review.queue_delegate import HEIGHT, QueueDelegate
from dreamdesk.gui.widgets.row_table import RowTable
from dreamdesk.language import t, tn


class _Found(NamedTuple):
    """What a job read of one tab."""

    tab: Tab
    text: str
    narrowing: Narrowing
    ids: array[int]
    counts: dict[Tab, int]
    steps: dict[int, int | None]


NOTHING = {
    Tab.REVIEW: (t("Nothing left to review"), t("Import more traces, or look at what was approved.")),
    Tab.SECOND: (t("Nobody asks for a second opinion"), t("Press S on an episode to ask another auditor.")),
    Tab.MINE: (t("Nothing is yours just now"), t("What you reserve, wrote or put aside stands here.")),
    Tab.QUALITY: (t("No second look waits for you"), t("Samples are drawn under Oversight.")),
    Tab.ESCALATED: (t("Nothing is escalated"), t("What a reviewer passes on waits here for an approver.")),
    Tab.RETURNED: (t("Nothing was returned"), t("What goes back to its author waits here for a new revision.")),
    Tab.STALE: (t("Nothing is stale"), t("What has a newer recording stands here; correct that one instead.")),
    Tab.INCIDENT: (t("No incident is open"), t("Flag an episode, and its clock runs here.")),
    Tab.HELD: (t("Nothing is on hold"), t("Press H on an episode to set it aside.")),
    Tab.APPROVED: (t("Nothing is approved yet"), t("What you approve waits here for its release.")),
    Tab.REJECTED: (t("Nothing is rejected"), t("What you reject is kept here with your reason.")),
    Tab.UNCORRECTED: (t("Every failed episode has a correction"), t("They wait under To review.")),
    Tab.ALL: (t("No episodes yet"), t("Import traces with Ctrl+O, or drop them anywhere on this window.")),
}
SEARCH_DELAY_MS = 120


def uncorrected(number: int) -> str:
    """Return what can still be done when nothing waits but *number* failures have no correction."""
    return tn(
        "1 failed episode has no correction: look under No correction, write one with W, or ask a model with D.",
        "{n:,} failed episodes have no correction: look under No correction, write one with W, or ask a model with D.",
        number,
    )


def settled(before: array[int], now: array[int]) -> array[int]:
    """Return *now* in the order of *before*, if nothing was added: a list does not jump under the one who reads it."""
    there = set(now)
    if not there <= set(before):
        return now
    return array("q", (episode for episode in before if episode in there))


class QueueTable(RowTable):
    """The list itself. Keys that mean something on the timeline are passed on to it."""

    TIMELINE_KEYS = (
        Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_0,
        Qt.Key.Key_Comma, Qt.Key.Key_Period, Qt.Key.Key_Z,
    )  # fmt: skip

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Episodes, worst first"), HEIGHT, parent)
        self.timeline: QWidget | None = None
        self.paint_with(QueueDelegate())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if self.timeline is not None and event.key() in self.TIMELINE_KEYS:
            QCoreApplication.sendEvent(self.timeline, event)
        else:
            super().keyPressEvent(event)


class QueuePanel(QWidget):
    """Tabs and list. `nothing` says in two sentences why a list is empty.

    Signals:
        chosen: Id of the episode to show, or None when there is none.
        counted: The counts of all tabs.
    """

    chosen = Signal(object)
    counted = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._text = ""
        self._auditor = ""
        self._wanted: int | None = None
        self._listed: tuple[Tab, str, Narrowing] | None = None
        self.narrowing = Narrowing()
        self.model = QueueModel(jobs, self)
        self.pills = Pills()
        self.bar = NarrowBar()
        self.table = QueueTable()
        self.table.setModel(self.model)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.nothing = NOTHING[Tab.ALL]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.pills)
        layout.addWidget(self.bar)
        layout.addWidget(self.table, 1)
        self.bar.asked.connect(self.ask_narrowing)
        self.pills.chosen.connect(self.show_tab)
        self._search = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._search.timeout.connect(self.reload)

    def set_auditor(self, name: str) -> None:
        """Say who is looking: the second opinions that are asked of others depend on it."""
        if self._auditor and name != self._auditor:
            self.model.unveiled.clear()  # what one has seen, the other has not
        self._auditor = self.model.auditor = name

    @property
    def text(self) -> str:
        """What the list is searched for, "" for nothing."""
        return self._text

    def search(self, text: str) -> None:
        """Keep the episodes that hold *text*, in a step or in their heading; waits a moment for more letters.

        A space at its end stays: it says that the last word is whole.
        """
        self._text = text.lstrip()
        self._search.start()

    def narrow(self, narrowing: Narrowing, *, read: bool = True) -> None:
        """Show what *narrowing* leaves of the lists, in its order."""
        self.narrowing = narrowing
        self.bar.show_narrowing(narrowing)
        if read:
            self.reload()

    def ask_narrowing(self) -> None:
        """Ask how the lists shall be narrowed down and sorted."""

        def show(agents: list[tuple[str, int]]) -> None:
            dialog = NarrowDialog(self.narrowing, agents, self.window())
            dialog.chosen.connect(self.narrow)
            dialog.open()

        self._jobs.read("agents", lambda db, task: narrowing_of.agents(db), show)

    def show_tab(self, tab: Tab) -> None:
        """Show the episodes of *tab*."""
        self.pills.choose(tab)
        self.reload()

    def reload(self, episode: int | None = None) -> None:
        """Read the queue again and go to *episode*, or stay at the one shown, or at its place in the list.

        An episode that was asked for and is not shown yet is not forgotten when something else reads the queue again.
        """
        if self._jobs.path is None:
            self.model.set_ids(array("q"))
            return
        self._wanted = episode if episode is not None else self._wanted
        tab, text, auditor = self.pills.current(), self._text, self._auditor
        narrowing = self.narrowing
        before = self.model.ids if self._listed == (tab, text, narrowing) else array("q")

        def work(db: Connection, task: Task) -> _Found:
            steps = search.episodes(db, text)
            ids = settled(before, queue.ids(db, tab, text, auditor, steps, narrowing))
            return _Found(tab, text, narrowing, ids, queue.counts(db, auditor), steps)

        self._jobs.read("queue", work, self._show)

    def show_episode(self, episode: int) -> None:
        """Show *episode*: in the present list if it is there, else among all."""
        if self.model.position(episode) < 0 or self._text:
            self._text = ""
            self.narrow(Narrowing(self.narrowing.sort), read=False)
            self._search.stop()
            self.pills.choose(Tab.ALL)
        self.reload(episode)

    def go_back(self, tab: str, episode: int) -> None:
        """Let the next reading show *episode* in the list named *tab*, where the desk was left."""
        if tab in Tab.__members__:
            self.pills.choose(Tab[tab])
        self._wanted = episode

    def sort_anew(self) -> None:
        """Read the queue again, worst first, whatever the order was."""
        self._listed = None
        self.reload()

    def land(self) -> None:
        """Show the worst failure: of those to review, else of those without a correction, else any episode."""
        self._search.stop()

        def work(db: Connection, task: Task) -> Tab:
            counts = queue.counts(db)
            return next((tab for tab in (Tab.REVIEW, Tab.UNCORRECTED) if counts[tab]), Tab.ALL)

        def show(tab: Tab) -> None:
            self.table.setCurrentIndex(QModelIndex())
            self._wanted = self._listed = None
            self.show_tab(tab)

        self._jobs.read("land", work, show)

    def current(self) -> int | None:
        """Return the episode that is chosen."""
        return self.model.episode(self.table.currentIndex().row())

    def go(self, step: int) -> None:
        """Choose the episode *step* places further down."""
        row = self.table.currentIndex().row() + step
        if 0 <= row < len(self.model.ids):
            self._choose(row)

    def _show(self, found: _Found) -> None:
        """Show what the job found."""
        tab, text, narrowing, ids, counts, steps = found
        self._listed = (tab, text, narrowing)
        place = max(self.table.currentIndex().row(), 0)
        wanted = self._wanted if self._wanted is not None else self.current()
        self._wanted = None
        self.pills.set_counts(counts)
        self.model.set_ids(ids, text, steps)
        self.counted.emit(counts)
        if not ids:
            if narrowing.narrows and counts[tab]:
                self.nothing = (t("Nothing fits the filter"), t("Ctrl+Shift+F changes it, or takes it away."))
            elif text:
                self.nothing = (
                    t("Nothing found"),
                    t("No episode of this list holds these words. Esc clears the search."),
                )
            elif tab is Tab.REVIEW and (number := counts[Tab.UNCORRECTED]):
                self.nothing = (NOTHING[tab][0], uncorrected(number))
            else:
                self.nothing = NOTHING[tab if counts[Tab.ALL] else Tab.ALL]
            self.chosen.emit(None)
            return
        row = -1 if wanted is None else self.model.position(wanted)
        self._choose(row if row >= 0 else min(place, len(ids) - 1))

    def _choose(self, row: int) -> None:
        """Make *row* the current one and bring it into view."""
        index = self.model.index(row, 0)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    def _row_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        """Tell which episode is chosen now."""
        if (episode := self.model.episode(current.row())) is not None:
            self.chosen.emit(episode)
