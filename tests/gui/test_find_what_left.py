"""Finding what left: a person's name leads to every line, and a line to what it rests on."""

from __future__ import annotations

import sys
from pathlib import Path

from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk.desk import database
from dreamdesk.gui.bundles.page import BundlesPage

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "release")]

from desks import release, waiting  # noqa: E402


def test_a_name_leads_to_lines_and_a_line_to_its_source(qtbot: QtBot, tmp_path: Path) -> None:
    desk = waiting(tmp_path, 2)
    db = database.open_desk(desk)
    bundle = release(db, tmp_path / "out")
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    officer.settle()
    page = officer.window.findChild(BundlesPage)
    assert page is not None
    dialog = page.ask_what_left()
    assert not dialog.go_button.isEnabled()
    QTest.keyClicks(dialog.sought, "joan doe 1")
    QTest.keyClick(dialog.sought, Qt.Key.Key_Return)
    officer.until(lambda: bool(dialog.model.rows))
    assert {row.folder for row in dialog.model.rows} == {str(bundle)}
    assert {row.episode for row in dialog.model.rows} == {2}
    officer.until(lambda: "Source: tuesday.json" in dialog.detail.toPlainText())
    assert "by Bo" in dialog.detail.toPlainText()
    assert "in 1 bundle." in dialog.found.full_text()
    dialog.grab().save(str(tmp_path / "found.png"))
    dialog.kind.setCurrentIndex(dialog.kind.findData("episode"))
    dialog.sought.setText("one")
    dialog.go()
    assert "number" in dialog.trouble()
    dialog.sought.setText("77")
    dialog.go()
    officer.until(lambda: "0 lines" in dialog.found.full_text())
    assert dialog.model.rows == []
    dialog.reject()
    officer.close()
