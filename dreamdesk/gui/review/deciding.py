"""What the officer does with a case: mark, reveal, decide, amend, write. Each write is one entry of the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.desk.incidents import Incident, Kind
from dreamdesk.desk.reservations import Reservation, taken
from dreamdesk.desk.sampling import Look
from dreamdesk.gui.dialogs.amending import AmendDialog
from dreamdesk.gui.dialogs.frame import closing
from dreamdesk.gui.dialogs.incident import IncidentDialog
from dreamdesk.gui.dialogs.marking import MarkDialog
from dreamdesk.gui.dialogs.outcome import OutcomeDialog
from dreamdesk.gui.dialogs.reserving import TakeOverDialog
from dreamdesk.gui.dialogs.tool_help import tools_of
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.review import reading, second_look
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.decision_section import DONE
from dreamdesk.gui.review.page import ReviewPage
from dreamdesk.gui.timeline.layout import RECORDED
from dreamdesk.language import inside, t
from dreamdesk.model.check import Check
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.episode import Outcome, OutcomeState, Step, turn_start, turns
from dreamdesk.model.finding import Category, Quote
from dreamdesk.model.text import one_line


class Deciding(QObject):
    """Carries out what the officer asks for on the case that the page shows.

    Signals:
        said: A sentence about what was done, for the status bar.
    """

    said = Signal(str)

    def __init__(self, page: ReviewPage, jobs: Jobs, identity: Identity) -> None:
        super().__init__(page)
        self._page = page
        self._jobs = jobs
        self._identity = identity
        self._deciding = False
        page.side.error.actionWanted.connect(self.do)
        page.side.decision.actionWanted.connect(self.do)
        page.side.decision.decided.connect(self._decide)
        page.side.policy.opened.connect(self.open_policy)

    def do(self, action: str) -> None:
        """Do what the action of this id says."""
        doings: dict[str, Callable[[], None]] = {
            "mark": self.mark,
            "unmarkable": self.cannot_tell,
            "not-agent": self.not_the_agent,
            "outcome": self.set_outcome,
            "incident": self.flag,
            "take-over": self.take_over,
            "reveal": self.reveal,
            "amend": self.amend,
            "author": self.author,
            "policy": self.open_policy,
            "asked": self.show_asked,
            "approve": lambda: self.give(Verdict.APPROVE),
            "reject": lambda: self.give(Verdict.REJECT),
            "second": lambda: self.give(Verdict.ESCALATE),
            "return": lambda: self.give(Verdict.RETURN),
            "hold": lambda: self.give(Verdict.HOLD),
        }
        if self._page.current() is not None:
            doings[action]()

    def give(self, verdict: Verdict) -> None:
        """Give a verdict, if the page allows one."""
        self._page.side.decision.give(verdict)

    def reveal(self) -> None:
        """Show the desk's view without a mark of the officer's own."""
        case, auditor = self._case(), self._identity.name
        if self._page.is_shown():
            return

        def work(db: Connection, task: Task) -> None:
            pipeline.reveal(db, case.number, auditor)

        def done(nothing: None) -> None:
            self._page.queue.model.unveil(case.number)
            self._page.show_again()

        if self._jobs.only_read:  # nobody can mark anything here, so that nothing has to be recorded
            self._jobs.read(
                "reveal", lambda db, task: pipeline.may_reveal(db, case.number, auditor), done, self.said.emit
            )
        else:
            self._jobs.write("reveal", work, done, self.said.emit)

    def mark(self) -> None:
        """Ask what kind of error the selected step is, and mark it."""
        case = self._case()
        steps = case.episode.steps
        track, index = self._page.timeline.selected
        if track != RECORDED or not 0 <= index < len(steps):
            self.said.emit(t("Select a recorded step first: a mark says where the recording went wrong."))
            return
        start = turn_start(steps, index)
        known = case.standing if self._page.is_shown() else None
        dialog = MarkDialog(
            steps[index], steps[start], known.category if known else None, case.must_mark, self._page.window()
        )
        dialog.marked.connect(lambda category, quote, note: self._mark(case, start, category, quote, note))
        dialog.open()

    def set_outcome(self) -> None:
        """Ask how the episode ended, and record what the auditor says."""
        case = self._case()

        def show(signer: Signer) -> None:
            dialog = OutcomeDialog(case.episode.outcome, case.own_outcome, self._page.window())
            close = closing(dialog)

            def save(state: OutcomeState | None, reason: str) -> None:
                def work(db: Connection, task: Task) -> Outcome:
                    return pipeline.set_outcome(db, case.number, state, reason, signer)

                self._jobs.write("outcome", work, done, dialog.refused)

            def done(after: Outcome) -> None:
                close()
                self.said.emit(t("The outcome that counts is now: {state}.", state=t(after.state.value)))

            dialog.chosen.connect(save)
            dialog.open()

        self._identity.ensure(show)

    def flag(self) -> None:
        """Open an incident on the episode, or close the one whose clock runs."""
        case = self._case()
        running = case.incident

        def show(signer: Signer) -> None:
            dialog = IncidentDialog(running, self._page.window())
            close = closing(dialog)

            def save(kind: Kind | None, words: str) -> None:
                def work(db: Connection, task: Task) -> Incident:
                    if kind is not None:
                        return pipeline.open_incident(db, case.number, kind, words, signer)
                    return pipeline.close_incident(db, running.id if running else 0, words, signer)

                self._jobs.write("incident", work, done, dialog.refused)

            def done(after: Incident) -> None:
                close()
                self.said.emit(f"{t(after.kind.called)}: {after.clock(time.time_ns())}.")

            dialog.chosen.connect(save)
            dialog.open()

        self._identity.ensure(show)

    def take_over(self) -> None:
        """Have the case in review: reserve it, or take it over from the auditor who has it, with a reason."""
        case = self._case()
        correction = case.correction
        if correction is None:
            return

        def reserve(signer: Signer, reason: str, failed: Callable[[str], None], done: Callable[[], None]) -> None:
            name = signer.auditor.name

            def work(db: Connection, task: Task) -> Reservation:
                return pipeline.reserve(db, correction.id, name, reason)

            def kept(held: Reservation) -> None:
                done()
                self.said.emit(taken(held))

            self._jobs.write("reserve", work, kept, failed)

        def ask(signer: Signer) -> None:
            held = case.reserved
            if not held:
                reserve(signer, "", self.said.emit, lambda: None)
                return
            dialog = TakeOverDialog(held, self._page.window())
            dialog.given.connect(lambda reason: reserve(signer, reason, dialog.refused, closing(dialog)))
            dialog.open()

        self._identity.ensure(ask)

    def cannot_tell(self) -> None:
        """Record that no step can be named."""
        self._mark(self._case(), None, Category.D0)

    def not_the_agent(self) -> None:
        """Record that the failure was not the agent's."""
        self._mark(self._case(), None, Category.D15)

    def amend(self) -> None:
        """Edit the correction; saving makes a new revision."""
        case = self._case()
        correction, revision = case.correction, case.revision
        if correction is None or revision is None or not self._seen():
            return
        recorded = case.episode.steps

        def write(db: Connection, steps: tuple[Step, ...], note: str, lesson: str) -> int:
            return pipeline.amend(db, correction.id, steps, self._identity.name, note, lesson)

        self._edit(
            t("Amend the correction"),
            t("Your version becomes a new revision. Approvals of the old one no longer count."),
            revision.start,
            recorded[revision.start].turn if revision.start < len(recorded) else 0,
            [corrected.step for corrected in revision.steps],
            write,
            correction.id,
            revision.lesson,
        )

    def author(self) -> None:
        """Write a correction from the error point on, or from the selected step where none was found."""
        case = self._case()
        steps = case.episode.steps
        if not steps or not self._seen():
            return
        index = case.standing.step if case.standing is not None else self._page.timeline.selected[1]
        start = turn_start(steps, min(index, len(steps) - 1))
        turn = next(turn for turn in turns(steps) if turn.start == start)

        def write(db: Connection, edited: tuple[Step, ...], note: str, lesson: str) -> int:
            return pipeline.author(db, case.number, start, edited, self._identity.name, note, lesson or None)

        self._edit(
            t("Write a correction"),
            t("It begins with what was recorded at step {start}: change it to what should have happened.", start=start),
            start,
            steps[start].turn,
            steps[start : turn.stop],
            write,
        )

    def open_policy(self) -> None:
        """Show the whole policy, with the passage that matters selected."""
        case = self._case()
        if not reading.policy(case, self._page.is_shown(), self._page.window()):
            self.said.emit(t("The trace holds no policy or system prompt."))

    def show_asked(self) -> None:
        """Show what a model was asked for the correction on the screen, and what it answered."""
        revision = self._case().revision
        if revision is None or not self._seen():
            return
        if revision.exchange:
            reading.exchange(revision.exchange, self._jobs, self._page.window(), self.said.emit)
        else:
            self.said.emit(t("No model was asked for this revision."))

    def _seen(self) -> bool:
        """Tell whether the desk's view is on the screen; say what to do first where it is not."""
        if not (seen := self._page.is_shown()):
            self.said.emit(self._case().ask_first)
        return seen

    def _case(self) -> Case:
        case = self._page.current()
        assert case is not None
        return case

    def _edit(
        self,
        title: str,
        explanation: str,
        start: int,
        turn: int,
        steps: Sequence[Step],
        write: Callable[[Connection, tuple[Step, ...], str, str], int],
        correction: int | None = None,
        lesson: str = "",
    ) -> None:
        """Open the editor on *steps*; *write* keeps what the officer makes of them."""
        episode, tools = (
            self._case().number,
            tools_of(self._case().episode.tools, [*self._case().episode.steps, *steps]),
        )

        def save(dialog: AmendDialog, edited: tuple[Step, ...], note: str, taught: str) -> None:
            self._jobs.write("edit", lambda db, task: write(db, edited, note, taught), dialog.stored, dialog.refused)

        def look(dialog: AmendDialog, edited: tuple[Step, ...], taught: str) -> None:
            def work(db: Connection, task: Task) -> tuple[Check, ...]:
                return pipeline.preview(db, episode, start, edited, taught, correction)

            def show_checks(checks: tuple[Check, ...]) -> None:
                if isValid(dialog):
                    dialog.show_checks(checks)

            self._jobs.read("preview", work, show_checks, lambda words: None)

        def show(signer: Signer) -> None:
            dialog = AmendDialog(title, explanation, start, turn, steps, lesson, self._page.window(), tools)
            dialog.saved.connect(lambda edited, note, taught: save(dialog, edited, note, taught))
            dialog.edited.connect(lambda edited, taught: look(dialog, edited, taught))
            dialog.accepted.connect(lambda: self.said.emit(t("Saved as a new revision; it waits under To review.")))
            dialog.open()

        # Signing in first: what was written must not be lost to a forgotten passphrase.
        self._identity.ensure(show)

    def _mark(
        self, case: Case, step: int | None, category: Category, quote: Quote | None = None, note: str = ""
    ) -> None:
        """Record a mark; it is blind if the desk's view has not been seen."""
        hidden = not self._page.is_shown()
        took = self._page.looked_at_for() if hidden else None

        def work(db: Connection, task: Task) -> None:
            pipeline.mark(db, case.number, self._identity.name, step, category, hidden, quote, note, took)

        def done(nothing: None) -> None:
            self._page.queue.model.unveil(case.number)
            place = inside(category.title) if step is None else t("step {step} as the error point", step=step)
            self.said.emit(t("Your mark is recorded: {place}.", place=place))

        def write(signer: Signer) -> None:
            self._jobs.write("mark", work, done)

        self._identity.ensure(write)

    def _decide(self, verdict: Verdict, reason: str, comment: str) -> None:
        """Sign and record a decision."""
        case = self._case()
        correction = case.correction
        if correction is None or self._deciding:
            return
        on_screen = self._page.on_screen()

        section = self._page.side.decision
        ticked, until = section.ticked(), section.ends() if verdict is Verdict.HOLD else None

        def sign(signer: Signer) -> None:
            if self._deciding:
                return
            self._deciding = True

            def work(db: Connection, task: Task) -> Decision | Look:
                if case.look is not None:
                    return pipeline.look_again(db, case.look.id, verdict, reason, comment, signer)
                return pipeline.decide(
                    db, correction.id, verdict, reason, comment, signer, ticked, until, shown=on_screen()
                )

            self._jobs.write("decide", work, self._decided, self._refused)

        self._identity.ensure(sign)

    def _decided(self, decision: Decision | Look) -> None:
        """Say what was signed."""
        self._deciding = False
        if self._page.side.isAncestorOf(self._page.focusWidget()):
            # The next case locks the fields until it is marked; from a locked one the keyboard would leave the page.
            self._page.take_keyboard()
        if isinstance(decision, Look):
            self.said.emit(second_look.told(decision))
            return
        title = one_line(self._page.case.episode.title, 60) if self._page.case is not None else ""
        self.said.emit(
            t("Signed: {auditor} {done} “{title}”.", auditor=decision.auditor, done=DONE[decision.verdict], title=title)
        )

    def _refused(self, words: str) -> None:
        """Say why nothing was signed."""
        self._deciding = False
        self._jobs.trouble.emit(words)
