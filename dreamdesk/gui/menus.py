"""Menus and shortcuts, made from the one list of actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from dreamdesk import actions
from dreamdesk.language import t

SEPARATED = {"release", "quit", "approve", "author", "palette", "queue", "page-overview", "refresh", "about"}
"""Actions before which a menu draws a line."""
CHECKABLE = {"fullscreen"}


class Menus:
    """The window's menus. `enable` says what is there, and so what can be done.

    Attributes:
        writable: Whether the desk can be written; where it cannot, actions that change it are not offered.
    """

    def __init__(self, window: QMainWindow, do: Callable[[str], None]) -> None:
        self.writable = True
        self.actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        for group in actions.GROUPS:
            self.menus[group] = window.menuBar().addMenu(t(group))
        for action in actions.ACTIONS:
            menu = self.menus[action.group]
            if action.id in SEPARATED:
                menu.addSeparator()
            made = QAction(t(action.title), window)
            made.setObjectName(action.id)
            made.setShortcuts([QKeySequence(key) for key in action.keys])
            made.setStatusTip("")
            made.setCheckable(action.id in CHECKABLE)
            made.triggered.connect(lambda checked=False, name=action.id: do(name))
            menu.addAction(made)
            self.actions[action.id] = made
        self.enable(desk=False, episode=False, correction=False)

    def enabled(self) -> list[str]:
        """Return the ids of the actions that can be done now."""
        return [name for name, action in self.actions.items() if action.isEnabled()]

    def enable(self, *, desk: bool, episode: bool, correction: bool) -> None:
        """Enable the actions whose object is there."""
        there = {"always": True, "desk": desk, "episode": episode, "correction": correction}
        for action in actions.ACTIONS:
            can = self.writable or action.id not in actions.CHANGING
            self.actions[action.id].setEnabled(there[action.when] and can)
