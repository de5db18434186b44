"""The head of a page: its title, what there is to say of its state, and the buttons beside."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dreamdesk.gui.widgets.label import Label


def page_head(page: QWidget, title: str, state: QWidget | None = None) -> tuple[QVBoxLayout, QHBoxLayout]:
    """Begin *page* with its head; return the page's column, and the row of the head for what stands beside the words.

    What comes below is added to the column before it is filled: whatever is moved is styled again by Qt.
    """
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    row, words = QHBoxLayout(), QVBoxLayout()
    column.addLayout(row)
    row.addLayout(words, 1)
    row.setContentsMargins(18, 14, 18, 10)
    row.setSpacing(8)
    words.setSpacing(4)
    words.addWidget(Label(title, role="title"))
    if state is not None:
        words.addWidget(state)
    return column, row
