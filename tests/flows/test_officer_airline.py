"""A hundred real episodes in the window: five approvals by keyboard alone, with warnings answered, and a bundle."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, ledger
from dreamdesk.desk.database import create, open_desk
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.dialogs.releasing import ReleaseDialog
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import ReviewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_five_real_corrections_are_approved_by_keyboard_and_released(
    qtbot: QtBot, tmp_path: Path, shared_data: Path
) -> None:
    desk = tmp_path / "airline.desk"
    create(desk).close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.drop([shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"])
    officer.wait_dialog(ImportReportDialog)
    officer.settle()
    officer.press(Qt.Key.Key_Return)

    page = officer.window.review
    approved: list[int] = []
    for _ in range(len(page.queue.model.ids)):
        case = page.current()
        assert case is not None
        assert case.correction is not None
        results = {check.result for check in case.checks}
        if CheckResult.BLOCK in results:
            officer.press(Qt.Key.Key_J)
            continue
        officer.press(Qt.Key.Key_V)
        if CheckResult.WARN in results:
            # A warning wants a reason and a word from the officer: C goes to the comment, Ctrl+Return approves from it.
            officer.press(Qt.Key.Key_C)
            officer.type("Compared with the policy and the successful attempt.")
            officer.press(Qt.Key.Key_Return, CONTROL)
            # The desk asks for the reason that is still missing.
            assert isinstance(officer.focus(), QComboBox)
            officer.press(Qt.Key.Key_Down)
            officer.press(Qt.Key.Key_Return, CONTROL)
        else:
            officer.press(Qt.Key.Key_A)
        if not officer.window.identity.name:
            officer.sign_in("Ada Officer")
        approved.append(case.correction.id)
        officer.until(lambda: (now := page.current()) is None or now.number != case.number)  # noqa: B023
        if len(approved) == 5:
            break
        officer.press(Qt.Key.Key_F6)

    db = open_desk(desk, readonly=True)
    assert [corrections.get(db, number).state for number in approved] == [ReviewState.APPROVED] * 5
    assert {decision.auditor for _, decision in decisions.all_decisions(db)} == {"Ada Officer"}
    db.close()

    officer.press(Qt.Key.Key_E, CONTROL | SHIFT)
    release = officer.wait_dialog(ReleaseDialog)
    assert isinstance(release, ReleaseDialog)
    officer.settle()
    officer.press(Qt.Key.Key_Return)
    officer.until(lambda: "Released and verified" in release.outcome.full_text())
    officer.close()

    (bundle,) = (folder for folder in tmp_path.iterdir() if (folder / "bagit.txt").is_file())
    assert pipeline.verify_bundle(bundle) == []
    db = open_desk(desk, readonly=True)
    assert ledger.page(db, 0, 1)[0].type == "released"
    assert pipeline.verify_desk(db) == []
    db.close()
