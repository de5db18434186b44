"""What a person without a mouse, or without the screen, finds in a window: what the keyboard reaches, how it is called
for a screen reader, and whether one sees where the keyboard is."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

WORKED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)
"""What is pressed, chosen from or typed into."""
AROUND = 4
"""Pixels around a widget that may show that it has the keyboard."""


def inside(root: QWidget) -> Iterator[QWidget]:
    """Every widget of *root* that can be used now. Parts of a widget, such as the line of a spin box, are not told."""
    for widget in root.findChildren(QWidget):
        whole = not isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QAbstractItemView)
        if widget.isVisible() and widget.isEnabled() and widget.window() is root.window() and whole:
            yield widget


def reached(widget: QWidget) -> bool:
    """Whether the Tab key comes to *widget*."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def called(widget: QWidget) -> str:
    """How a screen reader calls *widget*."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip()


def unreached(root: QWidget) -> list[str]:
    """What can be worked with a mouse only. Arrow keys go between buttons of which one is chosen."""
    missed = [widget for widget in inside(root) if isinstance(widget, WORKED) and not reached(widget)]
    return [about(widget) for widget in missed if not _beside_one_that_is_reached(widget)]


def _beside_one_that_is_reached(widget: QWidget) -> bool:
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and any(reached(button) for button in group.buttons())


def nameless(root: QWidget) -> list[str]:
    """What the keyboard comes to and a screen reader has no name for."""
    return [about(widget) for widget in inside(root) if reached(widget) and not called(widget)]


def unlit(root: QWidget) -> list[str]:
    """What the keyboard comes to without anything on the screen that shows it."""
    found = []
    for widget in [widget for widget in inside(root) if reached(widget)]:
        if (other := next((one for one in inside(root) if reached(one) and one is not widget), None)) is None:
            continue
        other.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        before = picture(widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if widget.hasFocus() and widget.isVisible() and before == picture(widget):
            found.append(about(widget))
    return found


def picture(widget: QWidget) -> QImage:
    """What is on the screen in and around *widget*."""
    window = widget.window()
    area = QRect(widget.mapTo(window, QPoint()), widget.size()).adjusted(-AROUND, -AROUND, AROUND, AROUND)
    return window.grab(area).toImage()


def about(widget: QWidget) -> str:
    """Which widget this is, for people who mend it."""
    chain = []
    around: QWidget | None = widget
    while around is not None and not around.isWindow():
        chain.append(type(around).__name__)
        around = around.parentWidget()
    return f"{called(widget)!r} {' < '.join(chain[:5])}"
