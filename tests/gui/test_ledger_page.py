"""The ledger page: every entry, newest first, however many, and what is known of the chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from dreamdesk.desk import ledger
from dreamdesk.desk.database import create, open_desk, transaction
from dreamdesk.gui.models.ledger_model import COLUMNS
from dreamdesk.gui.models.pages import PAGE

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def desk_with(folder: Path, entries: int) -> Path:
    desk = folder / "a.desk"
    db = create(desk)
    with transaction(db):
        for number in range(1, entries + 1):
            ledger.append(db, "Ada", "noted", {"subject": f"entry <b>{number}</b>"})
    db.close()
    return desk


def cells(officer: Officer, row: int) -> list[str]:
    model = officer.window.ledger.model
    for column in range(len(COLUMNS)):
        model.data(model.index(row, column))
    officer.settle()
    return [model.data(model.index(row, column)) for column in range(len(COLUMNS))]


def test_entries_stand_newest_first(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 3)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert officer.window.ledger.table.isVisible()
    db = open_desk(desk, readonly=True)
    newest = ledger.page(db, 0, 1)[0]
    db.close()
    shown = cells(officer, 0)
    assert shown[0] == f"{newest.seq}"
    assert shown[2:5] == ["Ada", "Noted", "entry <b>3</b>"]
    assert newest.hash.startswith(shown[5])
    officer.close()


def test_only_the_pages_that_are_looked_at_are_read(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 3000)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.settle()
    model = officer.window.ledger.model
    assert model.rowCount() >= 3000
    assert len(model._pages) <= 2
    last = model.rowCount() - 1
    assert cells(officer, last)[0] == "1"
    assert len(model._pages) <= 3
    assert last // PAGE in model._pages
    officer.close()


def test_the_chain_is_said_to_be_verified_only_after_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 5)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.settle()
    page = officer.window.ledger
    assert "not verified" in page.state.full_text()
    db = open_desk(desk)
    from dreamdesk.pipeline.common import write_head

    write_head(db)
    db.close()
    page.verify.click()
    officer.settle()
    box = officer.wait_dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "The desk verifies"
    officer.close_dialogs()
    assert "✓ verified" in page.state.full_text()
    officer.close()


def test_a_broken_chain_is_said_to_be_broken(qtbot: QtBot, tmp_path: Path) -> None:
    import sqlite3

    desk = desk_with(tmp_path, 5)
    raw = sqlite3.connect(desk)
    triggers = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f'DROP TRIGGER "{name}"')
    raw.execute("UPDATE entry_body SET body = ? WHERE seq = 3", (b'{"subject":"forged"}',))
    for _, sql in triggers:
        raw.execute(sql)
    raw.commit()
    raw.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.window.do("verify")
    officer.settle()
    box = officer.wait_dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "The desk does not verify"
    assert "entry 3" in box.detailedText()
    officer.close_dialogs()
    assert "✓" not in officer.window.ledger.state.full_text()
    officer.close()
