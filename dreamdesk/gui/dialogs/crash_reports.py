"""The crash reports on this computer: read, copied, deleted. Nothing is sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.crash import reports
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.widgets import Button, Choice, Label
from dreamdesk.language import t
from dreamdesk.model.text import reveal

LONGEST = 1 << 20
"""So many characters of a report are shown."""


class CrashReportsDialog(Frame):
    """Shows one report at a time, the newest first."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Crash reports"),
            t(
                "They lie on this computer only. A report names the program, the system and the place in the program; "
                "it may quote words from a trace, so read it before you hand it on."
            ),
            parent=parent,
        )
        self._folder = folder
        self.setMinimumWidth(720)
        self.choice = Choice(t("Report"))
        self.choice.currentIndexChanged.connect(lambda index: self._show())
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(t("What the report says"))
        self.text.setFont(theme.font(mono=True))
        self.text.setMinimumHeight(280)
        self.path = Label("", tone="muted", role="small", wrap=True)
        self.copy = Button(t("Copy"))
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        self.delete = Button(t("Delete this report"), "danger")
        self.delete.setAutoDefault(False)
        self.delete.clicked.connect(self._delete)
        for widget in (self.choice, self.text, self.path):
            self.body.addWidget(widget)
        for number, button in enumerate((self.copy, self.delete)):
            self.buttons.insertWidget(number, button)
        self._fill()
        self.choice.setFocus()

    def _fill(self) -> None:
        self.choice.clear()
        for path in reports(self._folder):
            day, clock = path.stem.split("-")[1:3]
            when = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]} UTC"
            self.choice.addItem(when, str(path))
        self._show()

    def _show(self) -> None:
        chosen = self.choice.currentData()
        try:
            words = Path(chosen).read_text(encoding="utf-8", errors="replace")[:LONGEST] if chosen else ""
        except OSError as error:
            words = t("It cannot be read: {why}.", why=error.strerror)
        self.text.setPlainText(reveal(words))
        self.path.setText(str(chosen or t("There are no reports.")))
        for button in (self.copy, self.delete):
            button.setEnabled(bool(chosen))

    def _delete(self) -> None:
        Path(str(self.choice.currentData())).unlink(missing_ok=True)
        self._fill()
