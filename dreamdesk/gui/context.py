"""Context menus: the actions that have to do with what lies under the mouse, from the one list of actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from dreamdesk.gui.menus import Menus

QUEUE = (
    "approve",
    "reject",
    "second",
    "hold",
    "",
    "mark",
    "author",
    "dream",
    "",
    "family",
    "attempts",
    "history",
    "outcome",
    "",
    "print-episode",
    "save-episode",
)
STEP = ("read", "copy", "mark", "", "error", "quote", "policy", "", "changes", "time-scale")


def offer(widget: QWidget, menus: Menus, names: Sequence[str]) -> None:
    """Let *widget* open a menu with the actions *names* on a right click or the menu key; "" draws a line."""

    def show(at: QPoint) -> None:
        menu = QMenu(widget)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in names:
            if name:
                menu.addAction(menus.actions[name])
            else:
                menu.addSeparator()
        # A scroll area tells the place within its viewport.
        shown = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        menu.popup(shown.mapToGlobal(at))

    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    widget.customContextMenuRequested.connect(show)
