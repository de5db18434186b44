"""The family of the episode on the screen: how many share its cause, and what was decided on the first of them."""

from __future__ import annotations

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dreamdesk import actions, pipeline
from dreamdesk.desk.families import called
from dreamdesk.desk.patterns import Member
from dreamdesk.gui import theme
from dreamdesk.gui.review.decision_section import DONE
from dreamdesk.gui.review.parts import Link
from dreamdesk.gui.widgets import Label
from dreamdesk.language import inside, quoted, t
from dreamdesk.model.text import one_line

NAME_WIDTH = 420
"""Pixels that the name of a family may take before it is cut."""

FIRST_WIDTH = 160
"""Pixels that are kept for what was decided, however long the name is."""


def first_words(member: Member, episode: int) -> str:
    """Return what was decided on the first of the family, in a sentence."""
    if member.first is None:
        return t("none decided yet")
    verdict, auditor, reason, comment, first = member.first
    title = next((inside(known.title) for known in pipeline.reasons() if known.code == reason), reason)
    said = ", ".join(part for part in (title, quoted(one_line(comment, 120)) if comment else "") if part)
    whose = t("this one") if first == episode else t("the first")
    return t("{whose} was {done} by {auditor}", whose=whose, done=DONE[verdict], auditor=one_line(auditor, 40)) + (
        f": {said}" if said else ""
    )


class FamilyStrip(QWidget):
    """One line between the head of an episode and its timeline; hidden where the episode has no family.

    Signals:
        nextWanted: The next episode of the family is to be shown.
    """

    nextWanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.member: Member | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 18, 7)
        row.setSpacing(10)
        self.name = Label("", role="strong", elide=True)
        # An elided label has no width of its own in a layout; this one takes what it needs, up to a limit.
        self.name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.name.setMaximumWidth(NAME_WIDTH)
        self.place = Label("", tone="muted")
        self.first = Label("", tone="muted", elide=True)
        self.first.setMinimumWidth(FIRST_WIDTH)
        self.next = Link(t("Next of the family"), actions.get("family").keys[0])
        self.next.clicked.connect(self.nextWanted)
        row.addWidget(Label(t("Family"), tone="accent", role="strong"))
        row.addWidget(self.name)
        row.addWidget(self.place)
        row.addWidget(self.first, 1)
        row.addWidget(self.next)
        theme.changed.connect(self.update)
        self.hide()

    def show_member(self, member: Member | None, episode: int, *, shown: bool) -> None:
        """Show where *episode* stands in its family, only if the desk's view of it is *shown*."""
        self.member = member if shown else None
        self.setVisible(self.member is not None)
        if self.member is None:
            return
        self.name.setText(called(self.member.title))
        self.place.setText(t("{place:,} of {size:,}", place=self.member.place, size=self.member.size))
        self.first.setText(first_words(self.member, episode))
        self.next.setVisible(self.member.following is not None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.mix("accent_soft", "panel", 0.5))
        painter.fillRect(QRect(0, 0, self.width(), 1), theme.color("line"))
