"""An officer's day, by keyboard alone: traces dropped in, the worst failure read, marked, decided, and released."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import subprocess
import sys
from pathlib import Path

import pytest
from officer import SUPPORT, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, marks, queue
from dreamdesk.desk.database import create, open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import looks
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.dialogs.marking import MarkDialog
from dreamdesk.gui.dialogs.releasing import ReleaseDialog
from dreamdesk.model.decision import ReviewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_from_a_dropped_file_to_a_released_bundle(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    looks.dress(qapp, "dark")
    desk = tmp_path / "retail.desk"
    create(desk).close()
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    page = officer.window.review

    # The file comes in, the report says what was understood, and the worst failure is on the screen.
    officer.drop([SUPPORT])
    report = officer.wait_dialog(ImportReportDialog)
    assert isinstance(report, ImportReportDialog)
    assert report.tree.topLevelItem(0).text(0) == SUPPORT.name
    officer.settle()
    officer.press(Qt.Key.Key_Return)
    first = page.current()
    assert first is not None
    assert first.number == page.queue.model.ids[0]
    assert not page.is_shown()

    # The officer reads the recording step by step, without the desk's view, and marks a step.
    for _ in range(len(first.episode.steps) // 2):
        officer.press(Qt.Key.Key_Right)
    officer.press(Qt.Key.Key_M)
    officer.wait_dialog(MarkDialog)
    officer.press(Qt.Key.Key_Down)
    officer.press(Qt.Key.Key_Return)
    officer.sign_in("Ada Officer")
    assert page.is_shown()

    # Evidence jumps to its step.
    officer.press(Qt.Key.Key_Q)
    assert page.current() is not None
    assert page.timeline.selected[1] == page.compare.selected[1]

    # Down the queue to a correction that no guardrail warns of; it is revealed and approved.
    for _ in page.queue.model.ids:
        case = page.current()
        assert case is not None
        if all(check.result.value == "pass" for check in case.checks):
            break
        officer.press(Qt.Key.Key_J)
    assert case.correction is not None
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_A)

    # The next one is rejected, with the second of the reasons that fit.
    other = page.current()
    assert other is not None
    assert other.number != case.number
    assert other.correction is not None
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_R)
    assert isinstance(officer.focus(), QMenu)
    officer.press(Qt.Key.Key_Down)
    officer.press(Qt.Key.Key_Return)

    db = open_desk(desk, readonly=True)
    assert marks.of_episode(db, first.number)[0].blind
    assert corrections.get(db, case.correction.id).state is ReviewState.APPROVED
    assert corrections.get(db, other.correction.id).state is ReviewState.REJECTED
    assert {d.auditor for _, d in decisions.all_decisions(db)} == {"Ada Officer"}
    db.close()

    # The ledger shows it all.
    officer.press(Qt.Key.Key_4, CONTROL)
    model = officer.window.ledger.model
    for row in range(model.rowCount()):
        model.data(model.index(row, 3))
    officer.settle()
    kinds = [model.data(model.index(row, 3)) for row in range(model.rowCount())]
    assert kinds[:3] == ["Decision", "Desk view revealed", "Decision"]
    assert {"Imported", "Auditor added", "Error point marked", "Revision added"} <= set(kinds)

    # What was approved leaves as a bundle that verifies, here and with the command line.
    officer.press(Qt.Key.Key_E, CONTROL | SHIFT)
    release = officer.wait_dialog(ReleaseDialog)
    assert isinstance(release, ReleaseDialog)
    officer.settle()
    assert "1 approved correction" in release.waiting.full_text()
    officer.press(Qt.Key.Key_Return)
    officer.until(lambda: "Released and verified" in release.outcome.full_text())
    (bundle,) = (folder for folder in tmp_path.iterdir() if (folder / "bagit.txt").is_file())
    assert str(bundle) in release.outcome.full_text()
    officer.close()

    assert pipeline.verify_bundle(bundle) == []
    checked = subprocess.run(
        [sys.executable, "-m", "dreamdesk", "verify", str(bundle)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    db = open_desk(desk, readonly=True)
    assert corrections.get(db, case.correction.id).state is ReviewState.RELEASED
    assert queue.counts(db)[Tab.APPROVED] == 1
    assert pipeline.verify_desk(db) == []
    db.close()
