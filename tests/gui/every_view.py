"""Walking through the window: every page, and every dialog that an action opens, each shown to a visitor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from officer import Officer
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from dreamdesk import actions
from dreamdesk.gui.places import PLACES

Visit = Callable[[str, QWidget], None]
"""Takes what it is called and the widget: the window on one of its pages, or a dialog over it."""

_LEAVES = {"quit", "new-window", "fullscreen", "lock", "theme"}
"""Actions that show nothing of the desk, or end the walk."""


def pages(officer: Officer) -> Iterator[str]:
    """Turn to one page after the other; yield its name when all of it is there."""
    for place in PLACES:
        officer.window.turn_to(place.name)
        officer.settle()
        officer.settle()  # what a first job has found may begin a second one
        yield place.name


def dialogs(officer: Officer) -> Iterator[tuple[str, QWidget]]:
    """Do every action on the review page; yield its id and what came up over the window, which is closed afterwards."""
    for action in actions.ACTIONS:
        if action.id in _LEAVES or action.id.startswith("page-"):
            continue
        officer.window.turn_to("review")
        officer.settle()
        if not officer.window.menus.actions[action.id].isEnabled():
            continue
        officer.window.do(action.id)
        officer.settle()
        found = QApplication.activePopupWidget() or officer.dialog()
        if found is not None and not isinstance(found, QMenu):
            yield action.id, found
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        officer.close_dialogs()


def walk(officer: Officer, visit: Visit) -> list[str]:
    """Visit every page and every dialog; return what was visited."""
    seen = []
    for name in pages(officer):
        visit(name, officer.window)
        seen.append(name)
    for name, dialog in dialogs(officer):
        visit(name, dialog)
        seen.append(name)
    return seen
