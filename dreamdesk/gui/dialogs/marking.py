"""Marking a step as the error point, with the kind of error that it was."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.review.parts import step_name
from dreamdesk.gui.widgets import Label
from dreamdesk.model.episode import Step
from dreamdesk.model.finding import Category
from dreamdesk.model.text import one_line

ROW_HEIGHT = 25


class MarkDialog(Frame):
    """Asks for the category of the error at *step*; letters jump to a category, Enter marks.

    Signals:
        marked: The chosen `Category`.
    """

    marked = Signal(object)

    def __init__(self, step: Step, category: Category | None = None, parent: QWidget | None = None) -> None:
        super().__init__(f"{step_name(step)} went wrong", "", "Mark", parent)
        self.setMinimumWidth(440)
        self.body.addWidget(Label(one_line(step.content, 160), tone="muted", role="mono", wrap=True))
        self.body.addWidget(Label("What kind of error was it?"))
        self.list = QListWidget()
        self.list.setAccessibleName("Kind of error")
        for kind in (*[kind for kind in Category if kind is not Category.D0], Category.D0):
            item = QListWidgetItem(kind.title)
            item.setData(Qt.ItemDataRole.UserRole, kind.value)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
            if kind is category:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.list.setMinimumHeight(ROW_HEIGHT * self.list.count() + 4)
        self.list.itemActivated.connect(self.go)
        self.body.addWidget(self.list)
        self.list.setFocus()

    def go(self) -> None:
        """Mark."""
        category = Category(self.list.currentItem().data(Qt.ItemDataRole.UserRole))
        self.accept()
        self.marked.emit(category)
