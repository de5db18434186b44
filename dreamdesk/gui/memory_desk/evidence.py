"""What a change rests on: each new statement with the passages of sessions that support it, and the guardrails."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dreamdesk.gui.review.guard_section import ORDER, summary
from dreamdesk.gui.review.parts import QuoteCard, ticked
from dreamdesk.gui.widgets import Chip, Label, Section
from dreamdesk.language import t
from dreamdesk.model.check import Check
from dreamdesk.model.episode import Actor
from dreamdesk.model.memory import Statement, Support
from dreamdesk.model.text import one_line

MOST = 60
"""Statements that are listed; the rest is counted."""
_TONES = {Actor.USER: "ok", Actor.TOOL: "tool", Actor.AGENT: "warn", Actor.SYSTEM: "muted"}


class SourceCard(QuoteCard):
    """A passage of a session. Activating it jumps to its step."""

    def __init__(self, support: Support, parent: QWidget | None = None) -> None:
        foot = t(
            "{actor} · {key} · step {step}",
            actor=t(support.actor.value),
            key=one_line(support.key, 40),
            step=support.step,
        )
        super().__init__(support.step, support.quote, _TONES[support.actor], foot, parent)
        self.support = support


class SourceSection(Section):
    """The new statements of the hunks that are taken, and their sources.

    Signals:
        sourceWanted: A `Support` whose step is to be shown.
    """

    sourceWanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Sources"), parent=parent)

    def show_statements(self, statements: tuple[Statement, ...], taken: Collection[int]) -> None:
        """Show what is new in the hunks *taken*."""
        self.clear()
        chosen = [statement for statement in statements if statement.hunk in taken]
        missing = sum(not statement.support for statement in chosen)
        self.set_heading(
            t("Sources · {chosen} of {all} found", chosen=len(chosen) - missing, all=len(chosen))
            if chosen
            else t("Sources")
        )
        if not chosen:
            words = t("No new statement is taken.") if statements else t("This change brings no new statement.")
            self.add(Label(words, tone="muted", wrap=True))
        for statement in sorted(chosen, key=lambda one: bool(one.support))[:MOST]:
            self.add(_said(statement))
            for support in statement.support:
                card = SourceCard(support)
                card.clicked.connect(lambda checked=False, card=card: self.sourceWanted.emit(card.support))
                self.add(card)
        if len(chosen) > MOST:
            self.add(Label(t("And {chosen:,} more statements.", chosen=len(chosen) - MOST), tone="muted"))


def _said(statement: Statement) -> QWidget:
    """Return a statement, with a chip where no source was found."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 4, 0, 0)
    row.setSpacing(8)
    row.addWidget(Label(statement.text, wrap=True), 1)
    if not statement.support:
        row.addWidget(Chip(t("no source found"), "warn"))
    return line


class MemoryGuardSection(Section):
    """The guardrails' answers on the hunks that are taken, the gravest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Guardrails"), parent=parent)

    def show_checks(self, checks: tuple[Check, ...]) -> None:
        """Show *checks*."""
        self.clear()
        self.set_heading(summary(checks))
        for check in sorted(checks, key=lambda check: ORDER[check.result]):
            self.add(ticked(check))
