"""One entry of the ledger in full: what it says, who signed it, and the line that is hashed."""

from __future__ import annotations

import json

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from dreamdesk.desk.ledger_reading import Detail
from dreamdesk.gui import theme
from dreamdesk.gui.models.ledger_model import called, when
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line, reveal


class EntryDetail(QWidget):
    """The panel beside the table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Label("", role="strong", elide=True)
        self.about = Label("", tone="muted", wrap=True)
        self.fault = Label("", tone="error", wrap=True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(t("What the entry says, and its line"))
        self.text.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 18, 14)
        column.setSpacing(6)
        for label in (self.title, self.about, self.fault):
            column.addWidget(label)
        column.addWidget(self.text, 1000)
        column.addStretch(1)
        self.shown = False
        self.show_entry(None, "")

    def show_entry(self, detail: Detail | None, fault: str) -> None:
        """Show an entry, or what to do where none is chosen."""
        self.shown = detail is not None
        self.text.setVisible(self.shown)
        self.fault.setVisible(bool(fault))
        self.fault.setText(fault)
        if detail is None:
            self.title.setText(t("No entry chosen"))
            self.about.setText(t("Choose an entry to read what it says, who signed it, and the line that is chained."))
            return
        entry = detail.entry
        self.title.setText(t("Entry {seq:,} · {type}", seq=entry.seq, type=called(entry.type)))
        signed = (
            t("signed by {signed_by}", signed_by=one_line(detail.signed_by))
            if detail.signed_by
            else t("without a signature of its own")
        )
        self.about.setText(
            t(
                "{at} UTC · {actor} · {signed}",
                at=when(entry.at),
                actor=one_line(entry.actor) or t("the desk"),
                signed=signed,
            )
        )
        self.text.setFont(theme.font(theme.current().small + 1, mono=True))
        self.text.setPlainText(reveal(_words(detail)))


def _words(detail: Detail) -> str:
    said = t("(erased)") if detail.body is None else json.dumps(detail.body, indent=2, ensure_ascii=False)
    told = t("\n\nWords were erased from this; an entry of kind “erased” holds what it is committed to now.")
    return t(
        "WHAT IT SAYS\n{said}{told}\n\nLINE\n{line}\n\nHASH (SHA-256 of the line)\n{hash}",
        said=said,
        told=told if detail.erased else "",
        line=detail.line,
        hash=detail.entry.hash,
    )
