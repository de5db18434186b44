"""What the window has said since it was opened, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.notices import Notice
from dreamdesk.language import t
from dreamdesk.model.text import reveal


class MessagesDialog(Frame):
    """One line for each sentence, as text that can be read, searched and copied."""

    def __init__(self, notices: Sequence[Notice], parent: QWidget | None = None) -> None:
        super().__init__(
            t("Messages"),
            t("What this window has said since it was opened, newest first. The ledger is the record; this is not."),
            parent=parent,
        )
        self.setMinimumWidth(680)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(t("Messages"))
        self.text.setMinimumHeight(300)
        self.text.setPlainText("\n".join(map(_line, notices)) or t("Nothing has been said yet."))
        self.body.addWidget(self.text)
        self.text.setFocus()


def _line(notice: Notice) -> str:
    when = f"{datetime.fromtimestamp(notice.at):%H:%M:%S}"
    words = reveal(" ".join(notice.words.split()))
    return t("{when}  Trouble: {words}", when=when, words=words) if notice.trouble else f"{when}  {words}"
