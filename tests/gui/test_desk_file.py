"""The desk as a file, at the window: one that can only be read, and a backup that is put back."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from pytestqt.qtbot import QtBot
from small_desk import made_newer

from dreamdesk import actions, pipeline
from dreamdesk.desk import ledger, witness
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.ledger.restoring import RestoreDialog
from dreamdesk.model.decision import Role

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_a_newer_desk_is_shown_and_cannot_be_changed(qtbot: QtBot, tmp_path: Path) -> None:
    desk = made_newer(retail_desk(tmp_path))
    before = desk.read_bytes()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    window = officer.window
    assert window.status.only_read.isVisible()
    assert "newer DreamDesk" in window.trouble.words.full_text()
    assert window.review.queue.model.rowCount()
    enabled = set(window.menus.enabled())
    assert {"verify", "outside", "next", "restore", "open"} <= enabled
    assert not enabled & actions.CHANGING
    for place in ("overview", "patterns", "memory", "ledger", "bundles", "oversight", "review"):
        window.turn_to(place)
        officer.settle()
        assert officer.dialog() is None
        assert "newer DreamDesk" in window.trouble.words.full_text(), place
    window.do("check")
    officer.settle()
    assert "not changed" in window.trouble.words.full_text()
    assert not window.review.is_shown()
    window.do("reveal")  # to look is not to change
    officer.settle()
    assert window.review.is_shown()
    assert desk.read_bytes() == before
    (tmp_path / "other").mkdir()
    officer.open(retail_desk(tmp_path / "other"))
    assert not window.status.only_read.isVisible()
    assert "import" in window.menus.enabled()
    officer.close()


def test_everything_that_changes_a_desk_is_known() -> None:
    assert {action.id for action in actions.ACTIONS} >= actions.CHANGING


@pytest.fixture
def backed_up(tmp_path: Path) -> tuple[Path, Path]:
    """A desk, and a backup of it that lacks its last three entries."""
    desk = retail_desk(tmp_path)
    with closing(open_desk(desk)) as db:
        backup = pipeline.back_up(db, tmp_path / "yesterday.desk")
        for number in range(3):
            pipeline.change_setting(db, "cost_limit", str(number + 1), "Ann")
    return desk, backup


def _asked(officer: Officer, backup: Path, desk: Path) -> RestoreDialog:
    dialog = RestoreDialog(backup, desk, officer.window)
    dialog.restored.connect(officer.window.open_desk)
    dialog.open()
    officer.until(lambda: dialog.what.full_text() != "Looking …" or bool(dialog.trouble()))
    return dialog


def test_a_backup_is_put_back_at_the_window(qtbot: QtBot, tmp_path: Path, backed_up: tuple[Path, Path]) -> None:
    desk, backup = backed_up
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    dialog = _asked(officer, backup, desk)
    assert ": 4 (" in dialog.lost.full_text()  # the entry of the backup itself too
    assert dialog.go_button is not None
    dialog.go_button.click()
    officer.until(lambda: "Say why" in dialog.trouble())
    dialog.reason.setText("a mistake was imported")
    dialog.go_button.click()
    officer.until(lambda: officer.dialog(RestoreDialog) is None)
    officer.settle()
    with closing(open_desk(desk, readonly=True)) as db:
        assert ledger.page(db, 0, 1)[0].type == witness.RESTORED
        assert pipeline.verify_desk(db) == []
    assert officer.window.review.queue.model.rowCount()
    (aside,) = tmp_path.glob("retail.desk.replaced-*")
    with closing(open_desk(aside, readonly=True)) as db:
        assert pipeline.verify_desk(db) == []
    officer.close()


def test_a_damaged_desk_is_replaced_and_an_administrator_signs(qtbot: QtBot, tmp_path: Path) -> None:
    desk = retail_desk(tmp_path)
    with closing(open_desk(desk)) as db:
        pipeline.add_auditor(db, "Root", Role.ADMINISTRATOR, "correct horse")
        backup = pipeline.back_up(db, tmp_path / "yesterday.desk")
    desk.write_bytes(b"gone" * 1000)
    officer = Officer(qtbot, tmp_path)
    dialog = _asked(officer, backup, desk)
    assert "cannot be opened" in dialog.lost.full_text()
    dialog.reason.setText("the disk failed")
    dialog.passphrase.setText("not the one")
    assert dialog.go_button is not None
    dialog.go_button.click()
    officer.until(lambda: bool(dialog.trouble()))
    dialog.passphrase.setText("correct horse")
    dialog.go_button.click()
    officer.until(lambda: officer.dialog(RestoreDialog) is None)
    officer.settle()
    with closing(open_desk(desk, readonly=True)) as db:
        newest = ledger.page(db, 0, 1)[0]
        assert (newest.type, newest.actor) == (witness.RESTORED, "Root")
        (fault,) = pipeline.verify_desk(
            db
        )  # what is lost cannot be said, so the head outside contradicts until accepted
        assert "recorded outside" in fault
    assert [aside.read_bytes()[:4] for aside in tmp_path.glob("retail.desk.replaced-*")] == [b"gone"]
    officer.close()


def test_what_is_no_backup_of_this_desk_is_refused(qtbot: QtBot, tmp_path: Path, backed_up: tuple[Path, Path]) -> None:
    desk, _ = backed_up
    (tmp_path / "other").mkdir()
    other = shutil.copy(retail_desk(tmp_path / "other"), tmp_path / "other.desk")
    text = tmp_path / "notes.desk"
    text.write_text("no desk")
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    before = desk.read_bytes()
    dialog = _asked(officer, text, desk)
    assert "not a DreamDesk desk" in dialog.trouble()
    assert dialog.go_button is not None
    assert not dialog.go_button.isEnabled()
    dialog.reject()
    dialog = _asked(officer, Path(other), desk)
    dialog.reject()
    assert desk.read_bytes() == before
    officer.close()


def test_a_disk_that_vanishes_is_said_to_be_gone_and_may_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    disk = tmp_path / "stick"
    disk.mkdir()
    desk = retail_desk(disk)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    window = officer.window
    disk.rename(tmp_path / "pulled out")
    for place in ("overview", "ledger", "patterns", "review"):
        window.turn_to(place)
        officer.settle()
        assert "there is no such desk" in window.trouble.words.full_text(), place
    window.do("check")
    officer.settle()
    assert "there is no such desk" in window.trouble.words.full_text()
    (tmp_path / "pulled out").rename(disk)
    window.trouble.hide()
    window.do("refresh")
    window.do("check")
    officer.settle()
    assert not window.trouble.isVisible()
    with closing(open_desk(desk)) as db:
        assert pipeline.verify_desk(db) == []
    officer.close()
