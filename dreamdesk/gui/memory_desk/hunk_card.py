"""One hunk: what stands there, what would stand there, differences marked to the word, and whether it is taken."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.compare.cell import Cell, Heading, Mark
from dreamdesk.gui.compare.content import FOLD
from dreamdesk.gui.compare.words import differences
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.text import reveal


class HunkText(QWidget):
    """The two sides of a hunk, painted. A side without text is left out."""

    def __init__(self, before: str, after: str, names: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sides = (reveal(before.rstrip("\n")), reveal(after.rstrip("\n")))
        self._names = names
        self._both = bool(before) and bool(after)
        self._marks = differences(*self._sides) if self._both else ([], [])
        self._cells: list[Cell] = []
        self._width = -1
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(
            t("Before: {sides}. After: {after}", sides=self._sides[0][:2000], after=self._sides[1][:2000])
        )
        theme.changed.connect(self._lay_out_again)

    def hasHeightForWidth(self) -> bool:  # noqa: D102
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: D102
        return int(max((cell.height for cell in self._laid_out(width)), default=20)) + 1

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(500, self.heightForWidth(500))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        super().resizeEvent(event)
        self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        cells = self._laid_out(self.width())
        each = self.width() / max(1, len(cells))
        for number, cell in enumerate(cells):
            area = QRectF(number * each, 0, each, self.height())
            if number:
                painter.fillRect(QRectF(area.left(), 8, 1, area.height() - 16), theme.color("line"))
            cell.paint(painter, area, QRectF(event.rect()))

    def _laid_out(self, width: int) -> list[Cell]:
        if width != self._width:
            self._width = width
            shown = [n for n in (0, 1) if self._sides[n]] or [1]
            tokens = ("error", "ok")
            self._cells = [
                Cell(
                    Heading(self._names[n], "error_text" if n == 0 else "ok_text"),
                    self._sides[n],
                    "text",
                    [Mark(span, tokens[n]) for span in self._marks[n]],
                    "",
                    width / len(shown),
                )
                for n in shown
            ]
        return self._cells

    def _lay_out_again(self) -> None:
        self._width = -1
        self.updateGeometry()
        self.update()


class HunkCard(QWidget):
    """A hunk in a card, with a box that says whether it is taken; none where there is nothing to choose.

    Signals:
        toggled: The box was ticked or not: (number of the hunk, taken).
    """

    toggled = Signal(int, bool)

    def __init__(
        self,
        number: int,
        title: str,
        before: str,
        after: str,
        *,
        taken: bool | None,
        names: tuple[str, str] = (t("Now"), t("Proposed")),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.number = number
        self._texts, self._names = (before, after), names
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 8, 1, 4)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(11, 0, 12, 0)
        self.box = QCheckBox(title)
        self.box.setVisible(taken is not None)
        self.box.setChecked(bool(taken))
        self.box.toggled.connect(lambda on: self.toggled.emit(number, on))
        self.box.toggled.connect(lambda on: self.update())
        head.addWidget(self.box)
        if taken is None and title:
            head.addWidget(Label(title, tone="muted", role="strong"))
        head.addStretch(1)
        self.more = Button("")
        self.more.clicked.connect(lambda: self._show(whole=True))
        head.addWidget(self.more)
        column.addLayout(head)
        self._column = column
        self._text: HunkText | None = None
        self._show(whole=False)
        theme.changed.connect(self.update)

    def _show(self, *, whole: bool) -> None:
        """Show the text, cut at `FOLD` characters of each side unless *whole*."""
        if self._text is not None:
            self._text.hide()
            self._text.deleteLater()
        before, after = self._texts if whole else (self._texts[0][:FOLD], self._texts[1][:FOLD])
        hidden = sum(map(len, self._texts)) - len(before) - len(after)
        self.more.setText(t("Show all: {hidden:,} more characters", hidden=hidden))
        self.more.setVisible(bool(hidden))
        self._text = HunkText(before, after, self._names)
        self._column.addWidget(self._text)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = not self.box.isChecked() and self.box.isVisible()
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("window" if left else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not left:
            painter.setPen(Qt.PenStyle.NoPen)
