"""The pages of the release dialog: what leaves, as which rows, what of it is sensitive, and to whom it goes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import make_form, named
from dreamdesk.gui.widgets import Button, Choice, Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line, reveal

ID = Qt.ItemDataRole.UserRole


def _list() -> QListWidget:
    """Return a list whose rows have room, and end in dots where they are too long."""
    made = QListWidget()
    made.setSpacing(2)
    made.setTextElideMode(Qt.TextElideMode.ElideRight)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _checked(text: str, identity: object, *, on: bool = True) -> QListWidgetItem:
    item = QListWidgetItem(one_line(text, 160))
    item.setData(ID, identity)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
    return item


def _chosen(items: QListWidget) -> list[object]:
    rows = (items.item(row) for row in range(items.count()))
    return [item.data(ID) for item in rows if item.checkState() is Qt.CheckState.Checked]


class LeavingPage(QWidget):
    """Which corrections leave, and whether the memory changes do.

    Signals:
        changed: Something else is chosen now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = _list()
        self.list.setAccessibleName(t("Corrections that leave"))
        self.memory = QCheckBox()
        layout = QVBoxLayout(self)
        layout.addWidget(Label(t("What is not checked stays on the desk, approved, for another bundle."), tone="muted"))
        layout.addWidget(self.list, 1)
        layout.addWidget(self.memory)
        self.list.itemChanged.connect(lambda _: self.changed.emit())
        self.memory.toggled.connect(lambda _: self.changed.emit())

    def show_preview(self, found: pipeline.Preview) -> None:
        """Show what could leave."""
        self.list.blockSignals(True)
        self.list.clear()
        for one in found.corrections:
            words = t(
                "{correction} · revision {revision}, {level}, {turns} · {one}",
                correction=one.correction,
                revision=one.revision,
                level=one.level,
                turns=counted(one.turns, "learned turn"),
                one=one.title,
            )
            self.list.addItem(_checked(words, one.correction))
        self.list.blockSignals(False)
        self.memory.blockSignals(True)
        self.memory.setVisible(bool(found.memory))
        self.memory.setText(t("With {memory}", memory=counted(len(found.memory), "decided memory change")))
        self.memory.setChecked(bool(found.memory))
        self.memory.blockSignals(False)

    def leave_out(self, correction: int) -> None:
        """Take *correction* out."""
        for row in range(self.list.count()):
            if self.list.item(row).data(ID) == correction:
                self.list.item(row).setCheckState(Qt.CheckState.Unchecked)

    def corrections(self) -> frozenset[int]:
        """Return the ids of the corrections that leave."""
        return frozenset(int(str(identity)) for identity in _chosen(self.list))

    def all_chosen(self) -> bool:
        """Tell whether nothing is left out."""
        return len(self.corrections()) == self.list.count()


class RowsPage(QWidget):
    """Which training formats are written, and what their first rows look like."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: dict[str, pipeline.FormatRows] = {}
        self.list = _list()
        self.list.setAccessibleName(t("Training formats that are written"))
        self.about = Label("", tone="muted", wrap=True)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(t("First rows of the format"))
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(theme.current().small, mono=True))
        right = QVBoxLayout()
        right.addWidget(self.about)
        right.addWidget(self.text, 1)
        layout = QHBoxLayout(self)
        layout.addWidget(self.list, 2)
        layout.addLayout(right, 3)
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))

    def show_preview(self, found: pipeline.Preview) -> None:
        """Show the formats, those first that have rows."""
        self._samples = {rows.name: rows for rows in found.rows}
        self.list.clear()
        for rows in sorted(found.rows, key=lambda rows: not rows.count):
            item = _checked(f"{rows.name}  ·  {counted(rows.count, 'row')}", rows.name, on=rows.chosen)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def formats(self) -> frozenset[str]:
        """Return the names of the formats that are written."""
        return frozenset(str(name) for name in _chosen(self.list))

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        rows = self._samples[str(item.data(ID))]
        self.about.setText(f"{t(rows.title)} · {rows.path}")
        told = [reveal(json.dumps(json.loads(line), indent=1, ensure_ascii=False)[:SHOWN]) for line in rows.samples]
        self.text.setPlainText("\n\n".join(told) or t("None of the corrections can be said in this format."))


SHOWN = 20_000
"""Characters of one row that are shown."""


class LeaksPage(QWidget):
    """Secrets and personal data in what leaves, each with what can be done about it.

    Signals:
        caseWanted: the episode that is to be looked at.
        leftOut: the correction that is not to leave.
        changed: a reason was given.
    """

    caseWanted = Signal(int)
    leftOut = Signal(int)
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.waived: dict[int, str] = {}
        self._found: tuple[pipeline.Leak, ...] = ()
        self._kept_back: frozenset[pipeline.Leak] = frozenset()
        self.about = Label("", tone="muted", wrap=True)
        self.list = _list()
        self.list.setAccessibleName(t("Secrets and personal data that would leave"))
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(t("Why it may leave all the same"))
        self.reason.setAccessibleName(t("Why it may leave all the same"))
        self.case, self.out = Button(t("Go to the case")), Button(t("Leave it out"))
        self.waive, self.waive_all = Button(t("May leave")), Button(t("All may leave"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(self.reason, 1)
        for button in (self.waive, self.waive_all, self.out, self.case):
            button.setAutoDefault(False)
            row.addWidget(button)
        layout.addLayout(row)
        self.case.clicked.connect(self._to_case)
        self.out.clicked.connect(self._leave_out)
        self.waive.clicked.connect(lambda: self._waive(self._selected()))
        self.waive_all.clicked.connect(lambda: self._waive(self._found))
        self.reason.textChanged.connect(lambda _: self._enable())
        self.list.itemSelectionChanged.connect(self._enable)

    def show_preview(self, found: pipeline.Preview) -> None:
        """Show what was found."""
        self._found, self._kept_back = found.leaks, frozenset(found.unresolved)
        self.list.clear()
        for leak in found.leaks:
            state = t("keeps it back") if leak in self._kept_back else leak.why or t("told only")
            words = t(
                "{state} · {what} {masked} · correction {correction}, {where} · {leak}",
                state=state,
                what=leak.what,
                masked=leak.masked,
                correction=leak.correction,
                where=leak.where,
                leak=leak.title,
            )
            self.list.addItem(one_line(words, 200))
        if not found.leaks:
            self.about.setText(t("Nothing of the kind was found. Names of people are not looked for."))
        else:
            kept = counted(len(found.unresolved), "item") if found.unresolved else t("none of it")
            self.about.setText(
                t(
                    "{leaks} would leave; {kept} must be dealt with first. What was corrected can be redacted by an "
                    "amendment (go to the case); what was recorded can be left out, or leave for a reason that the "
                    "ledger keeps. Names of people are not looked for.",
                    leaks=counted(len(found.leaks), "item"),
                    kept=kept,
                )
            )
        self._enable()

    def _to_case(self) -> None:
        self.caseWanted.emit(self._selected()[0].episode)

    def _leave_out(self) -> None:
        for correction in sorted({leak.correction for leak in self._selected()}):
            self.leftOut.emit(correction)

    def _selected(self) -> list[pipeline.Leak]:
        return [self._found[index.row()] for index in self.list.selectedIndexes()]

    def _waive(self, found: Sequence[pipeline.Leak]) -> None:
        self.waived |= {leak.correction: self.reason.text().strip() for leak in found}
        self.changed.emit()

    def _enable(self) -> None:
        chosen, said = bool(self.list.selectedIndexes()), bool(self.reason.text().strip())
        self.case.setEnabled(chosen)
        self.out.setEnabled(chosen)
        self.waive.setEnabled(chosen and said)
        self.waive_all.setEnabled(said and bool(self._found))


class RecipientPage(QWidget):
    """To whom it goes, and what is said about the change."""

    def __init__(self) -> None:
        super().__init__()
        self.recipient = QLineEdit()
        self.recipient.setAccessibleName(t("Recipient"))
        self.recipient.setPlaceholderText(t("kept for erasure and recall, and named in the bundle"))
        self.change = Choice(t("Determined beforehand"))
        for words, value in ((t("Not said"), None), (t("Yes"), True), (t("No"), False)):
            self.change.addItem(words, value)
        self.why = QLineEdit()
        self.why.setAccessibleName(t("Why it was determined beforehand, or why not"))
        self.why.setPlaceholderText(t("for example the part of the documentation that foresees it"))
        self.signatures = Label("", tone="muted", wrap=True)
        form = make_form()
        form.addRow(named(t("Recipient")), self.recipient)
        form.addRow(named(t("Change foreseen")), self.change)
        form.addRow(named(t("Why")), self.why)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(
            Label(
                t(
                    "Is training on this a change that was determined beforehand in the documentation of the system? "
                    "The answer stands in bag-info.txt and in the report."
                ),
                tone="muted",
                wrap=True,
            )
        )
        layout.addWidget(self.signatures)
        layout.addStretch(1)

    def show_preview(self, found: pipeline.Preview) -> None:
        """Say how many must sign."""
        self.signatures.setText(
            t("One signature makes it a bundle: yours.")
            if found.required == 1
            else t(
                "{required} people must sign. What is written now is a sealed draft with your signature; the "
                "others sign it on the page Bundles, here or on their own desks.",
                required=found.required,
            )
        )
