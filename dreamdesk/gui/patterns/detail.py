"""One family: what its failures share, how it moves, whose it is, and its episodes, each to be taken by itself."""

from __future__ import annotations

from array import array

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import patterns as desk_patterns
from dreamdesk.desk.database import Connection
from dreamdesk.desk.families import called
from dreamdesk.desk.patterns import Family, Patterns
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.models.queue_model import QueueModel
from dreamdesk.gui.patterns.effect import effect_parts
from dreamdesk.gui.patterns.family_list import share
from dreamdesk.gui.patterns.trend import TrendChart, trend_words
from dreamdesk.gui.review.parts import Link, fact
from dreamdesk.gui.review.queue_delegate import HEIGHT
from dreamdesk.gui.review.queue_panel import QueueTable
from dreamdesk.gui.room import Room
from dreamdesk.gui.widgets import Label, Meter
from dreamdesk.language import counted, day, numeral, quoted, t
from dreamdesk.model.text import one_line

AGENTS_SHOWN = 4


class FamilyDetail(QWidget):
    """Shows one family.

    Signals:
        episodeWanted: Number of the episode to take in Review.
        naming: The family is to be named.
    """

    episodeWanted = Signal(int)
    naming = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.family: Family | None = None
        self.title = Label("", role="title", wrap=True)
        self.rename = Link(t("Name it"), "F2")
        self.rename.clicked.connect(self.naming)
        self.facts = QVBoxLayout()
        self.facts.setSpacing(6)
        self.chart = TrendChart()
        self.trend = Label("", tone="muted", role="small")
        self.agents = QVBoxLayout()
        self.agents.setSpacing(2)
        self.effect = QVBoxLayout()
        self.effect.setSpacing(4)
        self.model = QueueModel(jobs, self)
        self.episodes = QueueTable()
        self.episodes.setAccessibleName(t("Episodes of this family"))
        self.episodes.setModel(self.model)
        self.episodes.activated.connect(self._open)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title, 1)
        head.addWidget(self.rename, 0, Qt.AlignmentFlag.AlignTop)
        top = QVBoxLayout()
        top.setContentsMargins(18, 14, 18, 10)
        top.setSpacing(8)
        top.addLayout(head)
        top.addLayout(self.facts)
        parts = ((t("Over time"), self.chart), (t("Agent versions"), self.agents), (t("After the bundle"), self.effect))
        for heading, part in parts:
            top.addSpacing(4)
            top.addWidget(Label(heading.upper(), role="heading"))
            if isinstance(part, QWidget):
                top.addWidget(part)
                top.addWidget(self.trend)
            else:
                top.addLayout(part)
        top.addSpacing(4)
        self.heading = Label("", role="heading")
        top.addWidget(self.heading)
        self.episodes.setMinimumHeight(2 * HEIGHT)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addLayout(top)
        inside.addWidget(self.episodes, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Room(content))

    def show_family(self, family: Family, patterns: Patterns) -> None:
        """Show *family*, which is one of *patterns*."""
        fresh = self.family is None or self.family.id != family.id
        self.family = family
        self.title.setText(called(family.title))
        self.rename.setText(t("Rename") if family.name else t("Name it"))
        self.rename.updateGeometry()
        _empty(self.facts)
        for name, words in _facts(family, patterns):
            self.facts.addWidget(fact(name, words))
        self.chart.show_times(family.times, patterns.edges)
        same_day = day(patterns.edges[0]) == day(patterns.edges[-1])  # such as where only the import has a time
        self.trend.setText(t("All on one day") if same_day else _headed(trend_words(family.times)))
        _empty(self.agents)
        for agent, count in family.agents[:AGENTS_SHOWN]:
            self.agents.addWidget(fact(one_line(agent, 60) or t("not named in the trace"), _bar(count, family.size)))
        if (rest := len(family.agents) - AGENTS_SHOWN) > 0:
            self.agents.addWidget(Label(t("and {rest}", rest=counted(rest, "other")), tone="muted", role="small"))
        self.heading.setText(t("{size}, worst first", size=counted(family.size, "episode")).upper())
        if fresh:
            self.model.set_ids(array("q"))
        wanted, auditor = family.id, self.model.auditor

        def work(db: Connection, task: Task) -> tuple[int, list[int], pipeline.Comparison | None]:
            compared = {found.effect.family: found for found in pipeline.effect(db, auditor)}
            return wanted, desk_patterns.open_members(db, wanted, auditor), compared.get(wanted)

        self._jobs.read("family", work, self._show_members)

    def _show_members(self, found: tuple[int, list[int], pipeline.Comparison | None]) -> None:
        if self.family is None or found[0] != self.family.id:
            return
        _empty(self.effect)
        for part in effect_parts(found[2]):
            self.effect.addWidget(part)
        row = self.episodes.currentIndex().row()
        self.model.set_ids(array("q", found[1]))
        self.episodes.setCurrentIndex(self.model.index(max(row, 0), 0))

    def _open(self, index: QModelIndex) -> None:
        if (episode := self.model.episode(index.row())) is not None:
            self.episodeWanted.emit(episode)


def _facts(family: Family, patterns: Patterns) -> list[tuple[str, str]]:
    facts = [(t("Kind"), t(family.category.title)), (t("Severity"), t(family.severity))]
    if family.tool:
        facts.append((t("At the tool"), one_line(family.tool, 80)))
    if family.clause:
        facts.append((t("Policy clause"), quoted(one_line(family.clause, 130))))
    if family.words:
        facts.append((t("Its words"), ", ".join(family.words)))
    part = share(family.size, patterns.failures)
    facts.append(
        (
            t("Share"),
            t("{size:,} of {failures:,} failures, {part}", size=family.size, failures=patterns.failures, part=part),
        )
    )
    facts.append((t("Decided"), t("{decided:,} of {size:,}", decided=family.decided, size=family.size)))
    if family.hidden:
        facts.append((t("Not shown"), t("{hidden} that you mark first", hidden=counted(family.hidden, "episode"))))
    first, last = day(family.first), day(family.last)
    facts.append((t("Seen"), first if first == last else t("{first} to {last}", first=first, last=last)))
    return facts


def _bar(count: int, whole: int) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    meter = Meter(count / whole, "accent")
    meter.setFixedWidth(120)
    row.addWidget(meter)
    number = Label(numeral(count), role="strong")
    number.setFixedWidth(40)
    number.setAlignment(Qt.AlignmentFlag.AlignRight)
    row.addWidget(number)
    return line


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def _headed(words: str) -> str:
    """Return *words* with a capital at their head and the rest as it is."""
    return words[:1].upper() + words[1:]
