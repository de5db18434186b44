"""One change: what it is and who wrote it, above its hunks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.memory_desk.change_list import OPERATIONS
from dreamdesk.gui.memory_desk.hunk_card import HunkCard
from dreamdesk.gui.widgets import Button, Chip, Label
from dreamdesk.language import counted, t
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.memory import Hunk
from dreamdesk.model.text import one_line
from dreamdesk.pipeline import MemoryView

PIECE = 100
"""Hunks that are shown at once; more on demand."""


class ChangeHeader(QWidget):
    """Path, operation, author, and where the change comes from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(10)
        self.path = Label("", role="title", elide=True)
        self.operation = Chip()
        self.written = Chip(t("written already"), "warn")
        head.addWidget(self.path, 1)
        head.addWidget(self.written)
        head.addWidget(self.operation)
        column.addLayout(head)
        self.origin = Label("", tone="muted", wrap=True)
        self.notes = Label("", tone="warn", role="small", wrap=True)
        column.addWidget(self.origin)
        column.addWidget(self.notes)
        theme.changed.connect(self.update)

    def show_change(self, view: MemoryView) -> None:
        """Show what *view* is of."""
        change, about = view.row.change, view.about
        moved = f"{one_line(change.old_path, 200)} → " if change.old_path else ""
        self.path.setText(f"{moved}{change.path}")
        self.operation.set(*OPERATIONS[change.operation])
        self.written.setVisible(about.in_place)
        parts = [one_line(about.title, 120)]
        parts.append(t("by {who}", who=change.author.name) if change.author.name else t("author not recorded"))
        parts += [one_line(change.author.at[:16].replace("T", " "), 20)] if change.author.at else []
        dream = about.dream
        if dream is not None:
            parts.append(f"{one_line(dream.model, 40)}, {counted(len(dream.sessions), 'input session')}")
        self.origin.setText(" · ".join(parts))
        notes = list(about.notes)
        if about.left_out:
            first = about.left_out[0]
            notes.append(
                t(
                    "{left_out} not compared, such as {place}: {reason}",
                    left_out=counted(len(about.left_out), "path"),
                    place=first.place,
                    reason=first.reason,
                )
            )
        self.notes.setText("\n".join(_sentence(one_line(note, 300)) for note in notes[:4]))
        self.notes.setVisible(bool(notes))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))


class _Sheet(QWidget):
    """What the cards lie on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.color("window"))


class HunkList(QScrollArea):
    """The hunks of a change, each in a card.

    Signals:
        changed: Other hunks are taken; see `taken`.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(t("What changes"))
        self.taken: set[int] = set()
        self.cards: list[HunkCard] = []
        self._view: MemoryView | None = None
        sheet = _Sheet()
        theme.changed.connect(sheet.update)
        column = QVBoxLayout(sheet)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        self._column = column
        self.more = Button("")
        self.more.clicked.connect(self._more)
        self.setWidget(sheet)

    def show_change(self, view: MemoryView) -> None:
        """Show the hunks of *view*, those ticked that were put to decision last."""
        self._view = view
        self.taken = set(view.taken)
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        while self._column.takeAt(0) is not None:
            pass
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        if view.hunks:
            self._more()
        else:
            change = view.row.change
            title = t("Moved without a change") if change.after is not None and change.before else ""
            text = change.before or ""
            after = "" if change.after is None else change.after
            card = HunkCard(0, title, "" if title else text, after, taken=None, names=self._names(view))
            self._add(card)
            self.more.hide()
        self.verticalScrollBar().setValue(0)

    def _names(self, view: MemoryView) -> tuple[str, str]:
        if view.row.change.after is None:
            return (t("Deleted already") if view.about.in_place else t("Would be deleted"), "")
        return (t("Before"), t("Now")) if view.about.in_place else (t("Now"), t("Proposed"))

    def _more(self) -> None:
        """Show the next hunks."""
        view = self._view
        if view is None:
            return
        texts = pipeline.memory_texts(view)
        fixed = view.row.state is ReviewState.RELEASED
        for number in range(len(self.cards), min(len(self.cards) + PIECE, len(texts))):
            title = t(
                "Take hunk {number} of {texts} · {hunks}",
                number=number + 1,
                texts=len(texts),
                hunks=_place(view.hunks[number]),
            )
            before, after = texts[number]
            card = HunkCard(number, title, before, after, taken=number in self.taken, names=self._names(view))
            card.box.setEnabled(not fixed)
            card.toggled.connect(self._toggled)
            self._add(card)
        left = len(texts) - len(self.cards)
        self.more.setText(t("Show the next {left} of {rest:,} hunks", left=min(left, PIECE), rest=left))
        self.more.setVisible(left > 0)

    def _add(self, card: HunkCard) -> None:
        self._column.insertWidget(len(self.cards), card)
        self.cards.append(card)

    def _toggled(self, number: int, on: bool) -> None:
        """Take a hunk, or leave it."""
        self.taken = self.taken | {number} if on else self.taken - {number}
        self.changed.emit()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")


def _place(hunk: Hunk) -> str:
    first, last = hunk.new_start + 1, hunk.new_stop
    if hunk.new_start == hunk.new_stop:
        first, last = hunk.start + 1, hunk.stop
    return t("line {first}", first=first) if first == last else t("lines {first} to {last}", first=first, last=last)
