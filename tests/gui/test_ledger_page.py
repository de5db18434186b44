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
from dreamdesk.gui.ledger.page import WIDTHS
from dreamdesk.gui.models.ledger_model import COLUMNS, called
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


def test_a_column_is_wide_enough_for_the_longest_kind_of_entry(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 1)
    kind = "something-with-a-longer-name"
    db = open_desk(desk)
    with transaction(db):
        ledger.append(db, "Ada", kind, {"subject": "x"})
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.settle()
    table = officer.window.ledger.table
    wide = table.fontMetrics().horizontalAdvance(called(kind))
    assert table.horizontalHeader().sectionSize(3) > wide > WIDTHS[3]
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


def test_entries_are_found_by_kind_person_and_words(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 400)
    db = open_desk(desk)
    with transaction(db):
        ledger.append(db, "Bo", "scribbled", {"subject": "a needle, 100 % of it"})
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.settle()
    page = officer.window.ledger
    whole = page.model.rowCount()
    page.filters.kind.setCurrentIndex(page.filters.kind.findData("scribbled"))
    officer.settle()
    assert page.model.rowCount() == 1
    assert cells(officer, 0)[2:4] == ["Bo", "Scribbled"]
    page.filters.clear()
    officer.settle()
    assert page.model.rowCount() == whole
    page.filters.words.setText("100 % needle")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.filters.words.setText("nowhere at all")
    qtbot.waitUntil(lambda: page.empty.isVisible())
    page.filters.actor.setCurrentIndex(page.filters.actor.findData("Ada"))
    page.filters.words.clear()
    qtbot.waitUntil(lambda: page.model.rowCount() == 400)
    officer.close()


def test_an_entry_is_shown_in_full_and_the_first_bad_one_is_one_click_away(qtbot: QtBot, tmp_path: Path) -> None:
    from dreamdesk.desk.chain import Fault

    desk = desk_with(tmp_path, 700)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("page-ledger")
    officer.settle()
    page = officer.window.ledger
    page.table.selectRow(0)
    officer.settle()
    qtbot.waitUntil(lambda: page.detail.shown)
    assert f"Entry {page.model.rowCount():,}" in page.detail.title.full_text()
    assert '"body_commit"' in page.detail.text.toPlainText()
    page.set_verified([Fault("the body of entry 12 was changed", 12), Fault("entry 30 was changed", 30)])
    officer.settle()
    assert page.jump.isVisible()
    page.filters.kind.setCurrentIndex(page.filters.kind.findData("desk-created"))
    officer.settle()
    page.jump.click()
    officer.settle()
    qtbot.waitUntil(lambda: "Entry 12 " in page.detail.title.full_text())
    assert "was changed" in page.detail.fault.full_text()
    assert page.model.data(page.model.index(page.table.currentIndex().row(), 0)) in ("12", "")
    officer.close()


def test_a_desk_that_is_an_older_copy_says_so_when_it_is_opened(qtbot: QtBot, tmp_path: Path) -> None:
    desk = desk_with(tmp_path, 3)
    db = open_desk(desk)
    head = ledger.head_text(db).split("\n")
    db.close()
    (tmp_path / "a.desk.head").write_text(f"{head[0]}\n9\n{'0' * 64}\n")
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    qtbot.waitUntil(lambda: "older copy" in officer.window.trouble.words.full_text())
    officer.close()


def test_an_older_receipt_is_compared_and_words_are_erased(qtbot: QtBot, tmp_path: Path) -> None:
    from dreamdesk.desk import witness
    from dreamdesk.gui.ledger.erasing import ErasingDialog
    from dreamdesk.gui.ledger.outside import OutsideDialog

    desk = desk_with(tmp_path, 3)
    db = open_desk(desk)
    older = witness.receipt(db)
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("outside")
    outside = officer.wait_dialog(OutsideDialog)
    assert isinstance(outside, OutsideDialog)
    qtbot.waitUntil(lambda: "check" in outside.receipt.toPlainText())
    outside.older.setPlainText(older.upper())
    outside.check.click()
    qtbot.waitUntil(lambda: "✓" in outside.answer.full_text())
    outside.close()
    dialog = ErasingDialog(officer.window.jobs, officer.window.identity, officer.window)
    dialog.open()
    assert dialog.go_button is not None
    assert not dialog.go_button.isEnabled()
    dialog.words.setPlainText("ENTRY <b>2</b>")
    dialog.look.click()
    qtbot.waitUntil(lambda: dialog.go_button is not None and dialog.go_button.isEnabled())
    assert "1 place" in dialog.summary.full_text()
    dialog.reason.setText("asked for")
    dialog._erase("Ada")
    qtbot.waitUntil(lambda: dialog.print_button.isVisible(), timeout=20_000)
    dialog.close()
    officer.settle()
    db = open_desk(desk, readonly=True)
    assert "<b>2</b>" not in "".join(entry.subject for entry in ledger.page(db, 0, 10))
    db.close()
    officer.close()
