"""The head of an episode: what it was about, who did it, how it ended and where it comes from."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dreamdesk.gui.dialogs.outcome import told
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.episode import Episode, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

TONES = {OutcomeState.FAILED: "error", OutcomeState.PARTIAL: "warn", OutcomeState.SUCCEEDED: "ok"}


def when(episode: Episode) -> str:
    """Return when the episode ran, in UTC, as far as the trace says; "" where it does not."""
    times = [step.at for step in episode.steps if step.at is not None]
    first = episode.started if episode.started is not None else min(times, default=None)
    if first is None:
        return ""
    began = datetime.fromtimestamp(first / 1e9, UTC)
    ended = datetime.fromtimestamp(max(times, default=first) / 1e9, UTC)
    day = f"{began.day} {began:%b %Y %H:%M}"
    if ended.date() != began.date():
        return t("{day} – {day_2} {ended:%b %Y %H:%M} UTC", day=day, day_2=ended.day, ended=ended)
    return (
        t("{day} – {ended:%H:%M} UTC", day=day, ended=ended)
        if f"{ended:%H:%M}" != f"{began:%H:%M}"
        else t("{day} UTC", day=day)
    )


def outcome_words(outcome: Outcome, own: Outcome) -> str:
    """Return how the episode ended, with the detail; where an auditor says so, also what the source says."""
    if outcome.source is not OutcomeSource.AUDITOR:
        return told(outcome)
    return t(
        "{state}, {detail} · the source: {own}",
        state=outcome.state.value.capitalize(),
        detail=one_line(outcome.detail, 300),
        own=told(own),
    )


class Header(QWidget):
    """Title and facts of the shown episode."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 12)
        layout.setSpacing(5)
        self.title = Label("", role="title", elide=True)
        self.facts = Label("", tone="muted", elide=True)
        self.outcome = Label("", role="strong", wrap=True)
        self.incident = Label("", tone="warn", role="strong", wrap=True)
        for label in (self.title, self.incident, self.outcome, self.facts):
            layout.addWidget(label)

    def show_case(self, case: Case) -> None:
        """Show the head of *case*."""
        episode = case.episode
        self.title.setText(one_line(episode.title, 300) or one_line(episode.key, 300))
        facts = (
            one_line(episode.agent, 60),
            one_line(episode.model, 60),
            when(episode),
            t("{steps:,} step{steps_2}", steps=len(episode.steps), steps_2="s" * (len(episode.steps) != 1)),
            t("from {source}, {key}", source=one_line(case.source.name, 60), key=one_line(episode.key, 60)),
        )
        self.facts.setText(" · ".join(words for words in facts if words))
        self.incident.setVisible(case.incident is not None)
        if case.incident is not None:
            clock = case.incident.clock(time.time_ns())
            self.incident.setText(f"{case.incident.kind.called} · {clock} · {one_line(case.incident.reason, 200)}")
        self.outcome.set_tone(TONES.get(episode.outcome.state, "muted"))
        self.outcome.setText(outcome_words(episode.outcome, case.own_outcome))
