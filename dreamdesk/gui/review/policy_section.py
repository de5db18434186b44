"""The rules that the agent was bound by: the clause that matters here, and the way to the whole text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import actions
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.clause import Clause, clauses
from dreamdesk.gui.review.parts import Link
from dreamdesk.gui.widgets import Label, Section
from dreamdesk.language import t
from dreamdesk.model.text import one_line

EXCERPT = 320


class PolicySection(Section):
    """A clause of the policy.

    Signals:
        opened: The whole policy is wanted.
    """

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Policy"), parent=parent)

    def show_case(self, case: Case, *, shown: bool) -> None:
        """Show the clause closest to the evidence of *case*, or the first while the desk's view is not *shown*."""
        self.clear()
        policy = case.episode.policy
        if not policy.strip():
            self.add(Label(t("The trace holds no policy or system prompt."), tone="muted", wrap=True))
            return
        close = case.clause if shown else None
        clause = close or next(iter(clauses(policy)), Clause("", policy))
        if clause.heading:
            self.add(Label(one_line(clause.heading, EXCERPT), role="strong", wrap=True))
        self.add(Label(one_line(clause.text, EXCERPT), wrap=True))
        note = t("The clause that shares the rarest words with the evidence.") if close else t("How the policy begins.")
        self.add(Label(note, tone="muted", role="small", wrap=True))
        link = Link(t("Open policy"), actions.get("policy").keys[0])
        link.clicked.connect(self.opened)
        self.body.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
