"""Import memory: which two states are compared, and what else is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QWidget

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button
from dreamdesk.language import t

FIELDS = (
    ("before", t("As it was"), t("Listing of memories, or a folder with CLAUDE.md, AGENTS.md, skills …")),
    ("after", t("As it is proposed"), t("The same, rewritten")),
    ("dream", t("Dream"), t("Optional: the dream object, which names the sessions")),
    ("versions", t("Versions"), t("Optional: memory versions, which name the authors")),
)


class _Field(QLineEdit):
    """A path, to which a file or a folder may be dropped."""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls()[:1]:
            self.setText(url.toLocalFile())
        event.acceptProposedAction()


class ImportMemoryDialog(Frame):
    """Asks for two states of a memory and compares them.

    Signals:
        imported: Id of the change set that was made.
    """

    imported = Signal(int)

    def __init__(self, jobs: Jobs, paths: Sequence[Path] = (), parent: QWidget | None = None) -> None:
        super().__init__(
            t("Import memory"),
            t(
                "Two states of a memory are compared, path by path: two listings of memory stores, or two "
                "folders of text. Nothing is changed by it; you decide on each difference."
            ),
            t("Compare"),
            parent,
        )
        self._jobs = jobs
        self._task: Task | None = None
        self.setMinimumWidth(800)
        form = make_form()
        self.fields: dict[str, _Field] = {}
        for name, words, hint in FIELDS:
            field = _Field()
            field.setPlaceholderText(hint)
            field.setAccessibleName(words)
            row = QHBoxLayout()
            row.addWidget(field, 1)
            row.addWidget(self._browse(field, t("File…"), QFileDialog.FileMode.ExistingFile))
            if name in ("before", "after"):
                row.addWidget(self._browse(field, t("Folder…"), QFileDialog.FileMode.Directory))
            form.addRow(named(words), row)
            self.fields[name] = field
        for field, path in zip(self.fields.values(), paths, strict=False):
            field.setText(str(path))
        self.in_place = QCheckBox(t("It stands there already: review after the fact"))
        form.addRow(named(""), self.in_place)
        self.body.addLayout(form)
        self.bar = QProgressBar()
        self.bar.hide()
        self.body.addWidget(self.bar)
        jobs.progressed.connect(self._progressed)
        self.fields["before"].setFocus()

    def _browse(self, field: QLineEdit, words: str, mode: QFileDialog.FileMode) -> Button:
        button = Button(words)
        button.setAutoDefault(False)

        def ask() -> None:
            dialog = QFileDialog(self, field.accessibleName(), field.text())
            dialog.setFileMode(mode)
            dialog.fileSelected.connect(field.setText)
            dialog.open()

        button.clicked.connect(ask)
        return button

    def go(self) -> None:
        """Compare the two."""
        named_paths = {name: field.text().strip() for name, field in self.fields.items()}
        missing = [name for name in ("before", "after") if not named_paths[name]]
        if missing:
            self.say(t("Name both states: as it was, and as it is proposed."))
            self.fields[missing[0]].setFocus()
            return
        self.say("")
        self.set_busy(True)
        self.bar.setRange(0, 0)
        self.bar.show()
        before, after, dream, versions = (
            Path(text).expanduser() if text else None for text in (named_paths[name] for name, _, _ in FIELDS)
        )
        assert before is not None
        assert after is not None
        in_place = self.in_place.isChecked()

        def work(db: Connection, task: Task) -> int:
            return pipeline.import_memory(
                db,
                before,
                after,
                dream=dream,
                versions=[versions] if versions else [],
                in_place=in_place,
                progress=task.progress,
                cancelled=task.cancelled,
            )

        self._task = self._jobs.write("import memory", work, self._done, self._failed)

    def _progressed(self, task: Task, done: int, total: int, what: str) -> None:
        """Show how far the comparison is."""
        if task is self._task and "memory" in what:
            self.bar.setRange(0, max(total, 0))
            self.bar.setValue(done)

    def _done(self, identity: int) -> None:
        """Hand over the change set and close."""
        self._task = None
        self.accept()
        self.imported.emit(identity)

    def _failed(self, words: str) -> None:
        """Say why there is nothing to compare."""
        self._task = None
        self.bar.hide()
        self.set_busy(False)
        self.say(words)

    def reject(self) -> None:
        """Close; a comparison that runs is stopped, and leaves no change set."""
        if self._task is not None:
            self._task.cancel()
        super().reject()
