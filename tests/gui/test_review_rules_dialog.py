"""An officer sets the rules of the review, ticks the checklist, flags an incident and takes a case over."""

from __future__ import annotations

import os

import pytest
from officer import PASSPHRASE, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import decisions, incidents, reservations, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.incident import IncidentDialog
from dreamdesk.gui.dialogs.reserving import TakeOverDialog
from dreamdesk.gui.dialogs.review_rules import ReviewRulesDialog
from dreamdesk.model.decision import Role, Verdict

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ITEMS = ["I read the policy “Refunds & fees”", "No personal data of a customer is left in it"]


def look(widget: QWidget, name: str) -> None:
    """Keep a picture of *widget* in both themes where DREAMDESK_PICTURES names a folder."""
    if folder := os.environ.get("DREAMDESK_PICTURES"):
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        for one in ("light", "dark"):
            theme.apply(app, theme.load(one))
            app.processEvents()
            widget.grab().save(f"{folder}/{name}-{one}.png")


def test_rules_are_set_and_an_approval_asks_for_its_ticks(officer: Officer) -> None:
    window = officer.window
    window.do("review-rules")
    dialog = officer.wait_dialog(ReviewRulesDialog)
    assert isinstance(dialog, ReviewRulesDialog)
    officer.until(lambda: bool(dialog.lines))
    dialog.checklist.setPlainText("\n".join(ITEMS))
    dialog.retention.setText("6 broker-dealer records")
    dialog.code.setText("fee-schedule")
    dialog.title.setText("The fee schedule says otherwise")
    dialog.lines["duplicate"].used.setChecked(False)
    look(dialog, "rules")
    dialog.go()
    officer.sign_in()
    officer.settle()
    assert officer.dialog(ReviewRulesDialog) is None
    assert window.jobs.path is not None
    db = open_desk(window.jobs.path, readonly=True)
    assert pipeline.checklist(db) == tuple(ITEMS)
    assert settings.get(db, settings.RETENTION) == "6 broker-dealer records"
    assert {r.code for r in pipeline.desk_reasons(db) if r.retired} == {"duplicate"}
    officer.press(Qt.Key.Key_V)
    window.refresh()
    officer.settle()
    section = window.review.side.decision
    assert [box.accessibleName() for box in section.ticks] == ITEMS
    section.reason.setCurrentIndex(section.reason.findData("warning-not-material"))
    section.comment.setPlainText("Looked at.")
    officer.settle()
    assert not section.buttons[Verdict.APPROVE].isEnabled()
    assert "Tick what the checklist" in section.note.full_text()
    look(window, "checklist")
    for box in section.ticks:
        box.click()
    officer.settle()
    assert section.ticked() == tuple(ITEMS)
    assert section.buttons[Verdict.APPROVE].isEnabled()
    officer.press(Qt.Key.Key_A)
    officer.settle()
    ((_, decision),) = decisions.all_decisions(db)
    assert settings.get(db, settings.CHECKLIST) in decision.statement.decode()
    db.close()


def test_an_incident_shows_its_clock_and_is_closed(officer: Officer) -> None:
    window = officer.window
    case = window.review.case
    assert case is not None
    window.do("incident")
    officer.sign_in()
    dialog = officer.wait_dialog(IncidentDialog)
    assert isinstance(dialog, IncidentDialog)
    dialog.go()
    assert "in a sentence" in dialog.trouble()
    dialog.words.setText("A refund went to a <b>stranger</b>.")
    look(dialog, "incident")
    dialog.go()
    officer.settle()
    window.refresh()
    officer.settle()
    window.review.queue.show_episode(case.number)
    officer.settle()
    header = window.review.header.incident
    assert header.isVisible()
    assert "left" in header.full_text()
    assert "<b>stranger</b>" in header.full_text()
    look(window, "incident-window")
    window.review.queue.show_tab(Tab.INCIDENT)
    officer.settle()
    assert list(window.review.queue.model.ids) == [case.number]
    window.do("incident")
    closing = officer.wait_dialog(IncidentDialog)
    assert isinstance(closing, IncidentDialog)
    closing.words.setText("Reported to the authority.")
    closing.go()
    officer.settle()
    assert window.jobs.path is not None
    db = open_desk(window.jobs.path, readonly=True)
    (incident,) = incidents.all_(db)
    assert (incident.closing, incident.closed is not None) == ("Reported to the authority.", True)
    db.close()


def test_a_second_auditor_is_told_and_takes_over_with_a_reason(officer: Officer) -> None:
    window = officer.window
    case = window.review.case
    assert case is not None
    assert case.correction is not None
    assert window.jobs.path is not None
    window.do("signin")
    officer.sign_in()
    officer.press(Qt.Key.Key_V)
    db = open_desk(window.jobs.path)
    pipeline.add_auditor(db, "Bert", Role.REVIEWER, PASSPHRASE)
    pipeline.reserve(db, case.correction.id, "Bert")
    window.refresh()
    note = window.review.side.decision.note
    officer.until(lambda: "Bert has this case in review until" in note.full_text())
    look(window, "reserved")
    window.do("take-over")
    dialog = officer.wait_dialog(TakeOverDialog)
    assert isinstance(dialog, TakeOverDialog)
    look(dialog, "take-over")
    dialog.go()
    assert dialog.trouble() == "Say why."
    dialog.reason.setText("Bert is ill.")
    dialog.go()
    officer.settle()
    held = reservations.of(db, case.correction.id)
    assert held is not None
    assert held.auditor == "Ada Officer"
    db.close()
