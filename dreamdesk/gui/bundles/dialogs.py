"""What the page of bundles asks and shows: a reason, and the report as plain text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.widgets import Button
from dreamdesk.language import t


class ReasonDialog(Frame):
    """Asks for a reason.

    Signals:
        given: The reason; the dialog stays until whoever asked accepts it.
    """

    given = Signal(str)

    def __init__(self, title: str, explanation: str, go: str, parent: QWidget | None = None) -> None:
        super().__init__(title, explanation, go, parent)
        self.setMinimumWidth(520)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(t("Reason"))
        self.reason.setPlaceholderText(t("Reason, in a sentence that others will read"))
        self.reason.textChanged.connect(lambda text: self.set_busy(not text.strip()))
        self.body.addWidget(self.reason)
        self.set_busy(True)
        self.reason.setFocus()

    def go(self) -> None:
        """Hand over the reason."""
        self.set_busy(True)
        self.given.emit(self.reason.text().strip())

    def failed(self, words: str) -> None:
        """Say why nothing came of it."""
        self.set_busy(False)
        self.say(words)


class ReportDialog(Frame):
    """The report of a bundle as plain text: nothing in it is markup. It can be saved as page and as PDF."""

    def __init__(self, shown: pipeline.ShownBundle, text: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(t("Report"), shown.name, "", parent)
        self._shown = shown
        self._jobs = jobs
        self.resize(900, 720)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(t("Report"))
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(theme.current().small + 1, mono=True))
        self.text.setPlainText(text)
        self.body.addWidget(self.text, 1)
        for name, suffix in ((t("Save as PDF…"), "pdf"), (t("Save as page…"), "html")):
            button = Button(name)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, suffix=suffix: self._save(suffix))
            self.buttons.insertWidget(0, button)

    def _save(self, suffix: str) -> None:
        name = str(self._shown.folder.parent / f"{self._shown.name}.{suffix}")
        dialog = QFileDialog(self, t("Save the report"), name)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.fileSelected.connect(lambda chosen: self._write(Path(chosen)))
        dialog.open()

    def _write(self, path: Path) -> None:
        pdf = path if path.suffix == ".pdf" else None
        html = None if pdf else path
        self._jobs.read(
            "save-report",
            lambda db, task: pipeline.make_report(self._shown.folder, html, pdf),
            lambda _: self.say(""),
            self.say,
        )
