"""The right side of the review page: what the officer reads before deciding, and the decision."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.decision_section import DecisionSection
from dreamdesk.gui.review.error_section import ErrorSection
from dreamdesk.gui.review.guard_section import GuardSection
from dreamdesk.gui.review.lesson_section import LessonSection
from dreamdesk.gui.review.policy_section import PolicySection
from dreamdesk.gui.widgets import Section
from dreamdesk.language import t


class Rule(QWidget):
    """A hairline between two sections."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        QPainter(self).fillRect(self.rect(), theme.color("line"))


def chain(before: QWidget, parts: Sequence[QWidget]) -> None:
    """Let Tab go from *before* through *parts*: what was made anew stands at the end of Qt's own order."""
    for part in parts:
        for widget in part.findChildren(QWidget):
            # A combo box's list is a window of its own. What was made just now is not shown yet; what was cleared away
            # is hidden on purpose.
            gone = widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
            here = widget.window() is before.window() and not gone
            if here and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                QWidget.setTabOrder(before, widget)
                before = widget


class Side(QWidget):
    """What there is to read, which scrolls, and below it the decision, which is always in sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error = ErrorSection()
        self.guard = GuardSection()
        self.lesson = LessonSection()
        self.policy = PolicySection()
        self.decision = DecisionSection()
        # It grows with each signature, and would take the room of what is read.
        self.before = Section(t("Decided so far"), self.decision.history)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (self.error, self.before, self.guard, self.lesson, self.policy):
            # As high as its wrapped lines need, which a size hint does not know.
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            column.addWidget(section)
            column.addWidget(Rule())
        column.addStretch(1)
        self.reading = QScrollArea()
        self.reading.setWidgetResizable(True)
        self.reading.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.reading.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reading.setWidget(page)
        self.decision.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.reading, 1)
        outer.addWidget(Rule())
        outer.addWidget(self.decision)

    def chain_after(self, before: QWidget) -> None:
        """Let Tab go from *before* down the panel."""
        chain(before, (self.error, self.guard, self.lesson, self.policy, self.decision))

    def show_case(self, case: Case, *, shown: bool, auditor: str) -> None:
        """Show *case*; the desk's view of it only if it may be *shown*."""
        self.error.show_case(case, shown=shown, auditor=auditor)
        self.guard.show_case(case, shown=shown)
        self.lesson.show_case(case, shown=shown)
        self.policy.show_case(case, shown=shown)
        self.decision.show_case(case, shown=shown)
        self.before.setVisible(not self.decision.history.isHidden())
