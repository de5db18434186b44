"""The frame that every dialog of ours stands in: a heading, the content, a place for what went wrong, the buttons."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar
from weakref import ref

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from dreamdesk.gui.dialogs.message import MARGINS
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t

Number = TypeVar("Number", bound=QAbstractSpinBox)


BORDER = QSize(16, 48)
"""What the window manager adds to a dialog, about."""
AROUND = QSize(44, 176)
"""What stands around the content of a dialog: margins, heading, explanation, buttons."""


class _Page(QWidget):
    """What a dialog holds: its lists and editors become as low as they can be before any of it is scrolled."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.minimumHeightForWidth(width) if layout is not None else -1


class _Body(QScrollArea):
    """The content of a dialog: shown in full where the *room* of the dialog allows it, scrolled where not."""

    def __init__(self, content: QWidget, room: Callable[[], QSize]) -> None:
        super().__init__()
        self._page, self._room = content, room
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()  # the content needs another size than before
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        return self._page.sizeHint().boundedTo(self._most())

    def minimumSizeHint(self) -> QSize:
        least, most = self._page.minimumSizeHint(), self._most()
        if least.height() > most.height():
            least += QSize(self.verticalScrollBar().sizeHint().width(), 0)
        return least.boundedTo(most)

    def hasHeightForWidth(self) -> bool:
        return self._page.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        layout = self._page.layout()
        wanted = layout.heightForWidth(width) if layout is not None else -1
        return min(wanted, self._most().height())

    def _most(self) -> QSize:
        return self._room() - AROUND


class Frame(QDialog):
    """A dialog with `body` for its content. It is opened without blocking and deleted when it is closed.

    Attributes:
        deliberate: Whether Enter in a field only leads to the button that acts: for what cannot be taken back.
    """

    deliberate = False

    def __init__(self, title: str, explanation: str = "", go: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(*MARGINS)
        outer.setSpacing(12)
        outer.addWidget(Label(title, role="title"))
        if explanation:
            outer.addWidget(Label(explanation, tone="muted", wrap=True))
        content = _Page()
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(10)
        self._fitted = _Body(content, self.room)
        outer.addWidget(self._fitted, 1)
        self._trouble = Label("", tone="error", wrap=True)
        self._trouble.hide()
        outer.addWidget(self._trouble)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.close_button = Button(t("Cancel") if go else t("Close"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.buttons.addWidget(self.close_button)
        self.go_button: Button | None = None
        if go:
            self.go_button = Button(go, "primary")
            self.go_button.setDefault(True)
            self.go_button.clicked.connect(self.go)
            self.buttons.addWidget(self.go_button)
        outer.addLayout(self.buttons)

    def go(self) -> None:
        """Do what the dialog is for; called by its button."""
        self.accept()

    def say(self, trouble: str) -> None:
        """Show what went wrong, or nothing."""
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        self.grow()

    def grow(self) -> None:
        """Become as high as the wrapped lines need, which Qt's size hint does not know."""
        if (layout := self.layout()) is not None and self.isVisible():
            self.body.activate()
            self._fitted.updateGeometry()
            layout.activate()
            needed = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() else 0
            # Qt gives a dialog two thirds of the screen at most.
            wanted = QSize(max(self.width(), self.minimumSizeHint().width()), max(self.height(), needed))
            self.resize(wanted.boundedTo(self.room()))

    def shrink(self, width: int) -> None:
        """Become *width* pixels wide and as high as what is left needs, after parts of it were taken away."""
        self.body.activate()
        self._fitted.updateGeometry()
        if (layout := self.layout()) is not None:
            layout.activate()
        self.resize(width, 0)
        self.grow()

    def room(self) -> QSize:
        """Return the largest size that the dialog may have: what its screen, or the window below it, has."""
        below = self.parentWidget()
        size = self.screen().availableSize() - BORDER
        return size if below is None else size.expandedTo(below.window().size())

    def setMinimumWidth(self, width: int) -> None:
        """Be at least so wide, where the screen is."""
        super().setMinimumWidth(min(width, self.room().width()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show with F1 what the help says of this dialog, or of dialogs of its kind."""
        go = self.go_button
        if self.deliberate and go is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            go.setFocus(Qt.FocusReason.TabFocusReason)  # on the button itself, Enter never comes here
        elif event.key() == Qt.Key.Key_F1:
            from dreamdesk.gui.help.window import show_help

            show_help([kind.__name__ for kind in type(self).__mro__])
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Open at a height that cuts nothing off; Tab reaches the buttons as they stand, from left to right."""
        super().showEvent(event)
        items = filter(None, map(self.buttons.itemAt, range(self.buttons.count())))
        for left, right in pairwise(filter(None, (item.widget() for item in items))):
            QWidget.setTabOrder(left, right)
        self.grow()

    def trouble(self) -> str:
        """Return what the dialog says went wrong."""
        return self._trouble.full_text()

    def set_busy(self, busy: bool) -> None:
        """Let nothing be started while something runs."""
        if self.go_button is not None:
            self.go_button.setEnabled(not busy)


def closing(dialog: QDialog) -> Callable[[], None]:
    """Return what accepts *dialog* if it is still open, for a job that has more to tell than this dialog.

    It is not held: what a job found is not told to a callback that holds a widget which was closed meanwhile.
    """
    there = ref(dialog)

    def close() -> None:
        if (still := there()) is not None and isValid(still):
            still.accept()

    return close


def settle(area: QScrollArea) -> None:
    """Give what was just put into the page of *area* its room before anything of it is painted.

    By itself Qt shows the new widgets, and lets the page grow for them, only in later turns of the event loop: on a
    busy machine their rows would be seen squeezed into the page as it was.
    """
    if (page := area.widget()) is None:
        return
    for child in page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            child.show()
    if (layout := page.layout()) is not None:
        layout.activate()
    QCoreApplication.sendEvent(area, QEvent(QEvent.Type.LayoutRequest))


def make_form(page: QWidget | None = None) -> QFormLayout:
    """Return a form, on *page* if there is one, whose labels stand beside their fields."""
    form = QFormLayout(page)
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(14)
    form.setVerticalSpacing(8)
    return form


def number(box: Number, name: str) -> Number:
    """Return *box*, a spin box, with its accessible *name* and its digits where the words of other fields begin."""
    box.setAccessibleName(name)
    box.lineEdit().setTextMargins(10, 0, 0, 0)  # the style sheet's padding does not reach them
    return box


def named(name: str) -> Label:
    """Return the label of a field, as high as the field itself."""
    label = Label(name, tone="muted")
    label.setFixedHeight(QLineEdit().sizeHint().height())
    return label
