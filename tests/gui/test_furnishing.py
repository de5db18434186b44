"""The frame is on the screen before what stands in it: whoever is faster than the program loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk.desk.database import create
from dreamdesk.gui.app import begin
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.places import TABS
from dreamdesk.gui.window import Window

MADE = range(4)
"""So many parts are there when the person acts: at first only the frame, at last all but the desk."""


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    memory = Memory()
    memory.set_tour_offered()
    shown = Window(memory, furnish=False)
    shown.resize(1600, 900)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow, timeout=20_000)
    yield shown
    shown.close()


def _furnish(window: Window, made: int, desk: Path | None = None) -> None:
    """Bring *window* to where *made* parts are made, and the next is about to be."""
    for _ in range(made):
        next(window._parts)
    window.furnish_in_parts(lambda: begin(window, desk, ()))


@pytest.mark.parametrize("made", MADE)
def test_a_key_pressed_early_is_acted_on(qtbot: QtBot, window: Window, made: int) -> None:
    _furnish(window, made)
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert window.shown == "settings"
    qtbot.wait(100)  # what was still to be made is not made again
    assert window.shown == "settings"
    assert window.pages.count() == len(window.places) + 2  # the welcome, and the empty one


@pytest.mark.parametrize("made", MADE)
def test_a_tab_clicked_early_is_turned_to(qtbot: QtBot, window: Window, made: int) -> None:
    _furnish(window, made)
    QTest.mouseClick(window.bar.tabs[TABS["settings"]], Qt.MouseButton.LeftButton)
    assert window.shown == "settings"
    qtbot.wait(100)
    assert window.shown == "settings"


@pytest.mark.parametrize("made", MADE)
def test_what_is_typed_into_the_search_early_is_searched_for(
    qtbot: QtBot, window: Window, desk: Path, made: int
) -> None:
    _furnish(window, made, desk)
    window.bar.search.setFocus()
    QTest.keyClicks(window.bar.search, "lamp")
    qtbot.waitUntil(lambda: window.desk() == desk, timeout=20_000)
    qtbot.waitUntil(lambda: window.review.queue.text == "lamp" and not window.jobs.busy(), timeout=20_000)
    assert window.focusWidget() is window.bar.search
    assert window.shown == "review"


@pytest.mark.parametrize("made", MADE)
def test_a_desk_opened_early_is_the_one_that_stays(qtbot: QtBot, window: Window, desk: Path, made: int) -> None:
    create(desk.with_name("last.desk")).close()
    window.memory.opened(desk.with_name("last.desk"))  # which would be opened again
    _furnish(window, made)
    window.open_desk(desk)
    qtbot.waitUntil(lambda: window.desk() is not None and not window.jobs.busy(), timeout=20_000)
    qtbot.wait(100)
    assert window.desk() == desk


@pytest.mark.parametrize("made", MADE)
def test_a_window_can_be_closed_early(qtbot: QtBot, window: Window, desk: Path, made: int) -> None:
    _furnish(window, made, desk)
    window.close()
    qtbot.wait(100)
    assert window.desk() is None


def test_keys_are_heard_while_modules_are_imported(tmp_path: Path) -> None:
    code = f"""
        import sys
        from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, {str(tmp_path)!r})
        from dreamdesk.gui import app, window

        looked = 0

        def look():
            global looked
            looked += 1
            shown = next(one for one in QApplication.topLevelWidgets() if isinstance(one, window.Window))
            if looked == 5:
                print("not there" if not hasattr(shown, "jobs") else "there")
                QTest.keyClick(shown, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
                print(shown.shown)
                QTimer.singleShot(100, shown.close)
            else:
                QTimer.singleShot(2, look)

        class Watch(window.Window):
            def furnish_in_parts(self, then):
                super().furnish_in_parts(then)
                look()

        app.Window = Watch
        sys.exit(app.run(None))
    """
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["not there", "settings"], ran.stderr
