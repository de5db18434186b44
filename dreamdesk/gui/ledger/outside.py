"""Where the head of the ledger is repeated outside the desk, and a receipt to print."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from dreamdesk.desk import heads, witness
from dreamdesk.desk.database import Connection
from dreamdesk.gui import choosing, printing, theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line


class OutsideDialog(Frame):
    """Shows what is recorded outside the desk, and a receipt: to print, to keep, to compare with an older one."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Recorded outside the desk"),
            t(
                "Whoever owns this computer can put an older copy of the desk in its place. What is kept "
                "elsewhere shows it: the head of the ledger in further folders (setting “head folders”), and "
                "receipts on paper."
            ),
            parent=parent,
        )
        self.resize(720, 640)
        self._jobs = jobs
        self.places = Label(t("Looking…"), wrap=True)
        self.receipt = self._sheet(t("Receipt of now"), read_only=True)
        self.older = self._sheet(t("An older receipt"), read_only=False)
        self.older.setPlaceholderText(t("Type an older receipt in, or paste it; spaces and capitals do not matter."))
        self.answer = Label("", wrap=True)
        self.check = Button(t("Compare with the desk"))
        self.check.clicked.connect(self.compare)
        self.print_button, self.save_button = Button(t("Print…")), Button(t("Save as PDF…"))
        self.print_button.clicked.connect(lambda: printing.ask(self, self.html()))
        self.save_button.clicked.connect(lambda: choosing.page(self, "ledger-receipt", self._save))
        for widget in (
            Label(t("WHERE THE HEAD IS REPEATED"), role="heading"), self.places,
            Label(t("RECEIPT OF NOW"), role="heading"), self.receipt,
            Label(t("IS AN OLDER RECEIPT STILL TRUE?"), role="heading"), self.older, self.answer,
        ):  # fmt: skip
            self.body.addWidget(widget)
        for place, button in enumerate((self.print_button, self.save_button, self.check)):
            button.setAutoDefault(False)
            self.buttons.insertWidget(place, button)
        jobs.read("outside", self._look, self._show, self.say)

    def _sheet(self, name: str, *, read_only: bool) -> QPlainTextEdit:
        sheet = QPlainTextEdit()
        sheet.setReadOnly(read_only)
        sheet.setAccessibleName(name)
        sheet.setTabChangesFocus(True)
        sheet.setFont(theme.font(mono=True))
        sheet.setFixedHeight(sheet.fontMetrics().lineSpacing() * 10 + 44)
        return sheet

    @staticmethod
    def _look(db: Connection, task: Task) -> tuple[str, str]:
        lines = []
        for place in heads.places(db):
            if place.missing:
                state = t("not there now")
            else:
                when = t("{at:%Y-%m-%d %H:%M} UTC", at=datetime.fromtimestamp(place.at, UTC))
                state = (
                    t("contradicts: {fault}", fault=place.fault)
                    if place.fault
                    else t("agrees, entry {entries:,}, {when}", entries=place.entries, when=when)
                )
            lines.append(f"{one_line(str(place.path), 300)} – {state}")
        return "\n".join(lines), witness.receipt(db)

    def _show(self, found: tuple[str, str]) -> None:
        places, receipt = found
        self.places.setText(places)
        self.receipt.setPlainText(receipt)
        self.grow()

    def compare(self) -> None:
        """Say whether the desk still begins with what the older receipt saw."""
        text = self.older.toPlainText()

        def work(db: Connection, task: Task) -> list[str]:
            return witness.compare(db, witness.read(text))

        def done(faults: list[str]) -> None:
            self.answer.set_tone("error" if faults else "ok")
            self.answer.setText("; ".join(faults) or t("✓ The desk begins with exactly what this receipt saw."))
            self.say("")

        self._jobs.read("receipt", work, done, self.say)

    def html(self) -> str:
        """Return the receipt as a page."""
        return t("<h2>Ledger receipt</h2><pre>{receipt}</pre>", receipt=html.escape(self.receipt.toPlainText()))

    def _save(self, path: object) -> None:
        from pathlib import Path

        page = self.html()
        self._jobs.read(
            "keep receipt", lambda db, task: printing.keep(Path(str(path)), page, t("Ledger receipt")),
            lambda nothing: None, self.say,
        )  # fmt: skip
