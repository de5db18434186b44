"""One setting on the page: what it is called, what it does, since when it is as it is, and what it is changed with."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from dreamdesk.gui.widgets import Label

CONTROL_WIDTH = 270
"""Width of what a setting is changed with, where it stands beside the words."""
WIDEST = (1 << 24) - 1
"""As wide as there is room: Qt's own limit."""
NARROW = 580
"""From this width on there is room for both beside one another."""


class SettingRow(QWidget):
    """Words on the left, *control* on the right; on a narrow page, or if *below*, under the words."""

    def __init__(self, title: str, sentence: str, control: QWidget, *, other: str = "", below: bool = False) -> None:
        super().__init__()
        self.control = control
        self.title = title
        self._words = _words(f"{title} {sentence} {other}")
        self._below = below
        self._beside: bool | None = None
        control.setAccessibleName(control.accessibleName() or title)
        control.setAccessibleDescription(sentence)
        self.foot = Label("", tone="faint", role="small", wrap=True)
        self.foot.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 6)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(Label(title, role="strong", wrap=True), 0, 0)
        self._grid.addWidget(Label(sentence, tone="muted", wrap=True), 1, 0)
        self._grid.addWidget(self.foot, 2, 0)
        self._place()

    def note(self, words: str) -> None:
        """Say below the words since when it is so, or what will be."""
        self.foot.setText(words)
        self.foot.setVisible(bool(words))

    def means(self, text: str) -> bool:
        """Tell whether every word of *text* begins a word of this setting."""
        return all(any(word.startswith(start) for word in self._words) for start in _words(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the control where there is room for it."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        beside = self.width() >= NARROW and not self._below
        if beside is self._beside:
            return
        self._beside = beside
        self._grid.removeWidget(self.control)
        if beside:
            self.control.setFixedWidth(CONTROL_WIDTH)
            self._grid.addWidget(self.control, 0, 1, 3, 1, Qt.AlignmentFlag.AlignTop)
        else:
            self.control.setMinimumWidth(0)
            self.control.setMaximumWidth(WIDEST)
            self._grid.addWidget(self.control, 3, 0)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
