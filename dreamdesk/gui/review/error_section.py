"""The error point: the officer's own mark first, then what the desk found, with evidence that jumps to its step."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import actions
from dreamdesk.desk.marks import Mark
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.error_parts import ENOUGH, band_words, chorus, confidence, sign
from dreamdesk.gui.review.methods import AUDITOR, found_by, judgement_words, machine_view, voices
from dreamdesk.gui.review.parts import Link, QuoteCard, fact, step_name
from dreamdesk.gui.widgets import Button, Label, Section
from dreamdesk.language import inside, t
from dreamdesk.model.explanation import Explained
from dreamdesk.model.finding import Candidate

QUOTES_SHOWN = 4
FLAGS_SHOWN = 5
OTHERS_SHOWN = 4
ASKED_FIRST = (("unmarkable", t("Cannot tell")), ("not-agent", t("Not the agent")), ("reveal", t("Desk's view")))
"""What an officer can say or do before the desk's view, besides marking a step: action and words."""


def mark_words(mark: Mark, machine: Candidate | None) -> tuple[str, str]:
    """Return how a blind mark compares with the machine's view, and the tone of that."""
    place = t(mark.category.title) if mark.step is None else t("Step {step}", step=mark.step)
    if machine is None:
        return place, ""
    if mark.step is None:
        return place, "warn"
    return (
        (t("{place} · agrees", place=place), "ok")
        if mark.step == machine.step
        else (t("{place} · differs", place=place), "warn")
    )


def others(case: Case) -> list[Candidate]:
    """Return the candidates beside the standing one, one for each step, as many as have a key."""
    found: dict[int, Candidate] = {}
    for other in case.candidates:
        if case.standing is not None and other.step != case.standing.step:
            found.setdefault(other.step, other)
    return list(found.values())[:OTHERS_SHOWN]


class ErrorSection(Section):
    """Everything about where the episode went wrong.

    Signals:
        stepWanted: A step to show: (index, text of the quote or "").
        attemptWanted: Another attempt to show: (episode, step).
        actionWanted: Id of the action whose button was pressed, such as "mark" or "reveal".
    """

    stepWanted = Signal(object, str)
    attemptWanted = Signal(object, object)
    actionWanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Error point"), parent=parent)
        self.quotes: list[QuoteCard] = []

    def show_case(self, case: Case, *, shown: bool, auditor: str) -> None:
        """Show the error point of *case*; the desk's view only if it may be *shown*."""
        self.clear()
        self.quotes = []
        if not shown:
            self._ask_first(case)
        elif case.standing is None:
            self.add(Label(t("The desk found no error point in this episode."), tone="muted", wrap=True))
            self._add_marking(t("Mark the selected step"))
        else:
            self._show_standing(case, case.standing, auditor)

    def _ask_first(self, case: Case) -> None:
        """Ask for the officer's own mark before the desk's view is shown."""
        words = case.ask_first
        if not case.candidates:
            words = t("Mark the step where it went wrong. The desk has no view of its own on this episode.")
        self.add(Label(words, wrap=True))
        mark = Button(t("Mark this step"), "primary", actions.get("mark").keys[0])
        mark.clicked.connect(lambda: self.actionWanted.emit("mark"))
        self.add(mark)
        line = QWidget()
        flow = FlowLayout(line, gap=8, line_gap=6)
        for name, words in ASKED_FIRST:
            if name != "reveal" or not case.must_mark:
                button = Button(words, "plain", actions.get(name).keys[0])
                button.clicked.connect(lambda checked=False, name=name: self.actionWanted.emit(name))
                flow.addWidget(button)
        self.add(line)
        self.add(
            Label(t("Your mark is recorded before the desk shows its own."), tone="muted", role="small", wrap=True)
        )

    def _show_standing(self, case: Case, claim: Candidate, auditor: str) -> None:
        """Show the candidate that stands, how sure it is, what speaks for it and what else there is."""
        steps = case.episode.steps
        machine = machine_view(case)
        self._add_verdict(case)
        self.add(
            fact(
                t("Decision"),
                step_name(steps[claim.step]) if claim.step < len(steps) else t("Step {step}", step=claim.step),
            )
        )
        self.add(fact(t("Category"), t(claim.category.title)))
        told = next((one for one in _explained(case) if one.step == claim.step), None)
        if claim.method != AUDITOR:
            alone = told is not None and len(claim.named_by) == 1
            self.add(fact(t("Confidence"), confidence(claim.probability, told.band if told and alone else None)))
            if told is not None:
                words = band_words(told.band)
                whose = (
                    ""
                    if alone
                    else t("The desk's detectors alone say {probability:.2f}. ", probability=told.probability)
                )
                self.add(Label(whose + words, tone="muted", role="small", wrap=True))
        self._add_likely(case)
        if (mark := case.blind_mark_of(auditor)) is not None:
            words, tone = mark_words(mark, machine)
            self.add(fact(t("Your blind mark"), words, tone))
        said = voices(case, claim.step)
        self.add(fact(t("Found by"), found_by(said)))
        if len(said) > 1 or not all(voice.agrees for voice in said):
            self.add(chorus(said))
        self._add_no_return(case)
        self._add_why(claim, machine, told, auditor)
        self._add_evidence(case, claim, machine)
        self._add_judgement(case)
        self._add_others(case)
        self._add_marking(t("Move the mark here"))
        if told is not None:
            self.add(Label(case.weights, tone="faint", role="small", wrap=True))

    def _add_verdict(self, case: Case) -> None:
        """Say what the desk says of the episode as a whole, where it does not simply name a step."""
        if case.explanation is not None and case.explanation.verdict is not None:
            self.add(
                Label(
                    t("The desk says: {verdict}.", verdict=inside(case.explanation.verdict.title)),
                    role="strong",
                    tone="warn",
                )
            )
            self.add(Label(case.explanation.why, tone="muted", wrap=True))

    def _add_likely(self, case: Case) -> None:
        """Offer the steps of a short prediction set."""
        told = case.explanation
        if told is None or len(told.likely) < 2 or told.measured < ENOUGH:
            return
        line = QWidget()
        flow = FlowLayout(line, gap=8, line_gap=0)
        flow.addWidget(
            Label(
                t(
                    "In {coverage:.0%} of {measured:,} such cases it was one of",
                    coverage=told.coverage,
                    measured=told.measured,
                ),
                tone="muted",
            )
        )
        for step in told.likely:
            flow.addWidget(self._step_link(t("step {step}", step=step), step))
        self.add(line)

    def _add_no_return(self, case: Case) -> None:
        """Say where an environment finds the goal out of reach: computed, so beside the ranking and not in it."""
        if case.no_return is not None:
            self.add(
                fact(
                    t("Point of no return"),
                    self._step_link(t("step {step}", step=case.no_return.step), case.no_return.step),
                )
            )
            self.add(
                Label(
                    t("Computed in an environment. {why}", why=case.no_return.why),
                    tone="muted",
                    role="small",
                    wrap=True,
                )
            )

    def _add_why(self, claim: Candidate, machine: Candidate | None, told: Explained | None, auditor: str) -> None:
        """Say why: each sign with its share where the ranker explained itself, else the claim's own sentence."""
        why = "" if claim.why == f"Marked by {auditor}." else claim.why
        for contribution in told.contributions if told is not None else ():
            why = why.replace(contribution.why, "")  # it stands below, with its share
        if why.strip():
            self.add(Label(" ".join(why.split()), wrap=True))
        if machine is not None and machine is not claim and machine.step == claim.step and told is None:
            self.add(Label(machine.why, tone="muted", wrap=True))
        if told is not None and told.contributions:
            self.add(Label(t("What speaks for this decision"), tone="muted"))
            for contribution in told.contributions:
                self.add(sign(contribution))

    def _add_evidence(self, case: Case, claim: Candidate, machine: Candidate | None) -> None:
        """Quote the words that it rests on: the auditor's own, the recording's, the policy's, another attempt's."""
        marked = next((mark for mark in reversed(case.marks) if mark.step == claim.step and mark.quote), None)
        if claim.method == AUDITOR and marked is not None and marked.quote is not None:
            self._add_card(QuoteCard(marked.quote.step, marked.quote.text, "accent"))
            if marked.note:
                self.add(Label(f"{marked.auditor}: {marked.note}", tone="muted", wrap=True))
        evidence = claim if claim.quotes or machine is None or machine.step != claim.step else machine
        for quote in evidence.quotes[:QUOTES_SHOWN]:
            self._add_card(QuoteCard(quote.step, quote.text))
        for citation in evidence.citations[:QUOTES_SHOWN]:
            if citation.attempt is None or citation.step is None:
                card = QuoteCard(-1, citation.text, "tool", foot=t("policy"))
                card.clicked.connect(lambda: self.actionWanted.emit("policy"))
            else:
                place = (citation.attempt, citation.step)
                card = QuoteCard(
                    -1,
                    citation.text,
                    "ok",
                    foot=t("episode {place}, step {step}, which succeeded", place=place[0], step=place[1]),
                )
                card.clicked.connect(lambda checked=False, place=place: self.attemptWanted.emit(*place))
            self.add(card)

    def _add_judgement(self, case: Case) -> None:
        """Say how a model was asked, and everything about its answer that must be known, with where it stands."""
        if case.judgement is None:
            return
        self.add(Label(judgement_words(case.judgement), tone="muted", role="small", wrap=True))
        for claim in case.judgement.candidates[:1]:
            self.add(Label(t("It names step {step} first: {why}", step=claim.step, why=claim.why), wrap=True))
        for flag in case.judgement.flags[:FLAGS_SHOWN]:
            self.add(Label(flag.words, tone="warn", wrap=True))
            for quote in flag.quotes[:1]:
                self._add_card(QuoteCard(quote.step, quote.text))

    def _add_card(self, card: QuoteCard) -> None:
        card.clicked.connect(lambda: self.stepWanted.emit(card.step, card.quote))
        self.add(card)
        self.quotes.append(card)

    def _add_others(self, case: Case) -> None:
        """Offer the other candidates, each with its key."""
        found = others(case)
        if not found:
            return
        line = QWidget()
        flow = FlowLayout(line, gap=10, line_gap=2)
        flow.addWidget(Label(t("Other candidates:"), tone="muted"))
        for number, other in enumerate(found, 1):
            link = self._step_link(
                t("step {step}  {probability:.2f}", step=other.step, probability=other.probability),
                other.step,
                str(number),
            )
            link.setToolTip(t(other.category.title))
            flow.addWidget(link)
        self.add(line)

    def _step_link(self, words: str, step: int, key: str = "") -> Link:
        link = Link(words, key)
        link.clicked.connect(lambda: self.stepWanted.emit(step, ""))
        return link

    def _add_marking(self, words: str) -> None:
        """Offer to mark the step that is selected on the timeline."""
        link = Link(words, actions.get("mark").keys[0])
        link.clicked.connect(lambda: self.actionWanted.emit("mark"))
        self.body.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)


def _explained(case: Case) -> Iterable[Explained]:
    return case.explanation.explained if case.explanation is not None else ()
