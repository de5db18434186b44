"""The tabs of the queue, as pills with their counts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from dreamdesk.desk.queue import Tab
from dreamdesk.gui import theme
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.language import t

ALWAYS = (Tab.REVIEW, Tab.SECOND, Tab.APPROVED, Tab.REJECTED, Tab.ALL)
"""Tabs that stand there even when they are empty."""


class Pill(QAbstractButton):
    """One tab: its name and how many episodes it holds."""

    def __init__(self, tab: Tab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tab = tab
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_count(0)
        theme.changed.connect(self.update)

    def set_count(self, count: int) -> None:
        """Show how many episodes the tab holds."""
        self.setText(t("{tab} {count:,}", tab=t(self.tab.title), count=count))
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        metrics = QFontMetricsF(theme.font(theme.current().small + 1))
        return QSize(int(metrics.horizontalAdvance(self.text())) + 22, int(metrics.height()) + 9)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        chosen = self.isChecked()
        fill = "text" if chosen else "raised" if self.underMouse() else "panel"
        painter.setPen(theme.color("focus" if self.hasFocus() else "text" if chosen else "line"))
        painter.setBrush(theme.color(fill))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setFont(theme.font(theme.current().small + 1))
        painter.setPen(theme.color("panel" if chosen else "muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text())


class Pills(QWidget):
    """All tabs of the queue; one is chosen.

    Signals:
        chosen: The `Tab` that was chosen by the person.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        layout = FlowLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        group = QButtonGroup(self)
        self._pills: dict[Tab, Pill] = {}
        for tab in Tab:
            pill = Pill(tab)
            pill.setVisible(tab in ALWAYS)
            group.addButton(pill)
            layout.addWidget(pill)
            self._pills[tab] = pill
        self._pills[Tab.REVIEW].setChecked(True)
        group.buttonClicked.connect(self._clicked)

    def current(self) -> Tab:
        """Return the chosen tab."""
        return next(tab for tab, pill in self._pills.items() if pill.isChecked())

    def choose(self, tab: Tab) -> None:
        """Choose *tab*, without a signal."""
        self._pills[tab].setVisible(True)
        self._pills[tab].setChecked(True)

    def neighbour(self, step: int) -> Tab:
        """Return the tab *step* places after the chosen one, among those that are shown, in a circle."""
        shown = [tab for tab, pill in self._pills.items() if not pill.isHidden()]
        return shown[(shown.index(self.current()) + step) % len(shown)]

    def set_counts(self, counts: dict[Tab, int]) -> None:
        """Show the counts; of the rarer tabs only those that hold something."""
        for tab, pill in self._pills.items():
            pill.set_count(counts.get(tab, 0))
            pill.setVisible(tab in ALWAYS or counts.get(tab, 0) > 0 or pill.isChecked())

    def _clicked(self, pill: Pill) -> None:
        self.chosen.emit(pill.tab)
