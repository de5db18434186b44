"""An officer sets the outcome of an episode with the keyboard, and chooses from which score on an episode failed."""

from __future__ import annotations

import pytest
from officer import Officer
from PySide6.QtCore import Qt

from dreamdesk.desk import episodes, outcomes, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.dialogs.outcome import OutcomeDialog
from dreamdesk.model.episode import OutcomeSource, OutcomeState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_an_outcome_is_set_with_a_reason_shown_with_the_name_and_taken_back(officer: Officer) -> None:
    case = officer.window.review.case
    assert case is not None
    number, waiting = case.number, officer.window.review.queue.model.rowCount()
    officer.press(Qt.Key.Key_O)
    officer.sign_in()
    dialog = officer.wait_dialog(OutcomeDialog)
    dialog.state.setCurrentIndex(dialog.state.findData("succeeded"))
    officer.press(Qt.Key.Key_Return)
    assert "Say why" in dialog.trouble()
    dialog.reason.setText("The customer <b>confirmed</b> it.")
    officer.press(Qt.Key.Key_Return)
    officer.settle()
    db = open_desk(officer.window.jobs.path, readonly=True)
    assert episodes.outcome(db, number).state is OutcomeState.SUCCEEDED
    assert outcomes.words(db, number)[0].reason == "The customer <b>confirmed</b> it."
    assert officer.window.review.queue.model.rowCount() == waiting - 1
    officer.window.review.queue.show_tab(Tab.ALL)
    officer.settle()
    officer.window.review.queue.show_episode(number)
    officer.settle()
    header = officer.window.review.header.outcome.full_text()
    assert header.startswith("Succeeded, set by ")
    assert "<b>confirmed</b>" in header
    assert "the source: Failed" in header
    officer.press(Qt.Key.Key_O)
    dialog = officer.wait_dialog(OutcomeDialog)
    dialog.state.setCurrentIndex(dialog.state.findData(""))
    dialog.reason.setText("It was another order.")
    officer.press(Qt.Key.Key_Return)
    officer.settle()
    assert episodes.outcome(db, number).source is not OutcomeSource.AUDITOR
    officer.window.review.queue.show_tab(Tab.REVIEW)
    officer.settle()
    assert officer.window.review.queue.model.rowCount() == waiting
    db.close()


def test_the_rule_for_scores_says_beforehand_what_it_changes(officer: Officer) -> None:
    page = officer.settings()
    rule = page.desk.fields[settings.OUTCOME_RULE]
    officer.until(lambda: rule.preview.full_text() == "No episode's outcome would change.")
    rule.failed.setValue(0.8)
    rule.passed.setValue(0.5)
    assert rule.passed.value() == 0.8
    assert rule.text() == "failed below 0.8, succeeded from 0.8"
    officer.until(lambda: rule.preview.full_text() != "")
    page.save.setFocus()
    officer.press(Qt.Key.Key_Space)
    db = open_desk(officer.window.jobs.path, readonly=True)
    assert settings.get(db, settings.OUTCOME_RULE) == "failed below 0.8, succeeded from 0.8"
    db.close()
