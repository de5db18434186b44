"""Memory: change sets and their paths, the hunks of one path, what it rests on, and the decision."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk import actions, pipeline
from dreamdesk.desk import memory
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.message import confirm
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.memory_desk.change_list import ChangeList, ChangeModel
from dreamdesk.gui.memory_desk.decision import MemoryDecision
from dreamdesk.gui.memory_desk.detail import ChangeHeader, HunkList
from dreamdesk.gui.memory_desk.evidence import MemoryGuardSection, SourceSection
from dreamdesk.gui.review.decision_section import DONE
from dreamdesk.gui.review.side import Rule, chain
from dreamdesk.gui.widgets import EmptyState
from dreamdesk.language import t
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.memory import Operation
from dreamdesk.model.text import one_line
from dreamdesk.pipeline import MemoryView

LIST_WIDTH, SIDE_WIDTH = 310, 372
_KEYS = {"approve": Verdict.APPROVE, "reject": Verdict.REJECT, "second": Verdict.ESCALATE, "hold": Verdict.HOLD}

Shown = tuple[tuple[memory.SetRow, ...], tuple[memory.Line, ...]]
Answers = tuple[int, tuple[int, ...], tuple[Check, ...], dict[Verdict, str]]


class MemoryPage(QWidget):
    """The memory desk.

    Signals:
        sourceWanted: A `Support`: show its step in Review.
        importWanted: Somebody wants to import a memory.
        said: A sentence about what was done, for the status bar.
    """

    sourceWanted = Signal(object)
    importWanted = Signal()
    said = Signal(str)

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._identity = identity
        self._deciding = False
        self._wanted = -1
        self.view: MemoryView | None = None
        self.model = ChangeModel(self)
        self.list = ChangeList()
        self.list.setModel(self.model)
        self.header = ChangeHeader()
        self.hunks = HunkList()
        self.sources = SourceSection()
        self.guard = MemoryGuardSection()
        self.decision = MemoryDecision()
        self.empty = EmptyState(
            t("No memory changes yet"),
            t(
                "Compare two memory stores, a dream with its stores, or two folders with CLAUDE.md and skills. "
                "You then decide path by path what the agent may remember."
            ),
            t("Import memory…"),
            actions.get("import-memory").keys[0],
        )
        self._lay_out()
        self.empty.activated.connect(self.importWanted)
        self.list.chosen.connect(self.load)
        self.list.activated.connect(lambda index: self._to_hunks())
        self.hunks.changed.connect(self._taken_changed)
        self.sources.sourceWanted.connect(self.sourceWanted)
        self.decision.asked.connect(self._ask_rules)
        self.decision.decided.connect(self._decide)
        self.decision.left.connect(self.list.setFocus)
        for name, verdict in _KEYS.items():
            for key in actions.get(name).keys:
                shortcut = QShortcut(QKeySequence(key), self)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(lambda verdict=verdict: self.decision.give(verdict))

    def _lay_out(self) -> None:
        """Set list, hunks and side beside one another."""
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.hunks, 1)
        page = QWidget()
        reading = QVBoxLayout(page)
        reading.setContentsMargins(0, 0, 0, 0)
        reading.setSpacing(0)
        for section in (self.guard, self.sources):
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            reading.addWidget(section)
        reading.addStretch(1)
        self.reading = QScrollArea()
        self.reading.setWidgetResizable(True)
        self.reading.setFrameShape(QScrollArea.Shape.NoFrame)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reading.setWidget(page)
        self.decision.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        side = QWidget()
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.reading, 1)
        right.addWidget(Rule())
        right.addWidget(self.decision)
        side.setMinimumWidth(310)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for part in (self.list, centre, side):
            split.addWidget(part)
        split.setStretchFactor(1, 1)
        split.setSizes([LIST_WIDTH, 900, SIDE_WIDTH])
        self.list.setMinimumWidth(230)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(split)
        self._split = split

    def _to_hunks(self) -> None:
        """Put the keyboard on the first hunk; where there is none to take, on the text."""
        (self.hunks.cards[0].box if self.view is not None and self.view.hunks else self.hunks).setFocus()

    def reload(self) -> None:
        """Read the list again; the change on the screen follows it."""
        if self._jobs.path is not None:
            self._jobs.read("memory", lambda db, task: (memory.sets(db), memory.lines(db)), self._show)

    def forget(self) -> None:
        """Another desk is opened."""
        self.view, self._wanted = None, -1
        self.model.show((), ())

    def take_keyboard(self) -> None:
        """Put the keyboard on the list, or on the button of the empty page."""
        if self.model.items:
            self.list.setFocus()
        elif self.empty.button is not None:
            self.empty.button.setFocus()

    def load(self, change: int) -> None:
        """Read a change and show it."""
        self._wanted = change
        self._jobs.read("memory change", lambda db, task: pipeline.memory_view(db, change), self._show_change)

    def _show(self, found: Shown) -> None:
        """Show the list, and the change that was chosen, or the first that waits."""
        self.model.show(*found)
        self._stack.setCurrentWidget(self._split if found[0] else self.empty)
        place = self.model.position(self._wanted)
        if place < 0:
            place = self.model.first_open()
        if place >= 0:
            index = self.model.index(place)
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    def _show_change(self, view: MemoryView) -> None:
        """Show *view*; the hunks that were ticked stay so while the same change is read again."""
        again = self.view is not None and self.view.row.id == view.row.id and self.view.decisions == view.decisions
        self.view = view
        if not again:
            self.header.show_change(view)
            self.hunks.show_change(view)
            self.reading.verticalScrollBar().setValue(0)
        self.sources.show_statements(view.row.statements, self.hunks.taken)
        self.decision.show_change(view)
        self._chain()

    def _chain(self) -> None:
        """Let Tab go from the list through the hunks and the sources to the decision."""
        chain(self.list, (*self.hunks.cards, self.sources, self.decision))

    def _taken_changed(self) -> None:
        """Other hunks are taken: other statements are new, and the rules and guardrails may say something else."""
        if self.view is not None:
            self.sources.show_statements(self.view.row.statements, self.hunks.taken)
            self._chain()
            self.decision.ask_again()

    def _ask_rules(self, reason: str, comment: str) -> None:
        """Ask the guardrails about the hunks that are taken, and which verdicts the rules allow."""
        view, auditor, taken = self.view, self._identity.name, tuple(sorted(self.hunks.taken))
        if view is None:
            return

        ticked, until = self.decision.ticked(), self.decision.ends()

        def work(db: Connection, task: Task) -> Answers:
            checks = pipeline.memory_checks(db, view.row.id, taken)
            return (
                view.row.id,
                taken,
                checks,
                obstacles(db, view, checks, auditor, reason, comment, taken, ticked, until),
            )

        self._jobs.read("memory rules", work, self._answered)

    def _answered(self, answers: Answers) -> None:
        change, taken, checks, found = answers
        if self.view is not None and self.view.row.id == change and tuple(sorted(self.hunks.taken)) == taken:
            self.guard.show_checks(checks)
            self.decision.set_obstacles(found)

    def _decide(self, verdict: Verdict, reason: str, comment: str) -> None:
        """Sign and record a decision; a deletion is asked for once more, each by itself."""
        view = self.view
        if view is None or self._deciding:
            return
        path, taken = view.row.change.path, tuple(sorted(self.hunks.taken))
        ticked, until = self.decision.ticked(), self.decision.ends() if verdict is Verdict.HOLD else None

        def sign(signer: Signer) -> None:
            if self._deciding:
                return
            self._deciding = True

            def work(db: Connection, task: Task) -> Decision:
                return pipeline.decide_memory(db, view.row.id, verdict, reason, comment, signer, taken, ticked, until)

            self._jobs.write("decide memory", work, lambda made: self._decided(made, path), self._refused)

        deletes = view.row.change.operation is Operation.DELETE and verdict is Verdict.APPROVE
        if deletes and not view.about.in_place:
            confirm(
                self.window(),
                t("Delete this memory?"),
                t("{path}\n\nThe agent forgets all of it. Deletions are decided one by one.", path=path),
                t("Delete it"),
                lambda: self._identity.ensure(sign),
            )
        else:
            self._identity.ensure(sign)

    def _decided(self, decision: Decision, path: str) -> None:
        """Say what was signed, and go on to the next change that waits."""
        self._deciding = False
        place = self.model.position(decision.correction)
        following = self.model.first_open(place)
        if following >= 0:
            item = self.model.items[following]
            self._wanted = item.id
        self.said.emit(
            t(
                "Signed: {auditor} {done} the change of {path}.",
                auditor=decision.auditor,
                done=DONE[decision.verdict],
                path=one_line(path, 60),
            )
        )

    def _refused(self, words: str) -> None:
        """Say why nothing was signed."""
        self._deciding = False
        self._jobs.trouble.emit(words)


def obstacles(
    db: Connection,
    view: MemoryView,
    checks: tuple[Check, ...],
    auditor: str,
    reason: str,
    comment: str,
    taken: tuple[int, ...],
    ticked: tuple[str, ...] = (),
    until: int | None = None,
) -> dict[Verdict, str]:
    """Return for each verdict why *auditor* cannot give it now, "" where that is possible.

    While nobody has signed in only what holds for everybody is known: that a guardrail blocks, or warns unanswered.
    """
    if not auditor:
        worst = {check.result: t(check.title) for check in reversed(checks)}
        words = ""
        if view.hunks and not taken and view.row.change.operation is not Operation.RENAME:
            words = t("No hunk is taken: take at least one, or reject the change.")
        elif CheckResult.BLOCK in worst:
            words = t(
                "A guardrail blocks this: {worst}. Leave out the hunk, or reject the change.",
                worst=worst[CheckResult.BLOCK],
            )
        elif CheckResult.WARN in worst and not (reason and comment):
            words = t(
                "A guardrail warns: {worst}. To approve, choose a reason and say why.", worst=worst[CheckResult.WARN]
            )
        return {verdict: words if verdict is Verdict.APPROVE else "" for verdict in pipeline.MEMORY_VERDICTS}
    found = {}
    for verdict in pipeline.MEMORY_VERDICTS:
        fit = [known.code for known in pipeline.desk_reasons(db, verdict)]
        code = reason if reason in fit else "" if verdict is Verdict.APPROVE else fit[0]
        found[verdict] = pipeline.why_not_memory(
            db, view.row.id, verdict, auditor, code, comment, taken, ticked, until if verdict is Verdict.HOLD else None
        )
    return found
