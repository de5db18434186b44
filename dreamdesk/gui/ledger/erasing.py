"""Erasing a person's words: what would go is shown first, then it goes, and the certificate is there to print."""

from __future__ import annotations

import html
import json
from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.desk.erasure import Found
from dreamdesk.desk.schema import MAX_STEPS, STEP_BITS
from dreamdesk.gui import choosing, printing
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.identity import Identity, Signer
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import counted, t
from dreamdesk.model.canonical import Json
from dreamdesk.model.text import one_line, reveal

_LISTED = 200


def _place(found: Found) -> str:
    if found.table == "step":
        return t(
            "episode {episode}, step {step}, {column}",
            episode=found.row >> STEP_BITS,
            step=found.row & MAX_STEPS - 1,
            column=found.column,
        )
    return f"{found.table.replace('_', ' ')} {found.row}, {found.column}"


class ErasingDialog(Frame):
    """Asks for the words, shows what holds them, and erases them with a reason.

    Signals:
        erased: Something was erased.
    """

    erased = Signal()
    deliberate = True

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Erase a person's words"),
            t(
                "They are taken out of every table, the index, the log, and the copies that DreamDesk made. The "
                "ledger goes on as it was, and a certificate says what was done. Bundles that left are listed, "
                "not reached."
            ),
            t("Erase"),
            parent,
        )
        self.resize(760, 680)
        self._jobs, self._identity = jobs, identity
        self._certificate: dict[str, Json] | None = None
        self.words = QPlainTextEdit()
        self.words.setAccessibleName(t("Words to erase, one text on each line"))
        self.words.setPlaceholderText(t("One text on each line: a name, an address, a number. Any case is found."))
        self.words.setTabChangesFocus(True)
        self.words.setFixedHeight(92)
        self.reason, self.ground = QLineEdit(), QLineEdit()
        self.reason.setPlaceholderText(t("Why, without the words themselves: the certificate keeps it"))
        self.ground.setPlaceholderText(t("Only where they must still be kept: the legal ground that outweighs it"))
        form = make_form()
        for name, field in ((t("Words"), self.words), (t("Reason"), self.reason), (t("Ground"), self.ground)):
            field.setAccessibleName(name)
            form.addRow(named(name), field)
        self.found = QPlainTextEdit()
        self.found.setReadOnly(True)
        self.found.setAccessibleName(t("What would be erased"))
        self.summary = Label(t("Nothing is erased before you have seen what it would be."), tone="muted", wrap=True)
        self.look, self.print_button = Button(t("Show what would go")), Button(t("Save the certificate…"))
        self.look.clicked.connect(lambda: self.preview())
        self.print_button.clicked.connect(lambda: choosing.page(self, "erasure-certificate", self._save))
        self.print_button.hide()
        for place, button in enumerate((self.look, self.print_button)):
            button.setAutoDefault(False)
            self.buttons.insertWidget(place, button)
        self.body.addLayout(form)
        self.body.addWidget(self.summary)
        self.body.addWidget(self.found, 1)
        self.words.textChanged.connect(lambda: self.set_busy(True))
        self.set_busy(True)
        self.words.setFocus()

    def _texts(self) -> list[str]:
        return [line for line in self.words.toPlainText().splitlines() if line.strip()]

    def preview(self, trouble: str = "") -> None:
        """Show what would be erased, and the *trouble* that there was with it."""
        texts = self._texts()
        self._before = trouble
        self.set_busy(True)

        def work(db: Connection, task: Task) -> pipeline.ErasurePreview:
            return pipeline.preview_erasure(db, texts)

        self._jobs.read("erasure", work, self._show, self.say)

    def _show(self, preview: pipeline.ErasurePreview) -> None:
        self.say(self._before)
        cells = Counter(found.table for found in preview.found)
        places = ", ".join(f"{table.replace('_', ' ')} {number:,}" for table, number in sorted(cells.items()))
        self.summary.setText(
            f"{counted(len(preview.found), 'place')} ({places})"
            if preview.found
            else t("These words stand nowhere here.")
        )
        lines = [f"{_place(f)}: … {one_line(f.around, 160)} …" for f in preview.found[:_LISTED]]
        if len(preview.found) > _LISTED:
            lines.append(t("and {found:,} more", found=len(preview.found) - _LISTED))
        for title, values in (
            (t("Kept bytes of sources, which are covered"), preview.sources),
            (t("Stays: names of auditors, so that nothing is erased"), preview.names),
            (t("Bundles that carry it and are not reached"), preview.bundles),
            (t("Packets that carry it and are not reached"), preview.packets),
            (t("Copies of the desk that are removed"), preview.copies),
            (t("Copies out of reach"), preview.out_of_reach),
        ):
            lines += ["", title, *(f"    {value}" for value in values)] if values else []
        self.found.setPlainText(reveal("\n".join(lines)))
        self.set_busy(not (preview.found or preview.sources) or bool(preview.names))

    def go(self) -> None:
        """Erase, under the key of whoever signs."""
        self._identity.ensure(self._erase)

    def _erase(self, signer: Signer) -> None:
        texts, reason, ground = self._texts(), self.reason.text(), self.ground.text()
        self.set_busy(True)
        self.summary.setText(t("Erasing …"))

        def work(db: Connection, task: Task) -> tuple[dict[str, Json], list[str]]:
            certificate = pipeline.erase(db, texts, reason, signer, ground)
            return certificate, [str(path) for path in pipeline.finish_erasures(db)]

        self._jobs.write("erase", work, self._done, self._failed)

    def _failed(self, words: str) -> None:
        self.preview(words)  # what stands on the desk now: part of it may be gone

    def _done(self, outcome: tuple[dict[str, Json], list[str]]) -> None:
        self._certificate, away = outcome
        self.words.clear()
        self.summary.setText(t("Erased. The certificate is on the desk; keep a copy with the request."))
        left = [t("Destroy this copy where it is: {path}", path=path) for path in away]
        self.found.setPlainText(reveal("\n".join([*left, json.dumps(self._certificate, indent=2, ensure_ascii=False)])))
        self.print_button.show()
        self.close_button.setText(t("Close"))
        self.erased.emit()

    def _save(self, path: object) -> None:
        from pathlib import Path

        text = json.dumps(self._certificate, indent=2, ensure_ascii=False)
        page = t(
            "<h2>Certificate of erasure</h2><pre style='white-space: pre-wrap'>{text}</pre>", text=html.escape(text)
        )
        self._jobs.read(
            "keep certificate", lambda db, task: printing.keep(Path(str(path)), page, t("Certificate of erasure")),
            lambda nothing: None, self.say,
        )  # fmt: skip
