"""Starting: nothing slow is imported before the first paint, and the window comes up whatever it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from officer import SUPPORT, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from dreamdesk.desk.database import create
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import app, looks, theme
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.review.queue_panel import NOTHING

HEAVY = {
    "anthropic", "httpx", "sqlite_utils", "jsonschema", "attr", "referencing", "reportlab", "jiter", "ssl",
    "http.client", "urllib.request", "asyncio", "distributed", "pyarrow",
    "dreamdesk.release", "dreamdesk.memory", "dreamdesk.intake.readers", "dreamdesk.pipeline.releasing",
    "dreamdesk.gui.settings.page", "dreamdesk.gui.oversight.page", "dreamdesk.gui.bundles.page",
}  # fmt: skip
"""What a desk that is shown does not need, and takes long to import."""


def test_nothing_slow_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    desk = tmp_path / "a.desk"
    create(desk).close()
    code = f"""
        import sys
        from pathlib import Path
        from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
        from PySide6.QtWidgets import QApplication
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, {str(tmp_path)!r})
        from dreamdesk.gui import app, window

        def look():
            print(sorted(set({sorted(HEAVY)!r}) & sys.modules.keys()))
            for shown in QApplication.topLevelWidgets():
                shown.close()

        class Watch(window.Window):
            painted = False

            def event(self, event):
                if event.type() == QEvent.Type.Paint and not Watch.painted:
                    Watch.painted = True
                    print(sorted({{"dreamdesk.pipeline", "dreamdesk.gui.review.page", "sqlite3"}} & set(sys.modules)))
                    QTimer.singleShot(1500, look)
                return super().event(event)

        app.Window = Watch
        sys.exit(app.run(Path({str(desk)!r})))
    """
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=env, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    # At the first paint not even the desk; once a desk is shown still nothing that only some pages or work on it need.
    assert ran.stdout.splitlines() == ["[]", "[]"]


def test_without_a_desk_the_window_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    app.begin(officer.window, None, [])
    officer.settle()
    assert officer.window.welcome.isVisible()
    assert not officer.window.menus.actions["release"].isEnabled()
    assert officer.window.menus.actions["new"].isEnabled()
    officer.close()


def test_a_desk_that_is_not_there_is_said_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    app.begin(officer.window, tmp_path / "none.desk", [])
    officer.settle()
    assert officer.window.trouble.isVisible()
    assert "none.desk" in officer.window.trouble.words.full_text()
    assert not (tmp_path / "none.desk").exists()
    officer.close()


def test_the_last_desk_is_opened_again(qtbot: QtBot, tmp_path: Path) -> None:
    create(tmp_path / "a.desk").close()
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "a.desk")
    officer.close()
    again = Officer(qtbot, tmp_path)
    app.begin(again.window, None, [])
    again.settle()
    assert again.window.jobs.path == tmp_path / "a.desk"
    assert again.window.review.empty.isVisible()
    button = again.window.review.empty.button
    assert button is not None
    assert button.isVisible()
    again.window.review.queue.nothing = NOTHING[Tab.HELD]
    again.window.review.load(None)
    assert not button.isVisible(), "there are traces, only none of this kind"
    again.close()


def test_the_empty_review_leads_to_an_import(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "a.desk", new=True)
    officer.window.turn_to("review")
    button = officer.window.review.empty.button
    assert button is not None
    with qtbot.waitSignal(officer.window.review.importWanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    officer.settle()
    officer.close_dialogs()
    officer.close()


def test_the_theme_goes_round_and_is_remembered(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.window.memory.set_theme("dark")
    officer.window.do("theme")
    assert theme.current().name == "light"
    assert Memory().theme() == "light"
    officer.window.do("theme")
    assert Memory().theme() == "system"
    officer.close()
    looks.dress(qapp, "dark")


@pytest.mark.parametrize("name", ["dark", "light", "system"])
def test_every_theme_can_be_worn(name: str, qapp: QApplication) -> None:
    looks.dress(qapp, name)
    assert theme.current().name in ("dark", "light")
    looks.dress(qapp, "dark")


def test_window_geometry_is_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.window.resize(1111, 777)
    officer.close()
    again = Officer.__new__(Officer)
    Officer.__init__(again, qtbot, tmp_path)
    assert not Memory().geometry("window").isEmpty()
    again.close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_files_dropped_without_a_desk_start_a_new_one(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.drop([SUPPORT])
    dialog = officer.wait_dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert SUPPORT.stem in dialog.selectedFiles()[0]
    dialog.setDirectory(str(tmp_path))
    dialog.accept()
    officer.wait_dialog(ImportReportDialog)
    officer.settle()
    officer.close_dialogs()
    officer.settle()
    assert officer.window.jobs.path == tmp_path / f"{SUPPORT.stem}.desk"
    assert officer.window.review.case is not None
    officer.close()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_new_desk_never_replaces_a_file(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "mine.desk").write_text("precious")
    officer = Officer(qtbot, tmp_path)
    officer.window.do("new")
    dialog = officer.wait_dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "mine.desk"))
    dialog.accept()
    officer.settle()
    assert "already" in officer.window.trouble.words.full_text()
    assert (tmp_path / "mine.desk").read_text() == "precious"
    officer.close()
