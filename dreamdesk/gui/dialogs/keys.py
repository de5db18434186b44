"""The page of keys: every action with its keys, from the one list of actions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from dreamdesk import actions
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.gui.widgets import KeyHint, Label
from dreamdesk.language import t

KEYS_WIDTH = 170
TITLE_WIDTH = 200

TIMELINE = (
    (("←", "→"), t("Step on the timeline")),
    ((",", "."), t("Previous and next mark")),
    (("Shift+←", "Shift+→"), t("Error point and candidates")),
    (("Space",), t("Between the recorded and the dreamed step")),
    (("+", "−", "0"), t("Zoom in, zoom out, all of it")),
)


def shown(key: str) -> str:
    """Return a key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


class KeysDialog(Frame):
    """Lists the keys by menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Keys"), t("A single letter works wherever no text is being edited."), parent=parent)
        self.resize(780, 660)
        page = QWidget()
        self._grid = QGridLayout(page)
        self._grid.setColumnStretch(2, 1)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(7)
        for group in actions.GROUPS:
            self._head(t(group))
            for action in actions.ACTIONS:
                if action.group == group and action.keys:
                    self._line(tuple(shown(key) for key in action.keys), t(action.title).rstrip("…"), t(action.help))
        self._head(t("Timeline"))
        for keys, words in TIMELINE:
            self._line(keys, words, "")
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName(t("Keys"))
        area.setWidget(page)
        self.body.addWidget(area, 1)

    def _head(self, words: str) -> None:
        """Begin a group."""
        label = Label(words.upper(), role="heading")
        label.setContentsMargins(0, 10, 0, 2)
        self._grid.addWidget(label, self._grid.rowCount(), 0)

    def _line(self, keys: tuple[str, ...], title: str, words: str) -> None:
        """Add one action."""
        row = self._grid.rowCount()
        caps = QWidget()
        caps.setFixedWidth(KEYS_WIDTH)
        flow = FlowLayout(caps, gap=5)
        for key in keys:
            flow.addWidget(KeyHint(key))
        name = Label(title, role="strong", wrap=True)
        name.setFixedWidth(TITLE_WIDTH)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(caps, row, 0, top)
        self._grid.addWidget(name, row, 1, top)
        self._grid.addWidget(Label(words, tone="muted", wrap=True), row, 2)
