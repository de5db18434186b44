"""The fields that were found: an example of each, what it is, and why the desk thinks so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui.mapping import words
from dreamdesk.gui.widgets import Choice, Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.mapping import MEANINGS, Field, Found, Role, as_role

SHOWN = 150
"""Fields that have a row; those that are something come first."""
VALUES_SHOWN = 20
_CHOICE_WIDTH = 214


class FieldRow(QFrame):
    """One field.

    Signals:
        changed: What it is, or what its values mean, was changed.
    """

    changed = Signal()

    def __init__(self, found: Found, field: Field | None) -> None:
        super().__init__()
        self.found = found
        self._field = field
        self._threshold: QLineEdit | None = None
        path = one_line(found.path, 80)
        self.choice = Choice(t("What {path} is", path=path))
        self.choice.setFixedWidth(_CHOICE_WIDTH)
        self.choice.addItem(words.NOTHING, None)
        for role, title in words.ROLES.items():
            self.choice.addItem(title, role)
        self.choice.setCurrentIndex(self.choice.findData(field.role) if field else 0)
        self.choice.currentIndexChanged.connect(self._chosen)
        examples = Label("   ·   ".join(found.examples), tone="muted", elide=True)
        self.why = Label(found.why, tone="faint", role="small", wrap=True)
        self.why.setVisible(bool(found.why))
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 8, 12, 8)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        grid.addWidget(Label(path, role="strong", elide=True), 0, 0)
        grid.addWidget(Label(t("in {share:.0%}", share=found.share), tone="faint", role="small"), 0, 1)
        grid.addWidget(self.choice, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(examples, 1, 0, 1, 2)
        grid.addWidget(self.why, 2, 0, 1, 3)
        self._details = QGridLayout()
        self._details.setContentsMargins(18, 2, 0, 0)
        self._details.setHorizontalSpacing(10)
        self._details.setVerticalSpacing(4)
        self._details.setColumnStretch(0, 1)
        grid.addLayout(self._details, 3, 0, 1, 3)
        self._show_details()

    def field(self) -> Field | None:
        """Return what the field is, None when it is not read."""
        return self._field

    def _chosen(self) -> None:
        """Take up another role; the why of the proposal no longer holds."""
        role = self.choice.currentData()
        self._field = None if role is None else as_role(self.found, Role(role))
        self.why.setVisible(bool(self.found.why) and role == self.found.role)
        self._show_details()
        self.changed.emit()

    def _show_details(self) -> None:
        """Show what has to be said beside the role: what the values mean, how a time is written, what is a success."""
        while (item := self._details.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._threshold = None
        if self._field is None:
            return
        if self._field.role is Role.TIME:
            self._add_choice(t("Written as"), words.TIMES, self._field.form, self._set_form)
        written = dict(self.found.values)
        for value, means in self._field.values[:VALUES_SHOWN]:
            allowed = {str(one): words.MEANINGS.get(one, str(one)) for one in MEANINGS[self._field.role]}
            shown = t("“{value}” means", value=one_line(written.get(value, value), 60))
            self._add_choice(shown, allowed, means, lambda chosen, value=value: self._set_meaning(value, chosen))
        if (more := len(self._field.values) - VALUES_SHOWN) > 0:
            note = Label(t("{more:,} more values keep what is proposed", more=more), tone="faint", role="small")
            self._details.addWidget(note, self._details.rowCount(), 0, 1, 2)
        if self._field.role is Role.OUTCOME and self._field.threshold is not None:
            edit = QLineEdit(f"{self._field.threshold:g}")
            edit.setAccessibleName(t("Succeeded from"))
            edit.setFixedWidth(_CHOICE_WIDTH)
            edit.editingFinished.connect(lambda: self._set_threshold(edit))
            self._threshold = edit
            self._add(t("Succeeded from"), edit)

    def _add_choice(self, name: str, options: dict[str, str], chosen: str, take: object) -> None:
        choice = Choice(name)
        choice.setFixedWidth(_CHOICE_WIDTH)
        for value, title in options.items():
            choice.addItem(title, value)
        choice.setCurrentIndex(max(choice.findData(str(chosen)), 0))
        assert callable(take)
        choice.currentIndexChanged.connect(lambda index: take(choice.itemData(index)))
        self._add(name, choice)

    def _add(self, name: str, widget: QWidget) -> None:
        row = self._details.rowCount()
        self._details.addWidget(Label(name, tone="muted", elide=True), row, 0)
        self._details.addWidget(widget, row, 1)

    def _set_form(self, form: str) -> None:
        self._put(form=form)

    def _set_meaning(self, value: str, means: str) -> None:
        assert self._field is not None
        self._put(values=tuple((one, means if one == value else old) for one, old in self._field.values))

    def _set_threshold(self, edit: QLineEdit) -> None:
        assert self._field is not None
        try:
            number = float(edit.text().replace(",", "."))
        except ValueError:
            number = float("nan")
        if not abs(number) < 1e12:
            edit.setText(f"{self._field.threshold:g}")
        elif number != self._field.threshold:
            self._put(threshold=number)

    def _put(self, **parts: object) -> None:
        from dataclasses import replace

        assert self._field is not None
        self._field = replace(self._field, **parts)  # type: ignore[arg-type]  # the parts are those of a field
        self.changed.emit()


class FieldsPanel(QScrollArea):
    """All fields, those that are something first.

    Signals:
        changed: One of them was changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[FieldRow] = []
        self._rest: list[Field] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_fields(self, found: Sequence[Found], fields: Sequence[Field]) -> None:
        """Show *found*, of which *fields* are proposed to be something."""
        proposed = {field.path: field for field in fields}
        order = sorted(found, key=lambda one: one.path not in proposed)
        page = QWidget()
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows = [FieldRow(one, proposed.get(one.path)) for one in order[:SHOWN]]
        self._rest = [proposed[one.path] for one in order[SHOWN:] if one.path in proposed]
        for row in self.rows:
            row.changed.connect(self.changed)
            column.addWidget(row)
        if more := len(order) - len(self.rows):
            column.addWidget(Label(t("{more:,} more fields are not shown.", more=more), tone="muted", wrap=True))
        column.addStretch(1)
        self.setWidget(page)

    def fields(self) -> tuple[Field, ...]:
        """Return what the fields are, without those that are not read."""
        return (*(field for row in self.rows if (field := row.field()) is not None), *self._rest)
