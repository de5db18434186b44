"""How the queue is filtered and sorted: a line above the list that says it, and the dialog that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from dreamdesk import actions
from dreamdesk.desk.narrowing import RISKS, Narrowing, Sort
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.gui.review.parts import Link
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.text import one_line

SORT_NAMES = {
    Sort.WORST: t("Worst first"),
    Sort.NEWEST: t("Newest import first"),
    Sort.OLDEST: t("Oldest import first"),
    Sort.LONGEST: t("Longest first"),
}
RISK_NAMES = {"high": t("high risk"), "medium": t("medium risk"), "low": t("low risk"), "": t("no error point yet")}


def in_words(narrowing: Narrowing) -> str:
    """Return *narrowing* in a line: "Worst first · high risk · failed"."""
    told = [SORT_NAMES[narrowing.sort]]
    told += [RISK_NAMES[risk] for risk in RISKS if risk in narrowing.risks]
    told += [t(state.value) for state in OutcomeState if state in narrowing.outcomes]
    told += [one_line(agent, 40) for agent in sorted(narrowing.agents)]
    return " · ".join(told)


class NarrowBar(QWidget):
    """Says how the list is filtered and sorted.

    Signals:
        asked: It shall be changed.
    """

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = Label("", tone="muted", role="small", elide=True)
        self.link = Link(t("Filter"))
        self.link.setToolTip(actions.get("filter").keys[0])
        self.link.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 8)
        row.addWidget(self.words, 1)
        row.addWidget(self.link)
        self.show_narrowing(Narrowing())

    def show_narrowing(self, narrowing: Narrowing) -> None:
        """Say *narrowing*; what leaves something out stands out."""
        self.words.setText(in_words(narrowing))
        self.words.set_tone("accent" if narrowing.narrows else "muted")


class NarrowDialog(Frame):
    """Asks for a `Narrowing`; *agents* are offered with their numbers of episodes.

    Signals:
        chosen: The `Narrowing` that was asked for.
    """

    chosen = Signal(object)

    def __init__(self, now: Narrowing, agents: Sequence[tuple[str, int]], parent: QWidget | None = None) -> None:
        super().__init__(
            t("Filter and sort"), t("What is ticked is shown; nothing ticked shows all."), t("Show"), parent
        )
        self.resize(460, self.height())
        self.sort = QComboBox()
        self.sort.setAccessibleName(t("Order"))
        for sort in Sort:
            self.sort.addItem(SORT_NAMES[sort])
        self.sort.setCurrentIndex(list(Sort).index(now.sort))
        self.body.addWidget(self.sort)
        self.risks = self._boxes(t("Risk"), ((risk, RISK_NAMES[risk], risk in now.risks) for risk in RISKS))
        outcomes = ((state.value, t(state.value), state in now.outcomes) for state in OutcomeState)
        self.outcomes = self._boxes(t("Outcome"), outcomes)
        named = dict.fromkeys(now.agents, 0) | dict(agents)
        offered = (
            (name, one_line(name, 48) + (f"  {number:,}" if number else ""), name in now.agents)
            for name, number in named.items()
        )
        self.agents = self._boxes(t("Agent or model"), offered)
        self.body.addStretch(1)
        self.reset = Button(t("Show all"))
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self._reset)
        self.buttons.insertWidget(0, self.reset)

    def _boxes(self, title: str, offered: Iterable[tuple[str, str, bool]]) -> dict[str, QCheckBox]:
        """Return a box for each of (key, words, whether it is ticked), shown under *title*."""
        boxes: dict[str, QCheckBox] = {}
        holder = QWidget()
        flow = FlowLayout(holder, gap=16, line_gap=6)
        for key, words, ticked in offered:
            boxes[key] = box = QCheckBox(words.replace("&", "&&"))
            box.setAccessibleName(f"{title}: {words}")
            box.setChecked(ticked)
            flow.addWidget(box)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(Label(title, role="strong"))
        column.addWidget(holder)
        if boxes:
            self.body.addLayout(column)
        return boxes

    def go(self) -> None:
        """Show what is ticked."""
        ticked = [
            frozenset(key for key, box in boxes.items() if box.isChecked())
            for boxes in (self.risks, self.outcomes, self.agents)
        ]
        outcomes = frozenset(map(OutcomeState, ticked[1]))
        self.chosen.emit(Narrowing(list(Sort)[self.sort.currentIndex()], ticked[0], outcomes, ticked[2]))
        self.accept()

    def _reset(self) -> None:
        """Take every tick away, and show the worst first."""
        self.chosen.emit(Narrowing())
        self.accept()
