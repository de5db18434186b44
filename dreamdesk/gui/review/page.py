"""The review page: the queue, the episode as it happened and as it should have gone, and the decision."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import search
from dreamdesk.desk.database import Connection
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import theme
from dreamdesk.gui.compare.view import NOTHING_DREAMED, CompareView
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.review import case as cases
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.error_section import others
from dreamdesk.gui.review.family_strip import FamilyStrip
from dreamdesk.gui.review.header import Header
from dreamdesk.gui.review.queue_panel import NOTHING, QueuePanel
from dreamdesk.gui.review.side import Side
from dreamdesk.gui.timeline.layout import DREAMED, RECORDED
from dreamdesk.gui.timeline.view import TimelineView
from dreamdesk.gui.widgets import EmptyState
from dreamdesk.language import t
from dreamdesk.model.decision import Verdict

QUEUE_WIDTH = 300
SIDE_WIDTH = 352
NOT_SHOWN = t("Not shown yet")


class _Backdrop(QWidget):
    """What lies behind the cards in the middle."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("window"))


def _nothing(case: Case) -> tuple[str, str]:
    """Return why there is no correction: what the attempts to dream one came to."""
    return (NOTHING_DREAMED[0], case.undreamed or NOTHING_DREAMED[1])


class ReviewPage(QWidget):
    """Shows one case and keeps its parts in step. What the officer then does with it is `deciding.Deciding`'s.

    Signals:
        shown: A case is on the screen, or None.
        importWanted: Traces are to be imported; there are none yet.
    """

    shown = Signal(object)
    importWanted = Signal()

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._identity = identity
        self._quote = -1
        self._since = 0.0
        self.case: Case | None = None
        self.queue = QueuePanel(jobs)
        self.header = Header()
        self.strip = FamilyStrip()
        self.timeline = TimelineView()
        self.compare = CompareView()
        self.side = Side()
        self.empty = EmptyState("", "", t("Import traces"))
        self.queue.table.timeline = self.timeline
        self._lay_out()
        self.queue.chosen.connect(self.load)
        self.empty.activated.connect(self.importWanted)
        self.timeline.stepSelected.connect(self._step_selected)
        self.compare.stepActivated.connect(self._step_activated)
        self.side.error.stepWanted.connect(self.show_step)
        self.side.guard.stepWanted.connect(self._show_corrected)
        self.side.decision.asked.connect(self._ask_rules)
        self.side.decision.left.connect(self.queue.table.setFocus)

    def _lay_out(self) -> None:
        """Set the three columns beside one another, from the outside in: whatever is moved is styled again by Qt."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        outer, self._split = QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Horizontal)
        holder, centre, backdrop = QWidget(), QWidget(), _Backdrop()
        row.addWidget(outer)
        outer.addWidget(self.queue)
        outer.addWidget(holder)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._split)
        self._split.addWidget(centre)
        for splitter in (outer, self._split):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.strip)
        column.addWidget(self.timeline)
        theme.changed.connect(backdrop.update)
        column.addWidget(backdrop, 1)
        cards = QVBoxLayout(backdrop)
        cards.setContentsMargins(16, 14, 16, 14)
        cards.addWidget(self.compare)
        self._split.addWidget(self.side)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([900, SIDE_WIDTH])
        self.side.setMinimumWidth(300)
        outer.setStretchFactor(1, 1)
        outer.setSizes([QUEUE_WIDTH, 1000])
        self.queue.setMinimumWidth(220)

    def reload(self) -> None:
        """Read the queue again; the case on the screen follows it."""
        self.queue.reload()

    def forget(self) -> None:
        """Another desk is opened: nothing of it was unveiled."""
        self.queue.model.unveiled.clear()

    def take_keyboard(self) -> None:
        """Put the keyboard on the queue."""
        self.queue.table.setFocus()

    def is_shown(self) -> bool:
        """Tell whether the desk's view of the present case may be seen."""
        if self.case is None:
            return False
        marked = bool(self._identity.name) and self.case.mark_of(self._identity.name) is not None
        return marked or not self.case.hidden or self.case.number in self.queue.model.unveiled

    def looked_at_for(self) -> int:
        """Return for how many milliseconds the present case has been on the screen."""
        return round((time.monotonic() - self._since) * 1000)

    def on_screen(self) -> Callable[[], pipeline.Shown | None]:
        """Return what tells, in a job, what of the present case is on the screen and how it is shown."""
        case, machine_view, took = self.case, self.is_shown(), self.looked_at_for()
        error_turn, manner = self.compare.error_seen, self.compare.manner

        def tell() -> pipeline.Shown | None:
            if case is None or case.revision is None:
                return None
            seen = pipeline.Seen(case.episode, case.revision, case.checks, case.candidates, case.explanation)
            shown = seen.shown(pipeline.WINDOW, machine_view=machine_view)
            return replace(shown, comparison=manner, error_turn=error_turn, dwell_ms=took)

        return tell

    def current(self) -> Case | None:
        """Return the case on the screen, if it is the one chosen in the queue: none while another is being read."""
        return self.case if self.case is not None and self.case.number == self.queue.current() else None

    def load(self, number: int | None) -> None:
        """Read the case of episode *number* and show it; the one before stays until then."""
        if number is None:
            self.case = None
            self.empty.set_texts(*self.queue.nothing)
            self.empty.show_button(self.queue.nothing == NOTHING[Tab.ALL])
            self._stack.setCurrentWidget(self.empty)
            self.shown.emit(None)
            return

        auditor = self._identity.name

        def work(db: Connection, task: Task) -> Case:
            return cases.load(db, number, auditor)

        self._jobs.read("case", work, self._show)

    def show_again(self) -> None:
        """Show the present case anew: what may be seen of it has changed."""
        if self.case is not None:
            self._show(self.case)

    def show_step(self, index: int, text: str = "", track: str = RECORDED) -> None:
        """Bring step *index* into sight on the timeline and in the comparison, and light up *text* in it."""
        self.timeline.select(track, index)
        self.compare.scroll_to(track, index)
        if text and track == RECORDED:
            self.compare.flash(index, text)

    def next_quote(self) -> None:
        """Jump to the next quote that the error point rests on, in a circle."""
        if cards := self.side.error.quotes:
            self._quote = (self._quote + 1) % len(cards)
            card = cards[self._quote]
            self.side.reading.ensureWidgetVisible(card)
            self.show_step(card.step, card.quote)

    def show_other(self, number: int) -> None:
        """Jump to the other candidate of this number, from 1."""
        if self.case is not None and self.is_shown():
            for other in others(self.case)[number - 1 : number]:
                self.show_step(other.step)

    def show_error(self) -> None:
        """Jump to the error point."""
        if self.is_shown() and self.case is not None and self.case.standing is not None:
            self.show_step(self.case.standing.step)

    def _show(self, case: Case) -> None:
        """Show *case*."""
        fresh = self.case is None or self.case.number != case.number
        place = self.timeline.selected
        self.case = case
        self._quote = -1
        if self._identity.name and case.mark_of(self._identity.name) is not None:
            self.queue.model.unveiled.add(case.number)
        shown = self.is_shown()
        episode = case.episode
        revision = case.revision if shown else None
        error = case.standing.step if shown and case.standing is not None else None
        self.header.show_case(case)
        self.strip.show_member(case.family, case.number, shown=shown)
        self.timeline.show_episode(episode.steps, error, case.candidates if shown else (), episode.gaps)
        self.timeline.show_correction(revision.start if revision else None, revision.steps if revision else ())
        count = case.correction.revisions if case.correction else 0
        self.compare.show_pair(
            episode.steps,
            revision,
            count,
            error,
            _nothing(case) if shown else (NOT_SHOWN, case.ask_first),
            episode.gaps,
        )
        self.side.show_case(case, shown=shown, auditor=self._identity.name)
        self.side.chain_after(self.compare)
        self._stack.setCurrentWidget(self._split)
        if fresh:
            self.compare.error_seen = False
            self._since = time.monotonic()
            self.side.reading.verticalScrollBar().setValue(0)
        if error is not None and (fresh or place == (RECORDED, 0)):
            self.show_step(error)
        elif not fresh:
            self.show_step(place[1], track=place[0])
        self._mark_found(case.number)
        self.shown.emit(case)

    def _mark_found(self, number: int) -> None:
        """Mark on the timeline the steps that hold what the queue is searched for."""
        text = self.queue.text

        def work(db: Connection, task: Task) -> tuple[int, list[int]]:
            return number, search.within(db, text, number)

        def done(answer: tuple[int, list[int]]) -> None:
            if self.case is not None and answer[0] == self.case.number:
                self.timeline.show_found(answer[1])

        if text:
            self._jobs.read("found", work, done)

    def _step_selected(self, place: tuple[str, int]) -> None:
        """Follow the timeline in the comparison."""
        self.compare.scroll_to(*place)

    def _step_activated(self, place: tuple[str, int]) -> None:
        """Follow the comparison on the timeline."""
        self.timeline.select(*place)

    def _show_corrected(self, index: int, text: str) -> None:
        """Show a step of the corrected path: dreamed from its start on, recorded before."""
        revision = self.case.revision if self.case else None
        track = DREAMED if revision is not None and index >= revision.start else RECORDED
        self.show_step(index, text, track)

    def _ask_rules(self, reason: str, comment: str) -> None:
        """Ask which verdicts the rules allow with this reason and comment."""
        case, auditor = self.case, self._identity.name
        if case is None or case.correction is None:
            return

        ticked, until = self.side.decision.ticked(), self.side.decision.ends()

        def work(db: Connection, task: Task) -> tuple[int, dict[Verdict, str]]:
            return case.number, cases.obstacles(db, case, auditor, reason, comment, ticked, until)

        def done(answer: tuple[int, dict[Verdict, str]]) -> None:
            if self.case is not None and answer[0] == self.case.number:
                self.side.decision.set_obstacles(answer[1])

        self._jobs.read("rules", work, done)
