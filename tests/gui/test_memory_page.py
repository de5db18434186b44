"""The memory page: imported, read, taken by hunks and decided with real keys; sources lead to their steps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import memory
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.releasing import ReleaseDialog
from dreamdesk.gui.memory_desk.evidence import SourceCard
from dreamdesk.gui.memory_desk.hunk_card import HunkText
from dreamdesk.gui.memory_desk.importing import ImportMemoryDialog
from dreamdesk.gui.memory_desk.page import MemoryPage
from dreamdesk.gui.timeline.layout import RECORDED
from dreamdesk.model.decision import ReviewState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BEFORE = {"AGENTS.md": "# Desk\n- Look at the order first.\n", "old.md": "Nobody needs this.\n"}
AFTER = {
    "AGENTS.md": "# Desk\n- Look at the order first.\n"
    "- A replacement is delivered within seven working days, and the old one is collected.\n"
    "- <b>Gold</b> members\u202e wait for nothing.\n"
}


def folders(place: Path) -> tuple[Path, Path]:
    for name, tree in (("before", BEFORE), ("after", AFTER)):
        (place / name).mkdir()
        for path, text in tree.items():
            (place / name / path).write_text(text)
    return place / "before", place / "after"


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    desk = retail_desk(tmp_path)
    db = open_desk(desk)
    pipeline.import_memory(db, *folders(tmp_path))
    db.close()
    found = Officer(qtbot, tmp_path)
    found.open(desk)
    found.press(Qt.Key.Key_3, CONTROL)
    yield found
    found.close()


def page_of(officer: Officer) -> MemoryPage:
    return cast(MemoryPage, officer.window.places["memory"])


def choose(officer: Officer, path: str) -> None:
    page = page_of(officer)
    place = next(n for n, item in enumerate(page.model.items) if getattr(item, "path", "") == path)
    page.list.setFocus()
    page.list.setCurrentIndex(page.model.index(place))
    officer.settle()


def answer(officer: Officer, reason: str) -> None:
    """Choose a reason and write a comment, as a warning asks."""
    decision = page_of(officer).decision
    decision.reason.setCurrentIndex(decision.reason.findData(reason))
    decision.comment.setFocus()
    officer.type("Read with the sessions at hand")
    officer.press(Qt.Key.Key_Escape)
    officer.settle()


def states(officer: Officer) -> dict[str, ReviewState]:
    assert officer.window.jobs.path is not None
    db = open_desk(officer.window.jobs.path, readonly=True)
    found = {line.path: line.state for line in memory.lines(db)}
    db.close()
    return found


def test_an_empty_page_leads_to_the_import(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "a.desk", new=True)
    officer.press(Qt.Key.Key_3, CONTROL)
    page = page_of(officer)
    assert page.empty.isVisible()
    assert page.empty.button is QApplication.focusWidget()
    officer.press(Qt.Key.Key_Y, CONTROL | SHIFT)
    dialog = officer.wait_dialog(ImportMemoryDialog)
    assert isinstance(dialog, ImportMemoryDialog)
    officer.press(Qt.Key.Key_Return)
    assert "Name both states" in dialog.trouble()
    before, after = folders(tmp_path)
    for name, path in (("before", before), ("after", tmp_path / "nowhere")):
        dialog.fields[name].setFocus()
        officer.type(str(path))
    officer.press(Qt.Key.Key_Return)
    assert dialog.trouble()
    dialog.fields["after"].setText(str(after))
    officer.press(Qt.Key.Key_Return)
    officer.until(lambda: page.view is not None)
    assert [getattr(item, "path", None) for item in page.model.items] == [None, "AGENTS.md", "old.md"]
    assert page.list.hasFocus()
    officer.close()


def test_two_states_dropped_on_the_page_stand_in_the_dialog(officer: Officer, tmp_path: Path) -> None:
    officer.drop([tmp_path / "before", tmp_path / "after"])
    dialog = officer.wait_dialog(ImportMemoryDialog)
    assert isinstance(dialog, ImportMemoryDialog)
    assert [dialog.fields[name].text() for name in ("before", "after")] == [
        str(tmp_path / "before"),
        str(tmp_path / "after"),
    ]
    officer.press(Qt.Key.Key_Return)
    officer.until(lambda: bool(dialog.trouble()))
    assert "already" in dialog.trouble()


def test_a_hunk_is_left_out_and_the_rest_approved_by_keyboard(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "AGENTS.md")
    assert len(page.hunks.cards) == 2
    assert "block" in page.decision.note.full_text()
    assert not page.decision.buttons[next(iter(page.decision.buttons))].isEnabled()
    box = page.hunks.cards[1].box
    box.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert page.hunks.taken == {0}
    assert "block" not in page.decision.note.full_text()
    answer(officer, "supported-by-sessions")
    page.list.setFocus()
    officer.press(Qt.Key.Key_A)
    officer.sign_in()
    officer.until(lambda: states(officer)["AGENTS.md"] is ReviewState.APPROVED)
    officer.settle()
    assert page.view is not None
    assert page.view.row.change.path == "old.md"  # the next one that waits
    assert officer.window.jobs.path is not None
    db = open_desk(officer.window.jobs.path, readonly=True)
    (revision,) = memory.revisions(db, 1)
    assert revision.hunks == (0,)
    assert pipeline.verify_desk(db) == []
    db.close()
    officer.press(Qt.Key.Key_E, CONTROL | SHIFT)
    dialog = officer.wait_dialog(ReleaseDialog)
    assert isinstance(dialog, ReleaseDialog)
    officer.until(lambda: "memory" in dialog.waiting.full_text())
    assert dialog.waiting.full_text() == "1 decided memory change waits for release."


def test_tab_goes_through_hunks_and_sources_to_the_decision(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "AGENTS.md")
    reached = []
    for _ in range(12):
        officer.press(Qt.Key.Key_Tab)
        reached.append(officer.focus())
    boxes = [card.box for card in page.hunks.cards]
    cards = page.sources.findChildren(SourceCard)
    places = [reached.index(widget) for widget in (*boxes, *cards, page.decision.reason, page.decision.comment)]
    assert places == sorted(places)
    page.list.setFocus()
    officer.press(Qt.Key.Key_Return)
    assert officer.focus() is boxes[0]


def test_a_deletion_is_asked_for_by_itself(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "old.md")
    answer(officer, "warning-not-material")
    page.list.setFocus()
    officer.press(Qt.Key.Key_A)
    box = officer.wait_dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert states(officer)["old.md"] is ReviewState.PROPOSED
    yes = next(button for button in box.findChildren(QPushButton) if button.text() == "Delete it")
    QTest.mouseClick(yes, Qt.MouseButton.LeftButton)
    officer.sign_in()
    officer.until(lambda: states(officer)["old.md"] is ReviewState.APPROVED)


def test_j_and_k_walk_the_changes_and_leave_the_queue_alone(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "AGENTS.md")
    page.list.setFocus()
    before = officer.window.review.queue.current()
    officer.press(Qt.Key.Key_J)
    assert page.view is not None
    assert page.view.row.change.path == "old.md"
    officer.press(Qt.Key.Key_K)
    officer.press(Qt.Key.Key_K)  # the heading above is no change
    assert page.view.row.change.path == "AGENTS.md"
    assert officer.window.review.queue.current() == before


def test_the_keys_of_the_queue_lead_to_it_and_change_nothing_unseen(officer: Officer) -> None:
    tab = officer.window.review.queue.pills.current()
    officer.press(Qt.Key.Key_BracketRight)
    assert officer.window.shown == "review"
    assert officer.window.review.queue.pills.current() is tab
    officer.window.do("page-memory")
    officer.settle()
    officer.press(Qt.Key.Key_F6)
    assert officer.window.shown == "review"
    assert officer.window.review.queue.table.hasFocus()


def test_rejecting_takes_a_reason_from_the_menu(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "old.md")
    page.list.setFocus()
    officer.press(Qt.Key.Key_R)
    assert QApplication.activePopupWidget() is not None
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    officer.until(lambda: states(officer)["old.md"] is ReviewState.REJECTED)
    officer.until(lambda: officer.window.status.today.full_text() == "1 decided today")


def test_a_source_leads_to_its_step(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "AGENTS.md")
    cards = page.sources.findChildren(SourceCard)
    assert cards
    card = cards[0]
    card.setFocus()
    officer.press(Qt.Key.Key_Space)
    officer.until(lambda: officer.window.shown == "review" and officer.window.review.case is not None)
    officer.settle()
    case = officer.window.review.case
    assert case is not None
    assert case.number == card.support.episode
    assert officer.window.review.timeline.selected == (RECORDED, card.support.step)
    assert card.support.quote in case.episode.steps[card.support.step].content


def test_strangers_text_is_plain_and_nothing_in_it_is_hidden(officer: Officer) -> None:
    page = page_of(officer)
    choose(officer, "AGENTS.md")
    shown = " ".join(text.accessibleName() for text in page.hunks.findChildren(HunkText))
    assert "<b>Gold</b> members⟦U+202E⟧ wait" in shown
    officer.window.resize(900, 600)
    officer.settle()
    page.grab()
