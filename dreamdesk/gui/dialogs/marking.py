"""Marking a step as the error point: the words that show it, the kind of error that it was, and a note."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.review.parts import step_name
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.episode import Step
from dreamdesk.model.finding import Category, Quote
from dreamdesk.model.text import reveal

ROW_HEIGHT = 23
TEXT_HEIGHT = 132
TEXT_SHOWN = 40_000
"""Characters of a step that can be selected from; the comparison shows all of it."""


class MarkDialog(Frame):
    """Asks for the category of the error in a turn, and for words of its step; letters jump to a category, Enter marks.

    Signals:
        marked: The chosen `Category`, the `Quote` that was selected (or None), and the note.
    """

    marked = Signal(object, object, str)

    def __init__(
        self,
        step: Step,
        turn: Step,
        category: Category | None = None,
        must_quote: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(t("{turn} went wrong", turn=step_name(turn)), "", t("Mark"), parent)
        self.setMinimumWidth(560)
        self._step = step
        self._must_quote = must_quote
        wanted = t("Select the words that show it") + ("." if must_quote else t(", if you like."))
        self.body.addWidget(
            Label(
                t("{wanted} They become your evidence, from step {index}.", wanted=wanted, index=step.index), wrap=True
            )
        )
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(t("Text of step {index}", index=step.index))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.font(mono=True))
        self.text.setPlainText(reveal(step.content[:TEXT_SHOWN]))
        self.text.setFixedHeight(TEXT_HEIGHT)
        self.body.addWidget(self.text)
        self.body.addWidget(Label(t("What kind of error was it?")))
        self.list = QListWidget()
        self.list.setAccessibleName(t("Kind of error"))
        for kind in (*[kind for kind in Category if kind is not Category.D0], Category.D0):
            item = QListWidgetItem(t(kind.title))
            item.setData(Qt.ItemDataRole.UserRole, kind.value)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
            if kind is category:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.list.setMinimumHeight(ROW_HEIGHT * self.list.count() + 4)
        self.list.itemActivated.connect(self.go)
        self.body.addWidget(self.list)
        self.note = QLineEdit()
        self.note.setAccessibleName(t("Note"))
        self.note.setPlaceholderText(t("A note for the record (optional)"))
        self.note.setMaxLength(1_000)
        self.body.addWidget(self.note)
        (self.text if must_quote else self.list).setFocus()

    def quote(self) -> Quote | None:
        """Return the selected words, if there are any."""
        words = self.text.textCursor().selectedText().replace("\u2029", "\n").strip()
        return Quote(self._step.index, words) if words else None

    def go(self) -> None:
        """Mark, if the selected words stand in the step as they are."""
        quote = self.quote()
        if quote is None and self._must_quote:
            self.say(t("This desk asks for the words: select them above with the mouse, or with Shift and the arrows."))
            self.text.setFocus()
            return
        if quote is not None and quote.text not in self._step.content:
            self.say(t("The selection holds a hidden character, which is only written out here; leave it out."))
            return
        category = Category(self.list.currentItem().data(Qt.ItemDataRole.UserRole))
        self.accept()
        self.marked.emit(category, quote, self.note.text().strip())
