"""The page Oversight: second looks, plans and what they say, agreement, indicators, seals. Nobody is ranked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk.desk.database import Connection
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.oversight import overview
from dreamdesk.gui.oversight.charts import BoundChart, HoursChart
from dreamdesk.gui.oversight.dialogs import OpenDialog, PlanDialog, SealDialog
from dreamdesk.gui.oversight.overview import Overview
from dreamdesk.gui.patterns.text_table import TextTable
from dreamdesk.gui.widgets import Button, EmptyState, Label, page_head
from dreamdesk.language import counted, t, tn
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.oversight import Habits

NOTHING = (
    t("Nothing to oversee yet"),
    t(
        "Once corrections are decided, a sample of the decisions can be drawn for a second look by "
        "another auditor. Known-bad corrections can be sealed before the next traces are imported."
    ),
)
WIDTH = 1180
"""Of what is read, in pixels: on a wide window figures would lie far from their names."""
BLIND = t("Only blind judgements count: marks made before the desk showed its own, and second looks.")
WARNING = t("They say where to look, and nothing of a person by themselves. Nobody is ranked; auditors stand by name.")


class OversightPage(QWidget):
    """Everything that overseers ask, on one scrolled page.

    Signals:
        lookWanted: Number of an episode at which a second look waits.
    """

    lookWanted = Signal(int)

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._identity = jobs, identity
        self._found: Overview | None = None
        self._landing = False
        self.state = Label("", tone="muted")
        self.plan = Button(t("New sampling plan…"), "primary")
        self.seal = Button(t("Seal known-bad…"))
        self.open_seal = Button(t("Open a seal…"))
        self.take = Button(t("Take the next"))
        for button in (self.take, self.open_seal):
            button.setEnabled(False)
        self.waiting = Label("", wrap=True)
        self.plans = TextTable(t("Sampling plans"), overview.PLANS, (60, 74, 88, 88, 150, 136, 90), first=290)
        self.said = Label("", tone="muted", wrap=True)
        self.chart = BoundChart()
        self.no_plans = Label(t("No sample was drawn yet."), tone="muted", wrap=True)
        self.agreed = TextTable(
            t("Agreement beyond chance"), overview.AGREED, (260, 50, 90, 120, 120), first=340, words=(1,)
        )
        self.habits = QVBoxLayout()
        self.rules = Label("", tone="muted", role="small", wrap=True)
        self.seals = TextTable(t("Sealed known-bad corrections"), overview.SEALS, (100, 110, 110, 110, 190), first=290)
        self.no_seals = Label(t("Nothing is sealed."), tone="muted", wrap=True)
        self.empty = EmptyState(*NOTHING)
        self._lay_out()
        self.plan.clicked.connect(lambda: PlanDialog(self._jobs, self._identity, self.window()).open())
        self.seal.clicked.connect(lambda: SealDialog(self._jobs, self._identity, self.window()).open())
        self.open_seal.clicked.connect(self._open)
        self.take.clicked.connect(self._take)
        self.plans.selectionModel().currentRowChanged.connect(self._chosen)
        identity.changed.connect(self._signed_in)

    def _lay_out(self) -> None:
        # From the outside in: whatever is moved is styled again by Qt.
        outer, head = page_head(self, t("Oversight"), self.state)
        for button in (self.plan, self.seal, self.open_seal):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        holder, scroll, page, content = QWidget(), QScrollArea(), QWidget(), QWidget()
        outer.addWidget(holder, 1)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(scroll)
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content.setMaximumWidth(WIDTH)
        beside = QHBoxLayout(page)
        beside.setContentsMargins(18, 2, 18, 18)
        beside.addWidget(content, 100)
        beside.addStretch(1)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        looks = QHBoxLayout()
        column.addWidget(Label(t("Second looks"), role="section"))
        column.addLayout(looks)
        looks.setSpacing(12)
        looks.addWidget(self.take, 0, Qt.AlignmentFlag.AlignVCenter)
        looks.addWidget(self.waiting, 1)
        self._part(column, t("Sampling plans"), self.no_plans, self.plans, self.chart, self.said)
        self._part(column, t("Agreement beyond chance"), Label(BLIND, tone="muted", wrap=True), self.agreed)
        column.addWidget(Label(COEFFICIENTS, tone="muted", role="small", wrap=True))
        self._part(column, t("Indicators"), Label(WARNING, tone="muted", wrap=True))
        column.addLayout(self.habits)
        column.addWidget(self.rules)
        self._part(column, t("Known-bad corrections"), self.no_seals, self.seals)
        column.addWidget(Label(SEALED, tone="muted", role="small", wrap=True))
        column.addStretch(1)

    def _part(self, column: QVBoxLayout, title: str, *parts: QWidget) -> None:
        column.addSpacing(16)
        column.addWidget(Label(title, role="section"))
        for part in parts:
            column.addWidget(part)

    def reload(self) -> None:
        """Read everything again."""
        if self._jobs.path is None:
            return
        auditor = self._identity.name

        def work(db: Connection, task: Task) -> Overview:
            return overview.read(db, auditor)

        self._jobs.read("oversight", work, self._show)

    def forget(self) -> None:
        """Another desk is opened."""
        self._found = None

    def take_keyboard(self) -> None:
        """Put the keyboard on the first thing to do."""
        self._landing = True
        (self.take if self.take.isEnabled() else self.plan).setFocus()

    def _signed_in(self) -> None:
        if self.isVisible():
            self.reload()

    def _show(self, found: Overview) -> None:
        chosen = max(self.plans.currentIndex().row(), 0)
        self._found = found
        self._stack.setCurrentIndex(0 if found.empty else 1)
        open_seals = [seal for seal in found.seals if seal.opened is None]
        self.open_seal.setEnabled(bool(open_seals))
        self.state.setText(
            f"{counted(len(found.results), 'sampling plan')}, {counted(len(open_seals), 'open seal')}"
            if found.results or found.seals
            else t("Who looks after those who look")
        )
        self._show_waiting(found)
        self.plans.show_rows([overview.plan_row(one) for one in found.results])
        self.plans.setVisible(bool(found.results))
        self.no_plans.setVisible(not found.results)
        self.plans.selectRow(min(chosen, len(found.results) - 1))
        self._chosen(self.plans.currentIndex(), QModelIndex())
        self.agreed.show_rows([overview.agreed_row(one) for one in found.agreed])
        self._show_habits(found.habits)
        self.seals.show_rows([overview.seal_row(seal, found.noticed) for seal in found.seals])
        self.seals.setVisible(bool(found.seals))
        self.no_seals.setVisible(not found.seals)
        if self._landing and self.plan.hasFocus():  # what waits was not read yet
            self.take_keyboard()
        self._landing = False

    def _show_waiting(self, found: Overview) -> None:
        number = len(found.waiting)
        self.take.setEnabled(bool(number))
        if not self._identity.name:
            words = t("Sign in (Ctrl+Shift+S) to see which second looks wait for you.")
        elif number:
            words = tn(
                "1 second look waits for {identity}.",
                "{n:,} second looks wait for {identity}.",
                number,
                identity=one_line(self._identity.name, 40),
            )
        else:
            words = t("No second look waits for {identity}.", identity=one_line(self._identity.name, 40))
        self.waiting.setText(words)

    def _show_habits(self, habits: tuple[Habits, ...]) -> None:
        while (item := self.habits.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for one in habits:
            name = Label(f"{one_line(one.auditor, 60)} · {counted(one.decisions, 'decision')}", role="strong")
            table = TextTable(
                t("Indicators of {auditor}", auditor=one.auditor), overview.FIGURES, (160, 60, 110, 100), first=300
            )
            table.show_rows([overview.figure_row(figure, one.decisions) for figure in one.indicators])
            hours = HoursChart(one.hours)
            hours.setVisible(one.decisions > 0)
            name.setContentsMargins(0, 10, 0, 0)
            for widget in (name, table, hours):
                self.habits.addWidget(widget)
        figures = habits[0].indicators if habits else ()
        told = [f"{t(figure.name)}: {t(figure.means)} {t(figure.rule)}" for figure in figures]
        self.rules.setText("\n".join(told) or t("Nobody has decided anything yet."))

    def _chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        results = self._found.results if self._found else ()
        if 0 <= now.row() < len(results):
            found = results[now.row()]
            self.chart.show_bound(found.bound, float(found.plan.body["terms"]["share"]))
            self.said.setText(overview.plan_words(found))
        else:
            self.chart.hide()
            self.said.setText("")

    def _take(self) -> None:
        if self._found and self._found.waiting:
            self.lookWanted.emit(self._found.waiting[0].episode)

    def _open(self) -> None:
        seals = tuple(seal for seal in (self._found.seals if self._found else ()) if seal.opened is None)
        OpenDialog(self._jobs, self._identity, seals, self.window()).open()


COEFFICIENTS = t(
    "κ: Cohen's kappa of two; α: Krippendorff's alpha of all, which allows for words that are "
    "missing. 1 is full agreement, 0 what chance gives. Under 30 items nothing is said. 95%: "
    "Fleiss, Cohen and Everitt for κ, bootstrap for α."
)
SEALED = t(
    "Noticed: not approved at the first word, once for each auditor who judged one; counted when the "
    "seal is open. They never leave the desk: the schema, the release and the bundle's verifier "
    "refuse them. Whoever opens the desk's file with other tools can find them."
)
