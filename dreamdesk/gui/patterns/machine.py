"""How good is the machine here? Every method, and those who know nothing, by the labels that this desk confirmed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.patterns.text_table import TextTable
from dreamdesk.gui.review.methods import METHODS
from dreamdesk.gui.widgets import Button, Label, page_head
from dreamdesk.language import counted, numeral, t
from dreamdesk.model.text import one_line

COLUMNS = (
    t("Method"),
    "n",
    t("Exact"),
    "± 1",
    "± 3",
    "± 5",
    t("Top 3"),
    t("Top 5"),
    t("MRR"),
    t("Read"),
    t("Calibration"),
)
SHARES = (t("exact"), t("within 1"), t("within 3"), t("within 5"), t("top 3"), t("top 5"))
PAIRS = (t("Who"), "n", t("Same step"), "± 1", "± 3", "± 5", t("Same kind"))
WIDTHS = (44, 101, 101, 101, 101, 101, 101, 120, 134, 92)
PAIR_WIDTHS = (48, 94, 94, 94, 94, 94)
FEW = t("too few")


def share(value: float, ends: tuple[float, float]) -> str:
    """Return a share with its interval: "43% (29–57)"."""
    return t("{value:.0%} ({low:.0f}–{high:.0f})", value=value, low=ends[0] * 100, high=ends[1] * 100)


def average(value: float, ends: tuple[float, float], digits: int) -> str:
    """Return a mean with its interval."""
    return f"{value:.{digits}f} ({ends[0]:.{digits}f}–{ends[1]:.{digits}f})"


def figure_row(row: pipeline.Figures) -> tuple[str, ...]:
    """Return one row of the table in words."""
    name = METHODS.get(row.name, row.name)
    if not row.enough:
        return (name, numeral(row.n), *[FEW] * (len(COLUMNS) - 2))
    shares = [share(row.values[measure], row.intervals[measure]) for measure in SHARES]
    mrr = average(row.values["MRR"], row.intervals["MRR"], 2)
    read = average(row.values["read"], row.intervals["read"], 1)
    return (
        name,
        numeral(row.n),
        *shares,
        mrr,
        read,
        "" if row.calibration is None else numeral(row.calibration, ".2f"),
    )


def pair_row(pair: pipeline.Agreement) -> tuple[str, ...]:
    """Return one pair in words."""
    right = METHODS.get(pair.right, pair.right) if pair.method else one_line(pair.right, 40)
    name = t("{left} and {right}", left=one_line(pair.left, 40), right=right)
    if not pair.enough:
        return (name, numeral(pair.n), *[FEW] * (len(PAIRS) - 2))
    return (
        name,
        numeral(pair.n),
        *[numeral(hits / pair.n, ".0%") for hits in (pair.exact, *pair.within, pair.category)],
    )


class MachineView(QWidget):
    """The table of methods and the table of agreement.

    Signals:
        left: Back to the families.
    """

    left = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.state = Label("", tone="muted", wrap=True)
        self.methods = TextTable(t("How good each method is"), COLUMNS, WIDTHS)
        self.pairs = TextTable(t("How far people and methods agree"), PAIRS, PAIR_WIDTHS)
        self.no_pairs = Label("", tone="muted", wrap=True)
        self.back = Button(t("Back to the families"), key="Esc")
        self.back.clicked.connect(self.left)
        layout, head = page_head(self, t("How good is the machine here?"))
        head.addWidget(self.back)
        area, page = QScrollArea(), QWidget()
        layout.addWidget(area, 1)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        column = QVBoxLayout(page)
        column.setContentsMargins(18, 6, 18, 18)
        column.setSpacing(8)
        column.addWidget(self.state)
        column.addSpacing(4)
        column.addWidget(self.methods)
        self.legend = Label(
            t(
                "Exact: the very step. ±: at most so many steps away. MRR: mean of one over the rank. Read: "
                "decisions read until the labelled one, the ranked ones first, then the others in order. "
                "Calibration: mean gap between what it said and how often it was right. In brackets: "
                "95%\N{NO-BREAK SPACE}interval. Below 20 episodes nothing is said. Grey rows know nothing. "
                "The verb evaluate adds the ranker cross-validated."
            ),
            tone="muted",
            role="small",
            wrap=True,
        )
        column.addWidget(self.legend)
        column.addSpacing(14)
        column.addWidget(Label(t("Agreement"), role="title"))
        column.addWidget(self.no_pairs)
        column.addWidget(self.pairs)
        column.addWidget(
            Label(
                t(
                    "First blind marks only. For comparison: two expert teams who labelled the same 43 hard episodes "
                    "named the same step in 35% of them, within 5 steps in 63%."
                ),
                tone="muted",
                role="small",
                wrap=True,
            )
        )
        column.addStretch(1)

    def reload(self) -> None:
        """Compare again."""
        self.state.setText(t("Comparing …"))

        def work(db: Connection, task: Task) -> pipeline.Assessment:
            return pipeline.assess(db, task.progress, task.cancelled)

        self._jobs.read("assess", work, self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _show(self, found: pipeline.Assessment) -> None:
        """Show the tables."""
        if found.labels:
            words = t(
                "Measured on {labels} of this desk: marks on episodes whose correction was approved. Made blind: "
                "{blind:,}. A mark made after the desk's view was seen favours the desk.",
                labels=counted(found.labels, "confirmed label"),
                blind=found.blind,
            )
        else:
            words = t(
                "There is no confirmed label yet. A label is your own mark (M) on an episode whose correction is "
                "then approved; from 20 on the figures stand here."
            )
        self.state.setText(words)
        rows = sorted(found.rows, key=lambda row: row.baseline)
        faint = frozenset(place for place, row in enumerate(rows) if row.baseline)
        self.methods.show_rows([figure_row(row) for row in rows], faint)
        self.methods.setVisible(bool(rows))
        self.legend.setVisible(bool(rows))
        self.pairs.show_rows([pair_row(pair) for pair in found.agreement])
        self.pairs.setVisible(bool(found.agreement))
        self.no_pairs.setVisible(not found.agreement)
        self.no_pairs.setText(t("No episode has been marked blind yet."))
