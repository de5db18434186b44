"""The history of an episode in the window: line by line by key, each revision beside what it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer
from PySide6.QtCore import Qt

from dreamdesk import pipeline
from dreamdesk.desk import corrections
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.compare.sheet import BAND
from dreamdesk.gui.history.dialog import HistoryDialog
from dreamdesk.model.decision import Role
from dreamdesk.model.episode import Kind

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_an_officer_reads_what_was_done(officer: Officer, tmp_path: Path) -> None:
    case = officer.window.review.case
    assert case is not None
    assert case.correction is not None
    assert case.revision is not None
    db = open_desk(tmp_path / "retail.desk")
    pipeline.add_auditor(db, "Ben", Role.REVIEWER, PASSPHRASE)
    steps = [step.step for step in case.revision.steps]
    place = next(i for i, step in enumerate(steps) if step.kind is Kind.MESSAGE)
    steps[place] = replace(steps[place], content="<b>Bold</b> \u202e words.")
    pipeline.amend(db, case.correction.id, steps, "Ben", "Clearer.")
    before = corrections.made(db, case.number)
    db.close()
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    dialog = officer.wait_dialog(HistoryDialog)
    assert isinstance(dialog, HistoryDialog)
    officer.settle()
    assert dialog.list.count() == len(dialog.events) == 1 + len(before)
    assert dialog.note.isHidden()
    assert ("Note", "Clearer.") in dialog.facts
    sheet = dialog.view._window.sheet
    assert dialog.view.selected == ("dreamed", case.revision.start + place)
    assert BAND in [piece for _, piece in sheet.rows]
    assert "⟦U+202E⟧" in dialog.view.accessible_name(dialog.view.accessible_current())
    assert not dialog.view.grab().isNull()
    officer.press(Qt.Key.Key_Up)
    assert dialog.list.currentRow() == len(before) - 1
    officer.press(Qt.Key.Key_Home)
    assert dialog.view.isHidden()
    assert any(name == "SHA-256" for name, _ in dialog.facts)


def test_before_the_mark_it_says_what_it_keeps_back(officer: Officer) -> None:
    officer.window.do("history")
    dialog = officer.wait_dialog(HistoryDialog)
    assert isinstance(dialog, HistoryDialog)
    officer.settle()
    assert "once you have marked" in dialog.note.full_text()
