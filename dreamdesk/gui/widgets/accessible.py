"""Screen readers: a painted list of steps, exposed as a list of items."""

from __future__ import annotations

from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget


class StepList(Protocol):
    """What a painted widget tells of its items, which are numbered from 0."""

    def accessible_count(self) -> int:
        """Return the number of items."""

    def accessible_name(self, item: int) -> str:
        """Return what *item* is, in words."""

    def accessible_rect(self, item: int) -> QRect:
        """Return where *item* is painted, in the widget's coordinates."""

    def accessible_current(self) -> int:
        """Return the chosen item, or -1."""

    def accessible_item_at(self, x: int, y: int) -> int:
        """Return the item at a point of the widget, or -1."""


class _Item(QAccessibleInterface):
    def __init__(self, parent: _List, widget: QWidget, number: int) -> None:
        super().__init__()
        self._parent, self._widget, self._number = parent, widget, number
        self._list = cast(StepList, widget)

    def isValid(self) -> bool:
        return self._number < self._list.accessible_count()

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._parent.window()

    def parent(self) -> QAccessibleInterface:
        return self._parent

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        return self._list.accessible_name(self._number) if kind == QAccessible.Text.Name and self.isValid() else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        return

    def rect(self) -> QRect:
        area = self._list.accessible_rect(self._number) if self.isValid() else QRect()
        return QRect(self._widget.mapToGlobal(area.topLeft()), area.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectable = state.focusable = True
        if self._number == self._list.accessible_current():
            state.selected = True
            state.focused = self._widget.hasFocus()
        return state

    def foregroundColor(self) -> QColor:
        return self._parent.foregroundColor()

    def backgroundColor(self) -> QColor:
        return self._parent.backgroundColor()


class _List(QAccessibleWidget):
    """The list itself. Qt does not own what Python makes, so the items live here."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.List, widget.accessibleName())
        self._widget = widget
        self._items: dict[int, _Item] = {}

    def childCount(self) -> int:
        return cast(StepList, self._widget).accessible_count()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not 0 <= index < self.childCount():
            return None
        if index not in self._items:
            if len(self._items) > 4096:
                self._items.clear()
            self._items[index] = _Item(self, self._widget, index)
        return self._items[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child._number if isinstance(child, _Item) else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        local = self._widget.mapFromGlobal(QRect(x, y, 1, 1).topLeft())
        return self.child(cast(StepList, self._widget).accessible_item_at(local.x(), local.y()))

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return self.child(cast(StepList, self._widget).accessible_current())


_classes: set[str] = set()
_lists: dict[int, _List] = {}


def expose(widget: QWidget) -> None:
    """Let screen readers see *widget*, which must also be a `StepList`, as a list of items."""
    name = type(widget).__name__
    if not _classes:
        QAccessible.installFactory(cast(Any, _make))
    _classes.add(name)
    key = id(widget)
    widget.destroyed.connect(lambda: _lists.pop(key, None))


def announce(widget: QWidget, item: int) -> None:
    """Tell screen readers that *item* of *widget* is now the chosen one."""
    event = QAccessibleEvent(widget, QAccessible.Event.Focus)
    event.setChild(item)
    QAccessible.updateAccessibility(event)


def _make(name: str, thing: QObject | None) -> QAccessibleInterface | None:
    if name not in _classes or not isinstance(thing, QWidget):
        return None
    if id(thing) not in _lists:
        _lists[id(thing)] = _List(thing)
    return _lists[id(thing)]
