"""The auditor's own mark before the desk's view: what each setting hides, and what the desk keeps of a mark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dreamdesk import pipeline
from dreamdesk.desk import ledger, marks
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.marking import MarkDialog
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.models.queue_model import OPEN, ROW
from dreamdesk.gui.widgets import Button
from dreamdesk.model.finding import Category

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

SHIFT = Qt.KeyboardModifier.ShiftModifier


def newest(desk: Path, kind: str) -> dict[str, object]:
    db = open_desk(desk, readonly=True)
    body = json.loads(ledger.sound_bodies(db, kind)[-1])
    db.close()
    return dict(body)


def test_required_nothing_of_the_desks_view_is_shown_before_a_mark(officer: Officer) -> None:
    officer.choose_blind_mark("required")
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    assert not page.is_shown()
    assert "you mark the error point first" in officer.window.status.said.full_text()
    names = [button.text() for button in page.side.error.findChildren(Button) if not button.isHidden()]
    assert "Desk's view" not in names
    for place in range(len(page.queue.model.ids)):
        index = page.queue.model.index(place, 0)
        row = page.queue.model.data(index, ROW)
        assert not page.queue.model.data(index, OPEN)
        assert (row.category, row.error, row.probability, row.severity) == (None, None, None, "")


def test_required_a_mark_needs_words_of_the_step_and_then_shows_the_desks_view(officer: Officer, desk: Path) -> None:
    officer.choose_blind_mark("required")
    page = officer.window.review
    for _ in range(3):
        officer.press(Qt.Key.Key_Right)
    officer.press(Qt.Key.Key_M)
    dialog = officer.wait_dialog(MarkDialog)
    assert isinstance(dialog, MarkDialog)
    QTest.keyClick(dialog.text, Qt.Key.Key_Return)
    assert "asks for the words" in dialog.trouble()
    for _ in range(12):
        QTest.keyClick(dialog.text, Qt.Key.Key_Right, SHIFT)
    dialog.note.setFocus()
    officer.type("no consent was asked")
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    case = page.current()
    assert case is not None
    assert page.is_shown()
    db = open_desk(desk, readonly=True)
    (mark,) = marks.of_episode(db, case.number)
    assert pipeline.verify_desk(db) == []
    db.close()
    assert mark.quote is not None
    assert mark.quote.text in case.episode.steps[mark.quote.step].content
    assert mark.note == "no consent was asked"
    assert mark.blind
    assert mark.took is not None
    assert mark.took > 0
    assert newest(desk, marks.MARKED)["quote"] == {"step": mark.quote.step, "text": mark.quote.text}
    row = page.queue.model.data(page.queue.table.currentIndex(), ROW)
    assert row.category is not None


def test_a_look_without_a_mark_is_in_the_ledger_and_the_mark_after_it_is_not_blind(
    officer: Officer, desk: Path
) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    case = page.current()
    assert case is not None
    assert newest(desk, marks.REVEALED)["episode"] == case.number
    officer.press(Qt.Key.Key_N)
    officer.sign_in()
    db = open_desk(desk, readonly=True)
    (mark,) = marks.of_episode(db, case.number)
    db.close()
    assert (mark.step, mark.category, mark.blind) == (None, Category.D15, False)


def test_who_looked_without_signing_in_may_have_been_the_one_who_marks_another_day(
    officer: Officer, desk: Path
) -> None:
    officer.press(Qt.Key.Key_V)
    case = officer.window.review.current()
    assert case is not None
    db = open_desk(desk)
    pipeline.mark(db, case.number, "Ada", None, Category.D0, True)
    assert not marks.of_episode(db, case.number)[0].blind
    db.close()


def test_required_no_word_of_the_page_offers_another_way(officer: Officer) -> None:
    from dreamdesk.gui.widgets import Label

    officer.choose_blind_mark("required")
    page = officer.window.review
    said = " ".join(label.full_text() for label in page.findChildren(Label) if label.isVisible())
    assert "only after yours" in said
    assert "press V" not in said
    assert not page.strip.isVisible()
    assert page.timeline.accessible_count() == len(page.case.episode.steps)  # type: ignore[union-attr]
    for item in range(page.timeline.accessible_count()):
        assert "error point" not in page.timeline.accessible_name(item)
        assert "candidate" not in page.timeline.accessible_name(item)


def test_what_one_auditor_has_seen_the_next_one_at_the_window_has_not(officer: Officer) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_U)
    officer.sign_in("Ada Officer")
    assert page.is_shown()
    officer.window.identity.ask()
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.other.click()
    officer.sign_in("Bob Officer")
    assert officer.window.identity.name == "Bob Officer"
    assert not page.is_shown()
