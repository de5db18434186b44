"""The error point: the officer's own mark first, then what the desk found, with evidence that jumps to its step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dreamdesk import actions
from dreamdesk.desk.marks import Mark
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.parts import Link, QuoteCard, fact, step_name
from dreamdesk.gui.widgets import Button, Label, Meter, Section
from dreamdesk.model.finding import Candidate

QUOTES_SHOWN = 4
OTHERS_SHOWN = 4
AUDITOR = "auditor"
ASKED_FIRST = (("unmarkable", "Cannot tell"), ("not-agent", "Not the agent"), ("reveal", "Desk's view"))
"""What an officer can say or do before the desk's view, besides marking a step: action and words."""

METHODS = {
    "label": "a label in the source",
    "offline": "the desk's detectors",
    "divergence": "comparison with a successful attempt",
    "model": "a model",
    AUDITOR: "an auditor's mark",
}
"""How a method is called in a sentence."""


def machine_view(case: Case) -> Candidate | None:
    """Return the best candidate that no auditor marked."""
    return next((claim for claim in case.candidates if claim.method != AUDITOR), None)


def mark_words(mark: Mark, machine: Candidate | None) -> tuple[str, str]:
    """Return how a blind mark compares with the machine's view, and the tone of that."""
    place = mark.category.title if mark.step is None else f"Step {mark.step}"
    if machine is None:
        return place, ""
    if mark.step is None:
        return place, "warn"
    return (f"{place} · agrees", "ok") if mark.step == machine.step else (f"{place} · differs", "warn")


def found_by(case: Case) -> str:
    """Return which methods name the standing step, and how many there are."""
    assert case.standing is not None
    methods = list(dict.fromkeys(claim.method for claim in case.candidates))
    agreeing = [
        method
        for method in methods
        if any(claim.method == method and claim.step == case.standing.step for claim in case.candidates)
    ]
    words = ", ".join(METHODS.get(method, method) for method in agreeing)
    return words if len(methods) == 1 else f"{words} ({len(agreeing)} of {len(methods)} methods)"


class ErrorSection(Section):
    """Everything about where the episode went wrong.

    Signals:
        stepWanted: A step to show: (index, text of the quote or "").
        actionWanted: Id of the action whose button was pressed: "mark", "reveal" or "unmarkable".
    """

    stepWanted = Signal(object, str)
    actionWanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Error point", parent=parent)
        self.quotes: list[QuoteCard] = []

    def show_case(self, case: Case, *, shown: bool, auditor: str) -> None:
        """Show the error point of *case*; the desk's view only if it may be *shown*."""
        self.clear()
        self.quotes = []
        if not shown:
            self._ask_first(case)
        elif case.standing is None:
            self.add(Label("The desk found no error point in this episode.", tone="muted", wrap=True))
            self._add_marking("Mark the selected step")
        else:
            self._show_standing(case, case.standing, auditor)

    def _ask_first(self, case: Case) -> None:
        """Ask for the officer's own mark before the desk's view is shown."""
        words = "Mark the step where it went wrong, or press V to see the desk's view."
        if case.must_mark:
            words = "Mark the step where it went wrong: this desk asks for your own mark first."
        if not case.candidates:
            words = "Mark the step where it went wrong. The desk has no view of its own on this episode."
        self.add(Label(words, wrap=True))
        mark = Button("Mark this step", "primary", actions.get("mark").keys[0])
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
        self.add(Label("Your mark is recorded before the desk shows its own.", tone="muted", role="small", wrap=True))

    def _show_standing(self, case: Case, claim: Candidate, auditor: str) -> None:
        """Show the candidate that stands, what speaks for it and what else there is."""
        steps = case.episode.steps
        name = step_name(steps[claim.step]) if claim.step < len(steps) else f"Step {claim.step}"
        self.add(fact("Decision", name))
        self.add(fact("Category", claim.category.title))
        if claim.method != AUDITOR:
            self.add(fact("Confidence", _confidence(claim.probability)))
        if (mark := case.blind_mark_of(auditor)) is not None:
            words, tone = mark_words(mark, machine_view(case))
            self.add(fact("Your blind mark", words, tone))
        self.add(fact("Found by", found_by(case)))
        evidence = claim if claim.quotes or claim.why != f"Marked by {auditor}." else machine_view(case)
        self.add(Label(claim.why, wrap=True))
        if evidence is not None and evidence is not claim and evidence.step == claim.step:
            self.add(Label(evidence.why, tone="muted", wrap=True))
        for quote in (evidence or claim).quotes[:QUOTES_SHOWN]:
            card = QuoteCard(quote.step, quote.text)
            card.clicked.connect(lambda checked=False, card=card: self.stepWanted.emit(card.step, card.quote))
            self.add(card)
            self.quotes.append(card)
        self._add_others(case, claim)
        self._add_marking("Move the mark here")

    def _add_others(self, case: Case, claim: Candidate) -> None:
        """Offer the other candidates, each once."""
        others: dict[int, Candidate] = {}
        for other in case.candidates:
            if other.step != claim.step:
                others.setdefault(other.step, other)
        if not others:
            return
        line = QWidget()
        flow = FlowLayout(line, gap=8, line_gap=0)
        flow.addWidget(Label("Other candidates:", tone="muted"))
        for other in list(others.values())[:OTHERS_SHOWN]:
            link = Link(f"step {other.step}  {other.probability:.2f}")
            link.setToolTip(other.category.title)
            link.clicked.connect(lambda checked=False, step=other.step: self.stepWanted.emit(step, ""))
            flow.addWidget(link)
        self.add(line)

    def _add_marking(self, words: str) -> None:
        """Offer to mark the step that is selected on the timeline."""
        link = Link(words, actions.get("mark").keys[0])
        link.clicked.connect(lambda: self.actionWanted.emit("mark"))
        self.body.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)


def _confidence(probability: float) -> QWidget:
    """Return the meter of a probability with its number."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    meter = Meter(probability)
    meter.setFixedWidth(116)
    row.addWidget(meter)
    row.addWidget(Label(f"{probability:.2f}"))
    return line
