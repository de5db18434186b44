"""The mapping assistant: a file of unknown format, which field of it is what, and what comes of that."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSplitter, QWidget

from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.mapping import words
from dreamdesk.gui.mapping.fields import FieldsPanel
from dreamdesk.gui.mapping.preview import PreviewPanel
from dreamdesk.gui.widgets import Choice, Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line
from dreamdesk.pipeline import mapping
from dreamdesk.pipeline.mapping import Container, Dialect, Mapping, Preview, Proposal, Sample

_Looked = tuple[Sample, Proposal, frozenset[str]]


class MappingDialog(Frame):
    """Left the fields, right the preview, below the name under which the mapping is kept.

    *busy* says why nothing can be imported right now, "" when it can.

    Signals:
        saved: The mapping is kept; its name. The file can be imported with it.
    """

    saved = Signal(str)

    def __init__(
        self, jobs: Jobs, path: Path, actor: str, busy: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            t("What is what in {path}?", path=one_line(path.name, 60)),
            t(
                "The desk proposes what each field is, from its name and its values; change what is wrong. The "
                "mapping is kept under a name, and later files with the same fields are read with it."
            ),
            t("Save and import"),
            parent,
        )
        self.resize(1280, 840)
        self._jobs, self._path, self._busy = jobs, path, busy
        self._actor = actor or getpass.getuser()
        self._looked: _Looked | None = None
        self._lay_out()
        self.set_busy(True)
        self._look(None)

    def _lay_out(self) -> None:
        self.structure = Choice(t("What one record is"))
        self.structure.currentIndexChanged.connect(lambda index: self._propose_anew())
        self.delimiter = Choice(t("Between two fields stands"))
        for value, title in words.DELIMITERS.items():
            self.delimiter.addItem(title, value)
        self.delimiter.setFixedWidth(130)
        self.header = QCheckBox(t("The first row names the columns"))
        self.by_time = QCheckBox(t("Order the steps by their time"))
        self.delimiter.currentIndexChanged.connect(lambda index: self._look_anew())
        self.header.toggled.connect(lambda on: self._look_anew())
        self.by_time.toggled.connect(lambda on: self._preview())
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self.structure, 1)
        self.structure.hide()
        for part in (self.delimiter, self.header, self.by_time):
            top.addWidget(part)
            part.hide()
        self.body.addLayout(top)
        self.fields = FieldsPanel()
        self.fields.changed.connect(self._changed)
        self.preview = PreviewPanel()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.fields)
        split.addWidget(self.preview)
        split.setSizes([560, 680])
        self.body.addWidget(split, 1)
        self.name = QLineEdit(one_line(self._path.stem, 60))
        self.name.setAccessibleName(t("Name of the mapping"))
        self.name.setMaxLength(80)
        self.name.textChanged.connect(lambda text: self._show_replacing())
        self.replace = QCheckBox(t("Replace the mapping of that name"))
        self.replace.hide()
        bottom = QHBoxLayout()
        bottom.setSpacing(10)
        bottom.addWidget(Label(t("Keep the mapping as"), tone="muted"))
        bottom.addWidget(self.name, 1)
        bottom.addWidget(self.replace)
        self.body.addLayout(bottom)

    # Reading the sample, away from the window's thread.

    def _look(self, dialect: Dialect | None) -> None:
        """Read the first records and propose."""
        path = self._path

        def work(db: Connection, task: Task) -> _Looked:
            sample = mapping.take(path, dialect)
            return sample, mapping.propose(sample), frozenset(one.name for one in mapping.kept(db))

        self._jobs.read("mapping", work, self._show_proposal, self._refused)

    def _look_anew(self) -> None:
        """Read a table again, written otherwise than the desk thought."""
        if self._looked is not None:
            encoding = self._looked[0].dialect.encoding
            self._look(Dialect(self.delimiter.currentData(), self.header.isChecked(), encoding))

    def _propose_anew(self) -> None:
        """Propose again, the records being what was chosen."""
        chosen = self.structure.currentData()
        if self._looked is None or chosen is None:
            return
        sample, _, names = self._looked

        def work(db: Connection, task: Task) -> _Looked:
            return sample, mapping.propose(sample, chosen), names

        self._jobs.read("mapping", work, self._show_proposal, self._refused)

    def _show_proposal(self, looked: _Looked) -> None:
        """Fill in what is proposed."""
        self._looked = looked
        sample, proposal, _ = looked
        for part in (self.structure, self.delimiter, self.header, self.by_time):
            part.blockSignals(True)
        self.structure.clear()
        for one in proposal.structures:
            self.structure.addItem(words.structure(one), one)
        table = sample.container is Container.CSV
        self.delimiter.setCurrentIndex(self.delimiter.findData(sample.dialect.delimiter))
        self.header.setChecked(sample.dialect.header)
        self.by_time.setChecked(proposal.mapping.by_time)
        for part in (self.structure, self.delimiter, self.header, self.by_time):
            part.blockSignals(False)
        self.delimiter.setVisible(table)
        self.header.setVisible(table)
        self.structure.show()
        self.by_time.show()
        self.fields.show_fields(proposal.fields, proposal.mapping.fields)
        self.say("")
        self.set_busy(False)
        self._show_replacing()
        if self.fields.rows:
            self.fields.rows[0].choice.setFocus()
        self._preview()

    def _refused(self, trouble: str) -> None:
        self.preview.summary.setText("")
        self.say(trouble)

    # The preview.

    def chosen(self) -> Mapping | None:
        """Return the mapping as it is chosen now, None before the file was read."""
        if self._looked is None:
            return None
        from dataclasses import replace

        proposed = self._looked[1].mapping
        return replace(proposed, fields=self.fields.fields(), by_time=self.by_time.isChecked())

    def _changed(self) -> None:
        self.say("")
        self._preview()

    def _preview(self) -> None:
        """Show what the mapping makes of the sample."""
        chosen = self.chosen()
        if chosen is None or self._looked is None:
            return
        sample = self._looked[0]
        what = "row" if sample.container is Container.CSV else "record"
        records = counted(len(sample.records), what)
        records = t("{records} in all", records=records) if sample.whole else t("The first {records}", records=records)

        def show(preview: Preview) -> None:
            self.preview.show_preview(preview, records)
            self.set_busy(bool(preview.fault) or not preview.count)

        self._jobs.read("mapping-preview", lambda db, task: mapping.preview(sample, chosen), show, self.say)

    # Saving.

    def _show_replacing(self) -> None:
        names = self._looked[2] if self._looked else frozenset[str]()
        self.replace.setVisible(self.name.text().strip() in names)

    def go(self) -> None:
        """Keep the mapping; whoever opened the dialog then imports the file with it."""
        chosen, name = self.chosen(), self.name.text().strip()
        if trouble := self._busy():
            self.say(trouble)
            return
        if chosen is None:
            return
        self.say("")
        self.set_busy(True)
        replacing = self.replace.isVisible() and self.replace.isChecked()
        actor = self._actor

        def work(db: Connection, task: Task) -> None:
            mapping.keep(db, name, chosen, actor, replace=replacing)

        self._jobs.write("mapping-keep", work, lambda nothing: self._kept(name), self._not_kept)

    def _kept(self, name: str) -> None:
        self.saved.emit(name)
        self.accept()

    def _not_kept(self, trouble: str) -> None:
        self.set_busy(False)
        self.say(trouble)
