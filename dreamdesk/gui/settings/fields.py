"""What a setting is changed with. Each field has its value as text, as a desk keeps it, and says when it was edited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from dreamdesk.gui.dialogs.outcome_rule import RuleField
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.widgets import Choice

ON, OFF = "on", "off"


class Field(Protocol):
    """What the page asks of a field, which is a widget."""

    @property
    def edited(self) -> SignalInstance:
        """Emitted when the person, or the program, gave it another value."""

    def value(self) -> str:
        """Return the value as text."""

    def put(self, value: str) -> None:
        """Show *value*."""


class Switch(QCheckBox):
    """On or off."""

    edited = Signal()

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.toggled.connect(lambda on: self.edited.emit())

    def value(self) -> str:
        """Return "on" or "off"."""
        return ON if self.isChecked() else OFF

    def put(self, value: str) -> None:
        """Show *value*."""
        self.setChecked(value == ON)


class Pick(Choice):
    """One of several values, each with what it is called."""

    edited = Signal()

    def __init__(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        super().__init__(name)
        for value, words in choices:
            self.addItem(words, value)
        self.currentIndexChanged.connect(lambda index: self.edited.emit())

    def value(self) -> str:
        """Return the chosen value."""
        return str(self.currentData())

    def put(self, value: str) -> None:
        """Show *value*."""
        self.setCurrentIndex(self.findData(value))


class Line(QLineEdit):
    """Words or numbers."""

    edited = Signal()

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.textChanged.connect(lambda text: self.edited.emit())

    def value(self) -> str:
        """Return what stands in the line."""
        return self.text().strip()

    def put(self, value: str) -> None:
        """Show *value*, from its beginning."""
        self.setText(value)
        self.setCursorPosition(0)


class Scores(RuleField):
    """From which score on an episode failed or succeeded."""

    edited = Signal()

    def __init__(self, jobs: Jobs) -> None:
        super().__init__(jobs)
        for part in (self.failed, self.passed):
            part.valueChanged.connect(lambda score: self.edited.emit())

    def value(self) -> str:
        """Return the rule as text."""
        return self.text()

    def put(self, value: str) -> None:
        """Show the rule *value*."""
        self.show_rule(value)


def widget_of(field: Field) -> QWidget:
    """Return *field* as the widget that it is."""
    assert isinstance(field, QWidget)
    return field
