"""The window at 640 by 400 pixels, as on a screen of 1280 by 800 where everything is shown at twice its size."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.places import PLACES
from dreamdesk.gui.room import Room

SIZE = (640, 400)


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path):
    made = Officer(qtbot, tmp_path)
    made.window.resize(*SIZE)
    made.open(retail_desk(tmp_path))
    yield made
    made.close()


def reachable(page: QWidget) -> list[QWidget]:
    """What the keyboard can be on."""
    return [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def seen(officer: Officer, widget: QWidget) -> QRect:
    """What of *widget* is on the screen, in its own coordinates."""
    return widget.visibleRegion().boundingRect()


def test_the_window_is_as_small_as_the_screen_and_shows_what_has_the_keyboard(officer: Officer) -> None:
    window = officer.window
    assert (window.width(), window.height()) == SIZE
    for place in PLACES:
        window.turn_to(place.name)
        officer.settle()
        assert (window.width(), window.height()) == SIZE, place.name
        for widget in reachable(window.pages.currentWidget()):
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            officer.bot.wait(1)
            if widget.hasFocus():
                assert not seen(officer, widget).isEmpty(), f"{place.name}: {widget} {widget.accessibleName()}"


def test_the_foot_of_the_window_makes_it_no_wider_than_the_screen(officer: Officer) -> None:
    status = officer.window.status
    status.show_auditor("Maximiliane Beispiel-Musterfrau von der Innenrevision")
    officer.settle()
    assert officer.window.width() == SIZE[0]
    assert officer.window.minimumSizeHint().width() <= SIZE[0]
    assert "Musterfrau" in status.auditor.toolTip()
    officer.window.resize(1280, 800)
    officer.settle()
    assert status.auditor.toolTip() == status.chain.toolTip() == ""


def test_pages_stand_in_a_drop_down_where_their_tabs_do_not_fit(officer: Officer) -> None:
    bar = officer.window.bar
    assert bar.choice.isVisible()
    assert not any(tab.isVisible() for tab in bar.tabs)
    officer.window.turn_to("ledger")
    assert bar.choice.currentText() == "Ledger"
    bar.choice.setFocus()
    officer.press(Qt.Key.Key_Down)
    assert officer.window.shown == "bundles"
    for part in (bar.choice, bar.search):
        assert bar.rect().contains(QRect(part.mapTo(bar, QPoint()), part.size()))
    officer.window.resize(1600, 400)
    officer.bot.waitUntil(lambda: not bar.choice.isVisible())
    assert all(tab.isVisible() for tab in bar.tabs)


def test_nothing_scrolls_where_there_is_room(officer: Officer) -> None:
    officer.window.resize(1280, 800)
    room = officer.window.findChild(Room)
    assert room is not None
    for place in PLACES:
        officer.window.turn_to(place.name)
        officer.settle()
        assert (room.horizontalScrollBar().maximum(), room.verticalScrollBar().maximum()) == (0, 0), place.name


def test_a_dialog_is_no_larger_than_its_screen(qtbot: QtBot) -> None:
    dialog = Frame("High", go="Save")
    qtbot.addWidget(dialog)
    tall = QWidget()
    tall.setMinimumSize(3_000, 3_000)
    dialog.body.addWidget(tall)
    dialog.setMinimumWidth(3_000)
    dialog.show()
    available = dialog.screen().availableSize()
    assert dialog.width() <= available.width()
    assert dialog.height() <= available.height()
    area = dialog.findChild(QScrollArea)
    assert area is not None
    assert area.verticalScrollBar().maximum() > 0
    assert dialog.go_button is not None
    assert dialog.rect().contains(dialog.go_button.geometry())
