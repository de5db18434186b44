"""Desk settings, and asking a model from the window: a real server on this computer answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from messages_server import MessagesServer, Request, computed, status
from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dreamdesk.desk import corrections, ledger, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.asking import AskModelDialog
from dreamdesk.model.correction import DreamSource

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def _desk(officer: Officer) -> Path:
    path = officer.window.jobs.path
    assert path is not None
    return path


def _dream(request: Request) -> Any:
    number = int(re.search(r"step (\d+)", request.body["messages"][0]["content"], re.I)[1])
    return {"from_step": number, "why": "It should have asked.", "turns": [{"actor": "agent", "text": "May I check?"}]}


def _set_model(officer: Officer, url: str) -> None:
    officer.change_settings(endpoint_url=url, endpoint_model="scripted")
    officer.window.do("page-review")
    officer.settle()


def test_settings_are_kept_in_the_desk_and_in_its_ledger(officer: Officer) -> None:
    page = officer.settings()
    four_eyes = page.desk.fields[settings.FOUR_EYES]
    assert not four_eyes.isChecked()
    four_eyes.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert page.save.isVisible()
    page.save.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert not page.save.isVisible()
    db = open_desk(_desk(officer), readonly=True)
    assert settings.get(db, settings.FOUR_EYES) == "on"
    assert ledger.page(db, 0, 1)[0].subject == "four_eyes: off → on"
    db.close()


def test_an_address_beyond_this_computer_is_refused_in_words_and_nothing_is_kept(officer: Officer) -> None:
    page = officer.change_settings(four_eyes="on", endpoint_url="https://models.example", endpoint_model="m")
    officer.until(lambda: "models.example" in page.state.full_text())
    db = open_desk(_desk(officer), readonly=True)
    assert settings.get(db, settings.FOUR_EYES) == "off"
    assert settings.get(db, settings.ENDPOINT_URL) == ""
    db.close()
    QTest.keyClick(page.discard, Qt.Key.Key_Space)
    assert page.desk.changed() == {}


def test_without_a_model_there_is_nothing_to_ask(officer: Officer) -> None:
    officer.press(Qt.Key.Key_D)
    dialog = officer.wait_dialog(AskModelDialog)
    officer.until(lambda: "None is switched on" in dialog.model.full_text())
    assert not dialog.go_button.isEnabled()
    dialog.reject()


def test_a_model_writes_a_correction_that_is_checked_and_shown(officer: Officer) -> None:
    case = officer.window.review.case
    assert case is not None
    with MessagesServer(computed(_dream)) as server:
        _set_model(officer, server.url)
        officer.window.do("dream")
        dialog = officer.wait_dialog(AskModelDialog)
        officer.until(lambda: dialog.go_button.isEnabled())
        assert server.url in dialog.model.full_text()
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: len(server.requests) == 1)
        officer.settle()
    db = open_desk(_desk(officer), readonly=True)
    newest = corrections.of_episode(db, case.number)[0]
    assert newest.source is DreamSource.MODEL
    assert corrections.checks(db, newest.id)[0]
    db.close()
    officer.until(lambda: officer.window.review.case.correction.id == newest.id)


def test_a_model_that_fails_is_said_in_the_dialog_and_the_desk_stays_as_it_was(officer: Officer) -> None:
    case = officer.window.review.case
    assert case is not None
    with MessagesServer(status(400)) as server:
        _set_model(officer, server.url)
        officer.window.do("dream")
        dialog = officer.wait_dialog(AskModelDialog)
        officer.until(lambda: dialog.go_button.isEnabled())
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: bool(dialog.trouble()))
        assert dialog.go_button.isEnabled()
        dialog.reject()
    officer.settle()
    db = open_desk(_desk(officer), readonly=True)
    assert all(row.source is not DreamSource.MODEL for row in corrections.of_episode(db, case.number))
    db.close()
