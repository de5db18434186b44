"""The bar at the head of the window: whose program it is, its pages, and the search field."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.widgets import Choice, keycap_size, paint_keycap
from dreamdesk.language import numeral, t

HEIGHT = 46
GAP = 16
SEARCH_WIDTH = 330
SEARCH_LEAST = 120
"""The width of the search field where there is room, and where there is none."""


class Brand(QWidget):
    """The mark, a half moon, and the name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("DreamDesk")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(QFontMetrics(_bold()).horizontalAdvance("DreamDesk") + 24, 24)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        moon = QRectF(1, self.height() / 2 - 6, 12, 12)
        painter.setPen(theme.color("text"))
        painter.drawEllipse(moon)
        painter.setBrush(theme.color("text"))
        painter.drawChord(moon, 90 * 16, 180 * 16)
        painter.setFont(_bold())
        painter.drawText(self.rect().adjusted(20, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), "DreamDesk")


class PageTab(QAbstractButton):
    """The name of a page, with a count where one helps."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = ""
        self.setText(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_count(self, count: int | None) -> None:
        """Show *count* after the name, or none."""
        self._count = "" if count is None else numeral(count)
        self.setAccessibleName(f"{self.text()} {self._count}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        metrics = QFontMetrics(_bold())
        extra = metrics.horizontalAdvance(self._count) + 7 if self._count else 0
        return QSize(metrics.horizontalAdvance(self.text()) + extra + 26, 32)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            painter.setPen(theme.color("focus") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised") if self.isChecked() or self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, theme.current().radius, theme.current().radius)
        painter.setFont(_bold() if self.isChecked() else theme.font())
        painter.setPen(theme.color("text" if self.isChecked() else "muted"))
        painter.drawText(area.adjusted(13, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self._count:
            left = 13 + painter.fontMetrics().horizontalAdvance(self.text()) + 7
            painter.setFont(theme.font())
            painter.setPen(theme.color("muted"))
            painter.drawText(area.adjusted(left, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._count)


class SearchField(QLineEdit):
    """Keeps the episodes whose title, task, agent or model hold the words. Esc clears it, Enter goes to the list.

    Signals:
        left: The keyboard leaves the field.
    """

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(t("Find in the queue…"))
        self.setAccessibleName(t("Find in the queue"))
        self.setMinimumWidth(SEARCH_LEAST)
        self.setMaximumWidth(SEARCH_WIDTH)
        self.setAcceptDrops(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        super().paintEvent(event)
        if not self.text() and not self.hasFocus():
            painter = QPainter(self)
            size = keycap_size("Ctrl K")
            at = QPointF(self.width() - size.width() - 9, (self.height() - size.height()) / 2)
            paint_keycap(painter, at, "Ctrl K", theme.color("muted"), theme.color("edge"))


class TopBar(QWidget):
    """Brand, pages, search. Where the tabs do not fit beside one another, the pages stand in a drop-down instead.

    Signals:
        pageChosen: Number of the page that the person chose.
    """

    pageChosen = Signal(int)

    def __init__(self, pages: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 1)
        row.setSpacing(4)
        self._brand = Brand()
        row.addWidget(self._brand)
        row.addSpacing(GAP)
        self._group = QButtonGroup(self)
        self.tabs: list[PageTab] = []
        for number, name in enumerate(pages):
            tab = PageTab(name)
            self._group.addButton(tab, number)
            self.tabs.append(tab)
            row.addWidget(tab)
        self.choice = Choice(t("Page"))
        self.choice.addItems(pages)
        self.choice.hide()
        row.addWidget(self.choice)
        self.tabs[0].setChecked(True)
        row.addStretch(1)
        self.search = SearchField()
        row.addWidget(self.search, 1000)
        self._group.idClicked.connect(self.pageChosen)
        self._group.idToggled.connect(lambda number, on: self.choice.setCurrentIndex(number) if on else None)
        self.choice.activated.connect(self.pageChosen)
        theme.changed.connect(self.update)

    def fit(self) -> None:
        """Show the tabs where all of them fit, else the drop-down."""
        margins = self._row.contentsMargins()
        parts = [self._brand, *self.tabs]
        needed = sum(part.sizeHint().width() + self._row.spacing() for part in parts) + GAP + SEARCH_LEAST
        wide = needed <= self.width() - margins.left() - margins.right()
        for tab in self.tabs:
            tab.setVisible(wide)
        self.choice.setVisible(not wide)

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        parts = (self._brand, self.choice, self.search)
        return QSize(sum(part.minimumSizeHint().width() for part in parts) + 2 * GAP + 28, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme.color("line"))


def _bold() -> QFont:
    return theme.font(weight=QFont.Weight.DemiBold)
