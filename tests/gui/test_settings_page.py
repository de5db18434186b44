"""The page of settings: all there are, found by words, saved with the ledger, undone where that is honest."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import ledger, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.gui import app, motion, theme
from dreamdesk.gui.memory import REOPEN, STILL, Memory
from dreamdesk.gui.settings.page import SettingsPage
from dreamdesk.gui.settings.row import SettingRow
from dreamdesk.gui.widgets import Button
from dreamdesk.model.decision import Role

LED = {settings.REASONS, settings.CHECKLIST}
"""Settings that a dialog of their own changes, to which the page leads."""


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    made = Officer(qtbot, tmp_path)
    yield made
    motion.keep_still(False)
    made.close()


@pytest.fixture
def page(officer: Officer, tmp_path: Path) -> SettingsPage:
    officer.open(retail_desk(tmp_path))
    return officer.settings()


def rows(page: SettingsPage) -> list[str]:
    """The titles of the settings that are shown, in order."""
    return [row.title for row in page.findChildren(SettingRow) if row.isVisible()]


def test_every_setting_of_a_desk_is_on_the_page(page: SettingsPage) -> None:
    assert set(page.desk.fields) == set(settings.DEFAULTS) - LED
    for name, field in page.desk.fields.items():
        assert field.value() == settings.DEFAULTS[name], name
    assert {"Checklist and reason codes", "Guardrails and policies", "Auditors and keys"} <= set(rows(page))


def test_rows_begin_at_one_line_and_what_changes_them_comes_below_where_it_is_narrow(
    officer: Officer, page: SettingsPage
) -> None:
    shown = [row for row in page.findChildren(SettingRow) if row.isVisible()]
    officer.until(lambda: len({row.mapTo(page, row.rect().topLeft()).x() for row in shown}) == 1)
    officer.window.resize(640, 400)
    officer.until(lambda: all(row.control.geometry().left() == row.contentsRect().left() for row in shown))
    officer.until(lambda: all(row.rect().contains(row.control.geometry()) for row in shown))


def test_every_field_is_named_and_described(page: SettingsPage) -> None:
    for row in page.findChildren(SettingRow):
        assert row.control.accessibleName()
        assert row.control.accessibleDescription()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("four", "Four eyes"),
        ("retention", "Retention"),
        ("ollama", "Model address"),
        ("endpoint_host", "Opened host"),
        ("large print", "Size of everything"),
        ("personal data in every", "Guardrails and policies"),
        ("KNOWN-BAD", ""),
    ],
)
def test_a_few_words_find_a_setting(page: SettingsPage, words: str, first: str) -> None:
    QTest.keyClicks(page.search, words)
    found = rows(page)
    assert (found[0] if found else "") == first or first in found
    assert page.nothing.isVisible() is (not found)


def test_ctrl_comma_opens_the_page_with_and_without_a_desk(officer: Officer, tmp_path: Path) -> None:
    keys = QKeySequence("Ctrl+,")[0]
    QTest.keyClick(officer.focus(), keys.key(), keys.keyboardModifiers())
    assert officer.window.shown == "settings"
    page = officer.window.places["settings"]
    assert isinstance(page, SettingsPage)
    assert "Theme" in rows(page)
    assert "Four eyes" not in rows(page)
    assert page.search.hasFocus()
    officer.open(retail_desk(tmp_path))
    assert "Four eyes" in rows(officer.settings())


def test_nothing_is_in_the_desk_before_it_is_saved_and_then_it_says_since_when(
    officer: Officer, page: SettingsPage
) -> None:
    field = page.desk.fields[settings.RETENTION]
    assert isinstance(field, QWidget)
    field.setFocus()
    officer.type("6 trading desk")
    assert page.state.full_text() == "1 setting of this desk changed and not saved."
    officer.settle()
    officer.window.do("refresh")
    officer.settle()
    assert field.value() == "6 trading desk"
    assert page.desk.changed() == {settings.RETENTION: "6 trading desk"}
    page.save.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert page.desk.changed() == {}
    assert officer.window.jobs.path is not None
    db = open_desk(officer.window.jobs.path, readonly=True)
    entry = ledger.page(db, 0, 1)[0]
    assert entry.subject == "retention: (none) → 6 trading desk"
    changed = settings.last_changes(db)[settings.RETENTION]
    assert (changed.entry, changed.at, changed.by, changed.signed) == (entry.seq, entry.at, entry.actor, False)
    db.close()
    note = page.desk._rows[settings.RETENTION].foot.full_text()
    assert f"not signed (entry {entry.seq:,})" in note
    assert page.desk._rows[settings.FOUR_EYES].foot.full_text() == "As it came."


def test_a_refused_value_keeps_the_others_on_the_screen_and_says_why(officer: Officer, page: SettingsPage) -> None:
    officer.change_settings(token_limit="many", cost_limit="5")
    assert "many" in page.state.full_text()
    assert set(page.desk.changed()) == {settings.TOKEN_LIMIT, settings.COST_LIMIT}
    QTest.keyClick(page.discard, Qt.Key.Key_Space)
    assert page.desk.changed() == {}
    assert not page.save.isVisible()


def test_the_page_says_who_may_change_what(officer: Officer, page: SettingsPage) -> None:
    assert "no administrator yet" in page.desk.who()
    assert officer.window.jobs.path is not None
    db = open_desk(officer.window.jobs.path)
    pipeline.add_auditor(db, "Ada", Role.ADMINISTRATOR, PASSPHRASE)
    db.close()
    officer.window.do("refresh")
    officer.settle()
    assert "Only an administrator" in page.desk.who()
    assert "Ada" in page.desk.who()
    page.desk.fields[settings.FOUR_EYES].put("on")
    QTest.keyClick(page.save, Qt.Key.Key_Space)
    officer.settle()
    assert officer.dialog() is not None
    assert page.desk.changed() == {settings.FOUR_EYES: "on"}  # left, and nothing was changed
    officer.close_dialogs()
    assert page.save.isEnabled()


def test_preferences_hold_at_once_and_are_undone_one_by_one(officer: Officer, page: SettingsPage) -> None:
    memory, program = officer.window.memory, page.program
    was = memory.theme()
    program.theme.put("light")
    program.still.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert theme.current().name == "light"
    assert motion.is_still()
    assert Memory().is_on(STILL)
    officer.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not motion.is_still()
    assert not program.still.isChecked()
    officer.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert memory.theme() == was
    assert program.theme.value() == was
    officer.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Nothing to undo. What was signed stays" in officer.window.status.said.full_text()


def test_the_size_holds_from_the_next_start(officer: Officer, page: SettingsPage) -> None:
    page.program.scale.put("200")
    assert Memory().scale() == 200
    assert "next start" in page.program._size.foot.full_text()
    page.program.scale.put("100")
    assert page.program._size.foot.full_text() == ""


def test_forgotten_desks_come_back_by_undoing(officer: Officer, page: SettingsPage) -> None:
    desks = officer.window.memory.recent()
    assert desks
    page.program.forget.click()
    assert officer.window.memory.recent() == []
    assert not officer.window._recent.isEnabled()
    officer.window.do("undo")
    assert officer.window.memory.recent() == desks
    assert officer.window._recent.isEnabled()


def test_the_last_desk_is_opened_again_only_where_that_is_wanted(officer: Officer, tmp_path: Path) -> None:
    memory = officer.window.memory
    memory.opened(retail_desk(tmp_path))
    memory.switch(REOPEN, False)
    app.begin(officer.window, None, [])
    officer.settle()
    assert officer.window.desk() is None
    memory.switch(REOPEN, True)
    app.begin(officer.window, None, [])
    officer.settle()
    assert officer.window.desk() is not None


def test_the_first_page_offers_the_desks_opened_last(officer: Officer, tmp_path: Path) -> None:
    desk = retail_desk(tmp_path)
    officer.window.memory.opened(desk)
    officer.window.fill_recent()
    button = officer.window.welcome.findChildren(Button)[-1]
    assert (button.text(), button.accessibleDescription()) == ("retail.desk", str(desk.resolve()))
    QTest.keyClick(button, Qt.Key.Key_Space)
    officer.settle()
    assert officer.window.desk() == desk


def test_no_field_keeps_a_dropped_file_from_the_desk(officer: Officer, page: SettingsPage) -> None:
    editors = [w for w in officer.window.findChildren(QWidget) if isinstance(w, QLineEdit | QPlainTextEdit | QTextEdit)]
    assert len(editors) > 10
    assert [editor for editor in editors if editor.acceptDrops()] == []
    assert officer.window.acceptDrops()


def test_everything_is_twice_as_large_where_that_is_chosen(tmp_path: Path) -> None:
    code = f"""
        import os
        import sys
        from PySide6.QtCore import QSettings
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, {str(tmp_path)!r})
        from dreamdesk.gui import app
        from dreamdesk.gui.memory import Memory
        Memory().set_scale(200)
        opened = app.Windows.open

        def look(windows, desk, paths=()):
            window = opened(windows, desk, paths)
            def tell():
                print(window.devicePixelRatioF(), flush=True)
                os._exit(0)
            window.painted.connect(tell)
            return window

        app.Windows.open = look
        sys.exit(app.run(None))
    """
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    env.pop("QT_SCALE_FACTOR", None)
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=env, timeout=120, check=False
    )
    assert ran.stdout.split() == ["2.0"], ran.stderr
