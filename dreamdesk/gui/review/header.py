"""The head of an episode: what it was about, who did it, how it ended and where it comes from."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dreamdesk.gui.dialogs.outcome import told
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, day, t
from dreamdesk.model.episode import Episode, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

TONES = {OutcomeState.FAILED: "error", OutcomeState.PARTIAL: "warn", OutcomeState.SUCCEEDED: "ok"}


def when(episode: Episode) -> str:
    """Return when the episode ran, in UTC, as far as the trace says; "" where it does not."""
    times = [step.at for step in episode.steps if step.at is not None]
    first = episode.started if episode.started is not None else min(times, default=None)
    if first is None:
        return ""
    last = max(times, default=first)
    began, ended = (f"{datetime.fromtimestamp(at / 1e9, UTC):%H:%M}" for at in (first, last))
    words = f"{day(first)} {began}"
    if day(last) != day(first):
        words += f" – {day(last)} {ended}"
    elif ended != began:
        words += f" – {ended}"
    return f"{words} UTC"


def outcome_words(outcome: Outcome, own: Outcome) -> str:
    """Return how the episode ended, with the detail; where an auditor says so, also what the source says."""
    if outcome.source is not OutcomeSource.AUDITOR:
        return told(outcome)
    return t(
        "{state}, {detail} · the source: {own}",
        state=t(outcome.state.value.capitalize()),
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
            counted(len(episode.steps), "step"),
            counted(len(episode.gaps), "gap") if episode.gaps else "",
            t("from {source}, {key}", source=one_line(case.source.name, 60), key=one_line(episode.key, 60)),
        )
        self.facts.setText(" · ".join(words for words in facts if words))
        self.incident.setVisible(case.incident is not None)
        if case.incident is not None:
            clock = case.incident.clock(time.time_ns())
            self.incident.setText(f"{t(case.incident.kind.called)} · {clock} · {one_line(case.incident.reason, 200)}")
        self.outcome.set_tone(TONES.get(episode.outcome.state, "muted"))
        self.outcome.setText(outcome_words(episode.outcome, case.own_outcome))
