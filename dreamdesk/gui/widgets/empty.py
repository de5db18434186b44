"""What an empty screen says: that there is nothing, why, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dreamdesk.gui.widgets.button import Button
from dreamdesk.gui.widgets.label import Label


class EmptyState(QWidget):
    """A title and a hint in the middle, with an optional button.

    Signals:
        activated: the button was pressed.
    """

    activated = Signal()

    def __init__(
        self, title: str, hint: str = "", action: str = "", key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        self._title = Label(title, role="title")
        self._hint = Label(hint, tone="muted", wrap=True)
        self._hint.setMaximumWidth(460)
        self._hint.setMinimumWidth(200)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._title)
        # Between stretches, not aligned: an aligned item never gets the height that its wrapped lines need.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._hint, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        self.button: Button | None = None
        if action:
            self.button = Button(action, "plain", key)
            self.button.clicked.connect(self.activated)
            column.addSpacing(8)
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_button(self, shown: bool) -> None:
        """Show the button, if there is one, or hide it."""
        if self.button is not None:
            self.button.setVisible(shown)

    def set_texts(self, title: str, hint: str) -> None:
        """Change what is said."""
        self._title.setText(title)
        self._hint.setText(hint)
