"""The dialogs of the page: draw a sample, seal known-bad corrections, open a seal."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.desk.sampling import DECIDED
from dreamdesk.desk.sealed import Seal
from dreamdesk.gui.dialogs.frame import Frame, make_form, named, number
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, numeral, t, told
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import sampling as plans

SHARES = ("0.01", "0.02", "0.05", "0.10", "0.20")
CONFIDENCES = ("0.90", "0.95", "0.99")
STATES = (
    (t("Approved and rejected"), DECIDED),
    (t("Approved only (the second auditor then knows what was decided)"), ("approved", "released")),
)


class PlanDialog(Frame):
    """Asks what a plan shall promise, and says how many looks that takes before anything is drawn."""

    deliberate = True

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("New sampling plan"),
            t(
                "Decisions that were in no plan yet are drawn for a second look by another auditor, who does not "
                "see what was decided first. The draw is recorded with its seed and cannot be changed."
            ),
            t("Draw the sample"),
            parent,
        )
        self.setMinimumWidth(620)
        self._jobs, self._identity = jobs, identity
        self.share, self.confidence, self.states = QComboBox(), QComboBox(), QComboBox()
        for box, values, chosen in ((self.share, SHARES, "0.05"), (self.confidence, CONFIDENCES, "0.95")):
            for value in values:
                box.addItem(numeral(float(value), ".0%"), value)
            box.setCurrentIndex(values.index(chosen))
        for words, states in STATES:
            self.states.addItem(words, states)
        self.allowed, self.least, self.seed = QSpinBox(), QSpinBox(), QLineEdit()
        self.allowed.setRange(0, 99)
        self.least.setRange(0, 999)
        self.least.setValue(pipeline.Terms().least)
        self.seed.setPlaceholderText(t("Empty: the system gives one"))
        rows: tuple[tuple[str, QWidget], ...] = (
            (t("At most bad"), self.share),
            (t("Confidence"), self.confidence),
            (t("Bad ones that still accept"), self.allowed),
            (t("At least of each risk"), self.least),
            (t("Decisions"), self.states),
            (t("Seed"), self.seed),
        )
        form = make_form()
        for words, widget in rows:
            widget.setAccessibleName(words)
            form.addRow(named(words), widget)
        self.body.addLayout(form)
        self.sketch = Label("", tone="muted", wrap=True)
        self.body.addWidget(self.sketch)
        self._delay = QTimer(self, singleShot=True, interval=150)
        self._delay.timeout.connect(self._preview)
        for box in (self.share, self.confidence, self.states):
            box.currentIndexChanged.connect(self._delay.start)
        for figure in (self.allowed, self.least):
            number(figure, figure.accessibleName()).valueChanged.connect(self._delay.start)
        self._preview()

    def terms(self) -> pipeline.Terms:
        """Return what is chosen."""
        share, confidence = str(self.share.currentData()), str(self.confidence.currentData())
        return pipeline.Terms(share, confidence, self.allowed.value(), self.least.value())

    def go(self) -> None:
        """Draw, in the name of who signed in."""
        terms, seed, states = self.terms(), self.seed.text().strip(), tuple(self.states.currentData())

        def write(signer: Signer) -> None:
            def work(db: Connection, task: Task) -> int:
                return pipeline.make_plan(db, terms, signer, seed, states)

            self._jobs.write("plan", work, lambda plan: self.accept(), self.say)

        self._identity.ensure(write)

    def _preview(self) -> None:
        terms, states = self.terms(), tuple(self.states.currentData())

        def work(db: Connection, task: Task) -> str:
            try:
                found = plans.sketch(db, terms, states)
            except UserError as error:
                return told(error)
            floors = [
                t(
                    "{number:,} of {strata:,} of {risk} risk",
                    number=number,
                    strata=found.strata[risk],
                    risk=t(risk.value),
                )
                for risk, number in found.floors.items()
            ]
            return t(
                "{lot} in the lot: {size:,} drawn from all of them, and at least {floors}.",
                lot=counted(len(found.lot), "decision"),
                size=found.size,
                floors=", ".join(floors),
            )

        self._jobs.read("sketch", work, self._show_sketch)

    def _show_sketch(self, words: str) -> None:
        self.sketch.setText(words)
        self.grow()


class SealDialog(Frame):
    """Asks how many of the next corrections shall be known to be bad."""

    deliberate = True

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Seal known-bad corrections"),
            t(
                "Of the corrections that are dreamed from now on, some are spoilt in a documented way, to see "
                "whether they are noticed. Which ones, nobody knows before the seal is opened, and none of them "
                "can ever leave the desk. The genuine ones come back when the seal is opened."
            ),
            t("Seal"),
            parent,
        )
        self.setMinimumWidth(560)
        self._jobs, self._identity = jobs, identity
        self.number, self.among = QSpinBox(), QSpinBox()
        self.number.setRange(1, 999)
        self.number.setValue(3)
        self.among.setRange(4, 99_999)
        self.among.setValue(60)
        form = make_form()
        for words, box in ((t("Known bad"), self.number), (t("Of the next corrections"), self.among)):
            form.addRow(named(words), number(box, words))
        self.body.addLayout(form)

    def go(self) -> None:
        """Seal."""
        number, among = self.number.value(), self.among.value()

        def write(signer: Signer) -> None:
            self._jobs.write("seal", lambda db, task: pipeline.seal(db, number, among, signer), self._done, self.say)

        self._identity.ensure(write)

    def _done(self, seal: int) -> None:
        self.accept()


class OpenDialog(Frame):
    """Asks which seal to open, and says what that means."""

    deliberate = True

    def __init__(self, jobs: Jobs, identity: Identity, seals: tuple[Seal, ...], parent: QWidget | None = None) -> None:
        super().__init__(
            t("Open a seal"),
            t(
                "The ledger then says which corrections were bad, and in which way; the indicators count them; "
                "the genuine corrections take their place under To review. This cannot be taken back."
            ),
            t("Open the seal"),
            parent,
        )
        self.setMinimumWidth(560)
        self._jobs, self._identity = jobs, identity
        self.seal = QComboBox()
        self.seal.setAccessibleName(t("Seal"))
        for one in seals:
            self.seal.addItem(
                t(
                    "Seal {id}: {number} of {among}, {counted} came so far",
                    id=one.id,
                    number=one.number,
                    among=one.among,
                    counted=one.counted,
                ),
                one.id,
            )
        self.body.addWidget(self.seal)
        self.seal.setFocus()

    def go(self) -> None:
        """Open it."""
        chosen = int(self.seal.currentData())

        def write(signer: Signer) -> None:
            def work(db: Connection, task: Task) -> int:
                return len(pipeline.open_seal(db, chosen, signer))

            self._jobs.write("open-seal", work, self._done, self.say)

        self._identity.ensure(write)

    def _done(self, number: int) -> None:
        self.accept()
