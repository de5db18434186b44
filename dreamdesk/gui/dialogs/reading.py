"""Reading a long text, such as a policy, with the passage that matters in sight."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.language import t
from dreamdesk.model.text import reveal


class ReadingDialog(Frame):
    """Shows *text*, with *passage* selected and scrolled to; words typed above are found in it."""

    def __init__(self, title: str, text: str, passage: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self.resize(760, 640)
        self.words = QLineEdit()
        self.words.setPlaceholderText(t("Find in this text…"))
        self.words.setAccessibleName(t("Find in this text"))
        self.words.textChanged.connect(self._find)
        self.words.returnPressed.connect(lambda: self._find(self.words.text(), onward=True))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(title)
        self.text.setFont(theme.font())
        self.text.setPlainText(reveal(text))
        self.body.addWidget(self.words)
        self.body.addWidget(self.text, 1)
        self.close_button.setAutoDefault(False)
        if passage:
            self._find(reveal(passage.removesuffix("…")).splitlines()[0])
        self.text.setFocus()

    def _find(self, words: str, *, onward: bool = False) -> None:
        """Select the next place where *words* stand; from the top unless *onward*."""
        if not onward:
            self.text.moveCursor(QTextCursor.MoveOperation.Start)
        if words and not self.text.find(words) and onward:
            self.text.moveCursor(QTextCursor.MoveOperation.Start)
            self.text.find(words)
        self.text.centerCursor()
