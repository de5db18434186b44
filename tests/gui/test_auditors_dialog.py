"""Auditors and keys in the window, the passphrase at each signature, and the window that locks."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import auditors, ledger, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.auditor_change import CHANGES, ChangeDialog
from dreamdesk.gui.dialogs.auditors import AuditorsDialog
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.locking import Idle, LockDialog
from dreamdesk.model.decision import Role


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with an administrator and an approver."""
    path = retail_desk(tmp_path)
    db = open_desk(path)
    pipeline.add_auditor(db, "Ada", Role.ADMINISTRATOR, PASSPHRASE)
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE, pipeline.unlock(db, "Ada", PASSPHRASE))
    db.close()
    return path


def sign_in(officer: Officer, name: str) -> None:
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.auditor.setCurrentIndex(dialog.auditor.findData(name))
    dialog.passphrase.setText(PASSPHRASE)
    dialog.go()
    officer.settle()


def opened(officer: Officer) -> AuditorsDialog:
    officer.window.do("auditors")
    dialog = officer.wait_dialog(AuditorsDialog)
    officer.settle()
    assert isinstance(dialog, AuditorsDialog)
    return dialog


def asked(officer: Officer, dialog: AuditorsDialog, doing: str, **fields: str) -> ChangeDialog:
    dialog.doings[doing].click()
    change = officer.wait_dialog(ChangeDialog)
    assert isinstance(change, ChangeDialog)
    for field, text in fields.items():
        change.fields[field].setText(text)
    return change


def test_the_list_names_every_key_with_the_fingerprint_that_ssh_keygen_prints(officer: Officer, desk: Path) -> None:
    dialog = opened(officer)
    db = open_desk(desk, readonly=True)
    prints = {key.auditor: pipeline.fingerprint(key.public_key) for key in pipeline.keys(db)}
    db.close()
    assert [(row[0], row[1], row[2]) for row in dialog.table.texts()] == [
        ("Ada", "administrator", prints["Ada"]),
        ("Ann", "approver", prints["Ann"]),
    ]
    page = dialog.html()
    assert all(fingerprint in page for fingerprint in prints.values())
    assert "Ada" in dialog.state.full_text()


def test_an_administrator_adds_changes_and_gives_a_new_key(officer: Officer, desk: Path) -> None:
    dialog = opened(officer)
    change = asked(officer, dialog, "add", name="Bo", new=PASSPHRASE, again=PASSPHRASE)
    change.role.setCurrentIndex(change.role.findData(Role.AUTHOR))
    change.go()
    sign_in(officer, "Ann")  # who is no administrator
    assert "Only an administrator" in change.trouble()
    officer.window.identity.forget()
    change.go()
    sign_in(officer, "Ada")
    assert [row[0] for row in dialog.table.texts()] == ["Ada", "Ann", "Bo"]
    dialog.table.selectRow(2)
    change = asked(officer, dialog, "role", reason="passed the course")
    change.role.setCurrentIndex(change.role.findData(Role.REVIEWER))
    change.go()
    officer.settle()
    dialog.table.selectRow(2)
    change = asked(officer, dialog, "active", reason="on leave")
    change.go()
    officer.settle()
    assert dialog.table.texts()[2][4] == "not active"
    dialog.table.selectRow(1)
    asked(officer, dialog, "rotate", new="another phrase", again="another phrase", reason="yearly").go()
    officer.settle()
    assert [row[4].split()[0] for row in dialog.table.texts()[1:3]] == ["signs", "retired"]
    dialog.table.selectRow(2)
    asked(officer, dialog, "revoke", reason="found on a train").go()
    officer.settle()
    assert "Revoked. 0 corrections" in dialog.trouble()
    assert dialog.table.texts()[2][4].startswith("revoked")
    db = open_desk(desk, readonly=True)
    assert auditors.get(db, "Bo").role is Role.REVIEWER
    assert not auditors.get(db, "Bo").active
    assert pipeline.verify_desk(db) == []
    db.close()


def test_ones_own_passphrase_needs_nobody_else(officer: Officer, desk: Path) -> None:
    dialog = opened(officer)
    dialog.table.selectRow(1)
    change = asked(officer, dialog, "passphrase", old="wrong", new="another phrase", again="another phrase")
    change.go()
    officer.settle()
    assert "does not open" in change.trouble()
    change.fields["old"].setText(PASSPHRASE)
    change.go()
    officer.settle()
    db = open_desk(desk)
    assert pipeline.unlock(db, "Ann", "another phrase").auditor.name == "Ann"
    assert any(entry.type == "passphrase-refused" for entry in ledger.page(db, 0, 9))
    db.close()


def test_only_what_fits_the_chosen_row_can_be_done(officer: Officer) -> None:
    dialog = opened(officer)
    assert all(button.isEnabled() for button in dialog.doings.values())
    dialog.table.clearSelection()
    dialog.table.setCurrentIndex(dialog.table.model().index(-1, -1))
    dialog._enable()
    assert [name for name, button in dialog.doings.items() if button.isEnabled()] == ["add"]
    assert set(dialog.doings) == set(CHANGES)


def test_the_settings_need_the_administrators_key(officer: Officer, desk: Path) -> None:
    page = officer.change_settings(four_eyes="on")
    assert "Ada" in page.desk.who()
    sign_in(officer, "Ada")
    officer.settle()
    db = open_desk(desk, readonly=True)
    assert settings.get(db, settings.FOUR_EYES) == "on"
    assert pipeline.verify_desk(db) == []
    db.close()


def test_locking_covers_everything_and_only_the_passphrase_opens_it(officer: Officer) -> None:
    identity = officer.window.identity
    identity.lock()
    assert identity.locked is None  # nobody is here whose key could be forgotten
    got: list[object] = []
    identity.ensure(got.append)
    sign_in(officer, "Ann")
    other = opened(officer)
    officer.window.do("lock")
    dialog = officer.wait_dialog(LockDialog)
    assert isinstance(dialog, LockDialog)
    assert not other.isVisible()
    picture = officer.window.grab().toImage()
    assert len({picture.pixel(x, y) for x in range(0, 1280, 40) for y in range(0, 800, 40)}) == 1
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.close()
    assert dialog.isVisible()
    dialog.passphrase.setText("not this one")
    dialog.go()
    officer.settle()
    assert "does not open" in dialog.trouble()
    dialog.passphrase.setText(PASSPHRASE)
    dialog.go()
    officer.settle()
    assert identity.locked is None
    assert other.isVisible()
    assert identity.name == "Ann"
    identity.ensure(got.append)
    assert len(got) == 2


def test_the_passphrase_is_asked_for_at_each_signature_where_the_desk_says_so(officer: Officer, desk: Path) -> None:
    db = open_desk(desk)
    pipeline.change_setting(db, settings.LOCK_AFTER, settings.EACH, pipeline.unlock(db, "Ada", PASSPHRASE))
    db.close()
    identity, got = officer.window.identity, list[object]()
    for _ in range(2):
        identity.ensure(got.append)
        sign_in(officer, "Ann")
    assert len(got) == 2
    assert identity.name == "Ann"
    assert isinstance(identity.by, str)


def test_a_window_that_nobody_touches_locks_and_a_touch_puts_it_off(officer: Officer, qtbot: QtBot) -> None:
    fired: list[bool] = []
    idle = Idle(lambda: fired.append(True), officer.window)
    idle.start(0.02)  # 1.2 seconds
    handle = officer.window.windowHandle()
    for _ in range(5):
        qtbot.wait(400)
        QTest.keyClick(handle, Qt.Key.Key_Shift)
    assert not fired
    qtbot.waitUntil(lambda: bool(fired), timeout=5000)
    QApplication.processEvents()
