"""A section of a side panel: a heading in small capitals, and what belongs to it."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.widgets.label import Label


class Section(QWidget):
    """A heading with content below it. Put widgets into `body`, or use `add`."""

    def __init__(self, heading: str, *content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        gap = theme.current().spacing
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * gap, 2 * gap - 4, 2 * gap, 2 * gap - 4)
        outer.setSpacing(gap)
        self._heading = Label("", role="heading")
        self.set_heading(heading)
        outer.addWidget(self._heading)
        self.body = QVBoxLayout()
        self.body.setSpacing(gap - 2)
        outer.addLayout(self.body)
        for widget in content:
            self.add(widget)

    def set_heading(self, heading: str) -> None:
        """Change the heading."""
        self._heading.setText(heading.upper())
        self.setAccessibleName(heading)

    def add(self, widget: QWidget) -> None:
        """Put *widget* at the end."""
        self.body.addWidget(widget)

    def clear(self) -> None:
        """Remove and delete all content."""
        while (item := self.body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
