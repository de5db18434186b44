"""Every page and dialog without a mouse or a screen: reached by keys, named, and seen where the keyboard is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import called, nameless, unlit, unreached
from officer import Officer, retail_desk
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk.gui import motion
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.places import PLACES
from dreamdesk.gui.window import Window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

DIALOGS = (
    ("reports", "packet-make", "conflicts", "outside", "erase", "release"),
    ("rules", "auditors", "review-rules", "signin", "about", "messages"),
    ("mark", "policy", "dream", "judge", "learn", "palette", "keys", "help"),
)
"""Actions that open a dialog of ours; choosing files is the system's."""
BY_ITS_FIELD = "'What the palette found'"
"""The list of the palette is walked by the arrow keys of its field."""


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    motion.keep_still(True)  # a cursor that blinks between two pictures is no light
    made = Officer(qtbot, tmp_path)
    made.open(retail_desk(tmp_path))
    made.window.do("reveal")
    made.settle()
    yield made
    motion.keep_still(False)
    made.close()


def faults(root: QWidget) -> list[str]:
    """What is wrong for the keyboard or a screen reader."""
    root.activateWindow()
    QApplication.processEvents()
    mouse_only = [words for words in unreached(root) if not words.startswith(BY_ITS_FIELD)]
    return [
        *(f"only by mouse: {words}" for words in mouse_only),
        *(f"without a name: {words}" for words in nameless(root)),
        *(f"not lit: {words}" for words in unlit(root)),
    ]


def test_every_page_is_reached_named_and_lit(officer: Officer) -> None:
    found = {}
    for place in PLACES:
        officer.window.turn_to(place.name)
        officer.settle()
        found[place.name] = faults(officer.window)
    assert {place: words for place, words in found.items() if words} == {}


@pytest.mark.parametrize("actions", DIALOGS)
def test_every_dialog_is_reached_named_and_lit(officer: Officer, actions: tuple[str, ...]) -> None:
    found = {}
    for action in actions:
        officer.window.do(action)
        officer.until(lambda: officer.dialog() is not None)
        officer.settle()
        dialog = officer.dialog()
        assert dialog is not None
        found[action] = faults(dialog)
        assert dialog.windowTitle()
        officer.close_dialogs()
        officer.settle()
    assert {action: words for action, words in found.items() if words} == {}


def test_the_first_page_is_named_and_lit_too(qtbot: QtBot, tmp_path: Path) -> None:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    motion.keep_still(True)
    window = Window(Memory())
    qtbot.addWidget(window)
    window.show()
    assert faults(window) == []
    motion.keep_still(False)


def test_the_timeline_and_the_comparison_are_lists_for_screen_readers(officer: Officer) -> None:
    review = officer.window.review
    assert review.case is not None
    steps = review.case.episode.steps
    for widget in (review.timeline, review.compare):
        told = QAccessible.queryAccessibleInterface(widget)
        assert told.role() == QAccessible.Role.List
        assert called(widget)
        assert told.childCount() >= len(steps)
        item = told.child(0)
        assert item.role() == QAccessible.Role.ListItem
        assert item.text(QAccessible.Text.Name)
