"""The cards of the overview: one question each, answered in numbers of this desk, with a way to what they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from dreamdesk import actions, pipeline
from dreamdesk.desk.families import called
from dreamdesk.desk.overview import Overview, Trend
from dreamdesk.desk.patterns import Family
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import theme
from dreamdesk.gui.overview.bars import Bar, Bars
from dreamdesk.gui.patterns.trend import TrendChart, trend_words
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, day, inside, t
from dreamdesk.model.decision import Verdict
from dreamdesk.model.episode import OutcomeState

OUTCOME_TONES = {
    OutcomeState.FAILED: "error",
    OutcomeState.PARTIAL: "warn",
    OutcomeState.UNKNOWN: "edge",
    OutcomeState.SUCCEEDED: "ok",
}
RISK_TONES = {"high": "error", "medium": "warn", "low": "ok"}
VERDICT_TONES = {Verdict.APPROVE: "ok", Verdict.REJECT: "error"}
_WHEN = t("Failures, by when they happened or, where the trace does not say, came in")
_DAY = 86_400 * 10**9
WAITING = (Tab.REVIEW, Tab.SECOND, Tab.HELD, Tab.UNCORRECTED)


class Card(QWidget):
    """A question as a heading, and its answer.

    Signals:
        wanted: Name of the action that leads to what the card counts.
    """

    wanted = Signal(str)

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(heading)
        gap = theme.current().spacing
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * gap, 2 * gap - 2, 2 * gap, 2 * gap)
        self._column.setSpacing(gap)
        self._column.addWidget(Label(heading.upper(), role="heading"))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("panel"))
        area = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, theme.current().radius, theme.current().radius)

    def add(self, *widgets: QWidget) -> Card:
        """Put *widgets* at the end; return the card."""
        for widget in widgets:
            self._column.addWidget(widget)
        return self

    def say(self, words: str, tone: str = "muted") -> Card:
        """Add a sentence; return the card."""
        return self.add(Label(words, tone=tone, wrap=True))

    def lead(self, action: str, words: str) -> Card:
        """Add the way to what is counted, and end the card; return it."""
        self._column.addStretch(1)
        keys = actions.get(action).keys
        button = Button(words, key=keys[0] if keys else "")
        button.clicked.connect(lambda: self.wanted.emit(action))
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return self


def _over_time(what: str, trend: Trend) -> list[QWidget]:
    """Return *what* the chart of *trend* counts, the chart, and what it says; nothing within two days."""
    if not trend.times or trend.edges[-1] - trend.edges[0] < 2 * _DAY:
        return []
    chart = TrendChart()
    chart.show_times(trend.times, trend.edges)
    words = trend_words(trend.times)
    return [Label(what, tone="muted", wrap=True), chart, Label(f"{words[0].upper()}{words[1:]}.", tone="muted")]


def came_in(found: Overview) -> Card:
    """What came in: sources, episodes by outcome, and failures over time."""
    episodes = sum(found.outcomes.values())
    bars = [Bar(t(state.value.capitalize()), found.outcomes[state], tone) for state, tone in OUTCOME_TONES.items()]
    card = Card(t("What came in")).say(
        t("{episodes} from {sources}", episodes=counted(episodes, "episode"), sources=counted(found.sources, "source")),
        "",
    )
    card.add(
        Bars(t("Episodes by outcome"), bars),
        *_over_time(_WHEN, found.failures),
    )
    return card.lead("reports", t("Import reports"))


def waiting(counts: Mapping[Tab, int]) -> Bars:
    """Return how many episodes wait in each list of the queue that waits for somebody."""
    bars = [Bar(t(tab.title), counts[tab], "accent" if tab is Tab.REVIEW else "muted") for tab in WAITING]
    return Bars(t("Episodes that wait"), bars)


def waits(found: Overview) -> Card:
    """What waits, and for whom."""
    card = Card(t("What waits")).add(waiting(found.waiting))
    if not any(found.waiting[tab] for tab in WAITING):
        card.say(t("Nothing waits on this desk."), "ok")
    return card.lead("page-review", t("Go to the queue"))


def risk(found: Overview) -> Card:
    """How grave what waits for a decision is."""
    card = Card(t("Risk of what waits for a decision"))
    if found.risk is None:
        card.say(t("This desk shows its own view only after you have marked an episode."))
    elif not any(found.risk.values()):
        card.say(t("No correction waits for a decision."))
    else:
        card.add(
            Bars(t("By severity"), [Bar(t(name.capitalize()), n, RISK_TONES[name]) for name, n in found.risk.items()])
        )
        card.say(t("From the kind of error that the desk sees, not from what a mistake would cost."))
    return card.lead("page-review", t("Go to the queue"))


def families(found: Sequence[Family], failures: int) -> Card:
    """Which causes come back."""
    card = Card(t("Families of failures"))
    if found:
        card.add(
            Bars(t("Families by size"), [Bar(_called(family), family.size, "accent") for family in found[:5]], 0.64)
        )
        families = counted(len(found), "family", "families")
        card.say(t("{families} among {failures}.", families=families, failures=counted(failures, "located failure")))
    else:
        card.say(t("No failures are grouped yet."))
    return card.lead("page-patterns", t("Go to the patterns"))


def _called(family: Family) -> str:
    """Return the name of a family with what tells it from its like first, because the end may be cut."""
    return family.name or " · ".join(part for part in (family.tool, t(family.category.title)) if part)


def decisions(found: Overview) -> Card:
    """What was decided, over time."""
    made = {verdict: number for verdict, number in found.verdicts.items() if number}
    card = Card(t("Decisions"))
    if made:
        bars = [Bar(t(v.value.capitalize()), number, VERDICT_TONES.get(v, "muted")) for v, number in made.items()]
        card.add(Bars(t("Decisions by verdict"), bars), *_over_time(t("When they were made"), found.decided))
    else:
        card.say(t("Nobody has decided anything yet."))
    return card.lead("page-ledger", t("Go to the ledger"))


def agreement(found: Sequence[pipeline.Agreed]) -> Card:
    """How far auditors who judge blindly agree beyond chance, with the number of items it rests on."""
    card = Card(t("Agreement of auditors"))
    shared = [one for one in found if one.coefficient.n]
    for one in shared:
        figure = one.coefficient
        if figure.value is None or not figure.enough:
            card.say(
                t(
                    "{measure}: {n}, too few to tell.",
                    measure=t(pipeline.MEASURES[one.measure]),
                    n=counted(figure.n, "shared item"),
                )
            )
        else:
            span = (
                t(
                    ", 95%\N{NO-BREAK SPACE}interval {interval:.2f} to {high:.2f}",
                    interval=figure.interval[0],
                    high=figure.interval[1],
                )
                if figure.interval
                else ""
            )
            card.say(
                t(
                    "{measure}: α {figure:.2f} on {n}{span}",
                    measure=t(pipeline.MEASURES[one.measure]),
                    figure=figure.value,
                    n=counted(figure.n, "item"),
                    span=span,
                ),
                "",
            )
    if not shared:
        card.say(t("No two auditors have judged the same episode blindly yet."))
    return card.lead("page-oversight", t("Go to oversight"))


def effect(found: Overview, compared: Sequence[pipeline.Comparison]) -> Card:
    """What left, and whether failures came back after it."""
    card = Card(t("Bundles and their effect"))
    if not found.bundles:
        card.say(t("No bundle has left this desk."))
    else:
        last = found.bundles[0]
        what = counted(len(last.corrections), "correction")
        card.say(
            t(
                "{bundles}; the last, with {what}, on {at}.",
                bundles=counted(len(found.bundles), "bundle"),
                what=what,
                at=day(last.at),
            ),
            "",
        )
        for one in compared[:3]:
            card.say(
                t(
                    "{effect}: {verdict} Since: {words}.",
                    effect=called(one.effect.title),
                    verdict=inside(one.verdict),
                    words=one.after.words,
                )
            )
    return card.lead("page-bundles", t("Go to the bundles"))
