"""The review page with real key presses: commit, reveal, evidence, decision, amendment."""

from __future__ import annotations

import shutil
from array import array
from pathlib import Path

import pytest
from officer import PASSPHRASE, SAMPLES, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, marks, queue
from dreamdesk.desk.database import create, open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.dialogs.amending import AmendDialog
from dreamdesk.gui.dialogs.marking import MarkDialog
from dreamdesk.gui.dialogs.reading import ReadingDialog
from dreamdesk.gui.review.error_section import ErrorSection
from dreamdesk.gui.review.queue_panel import settled
from dreamdesk.gui.widgets import Label
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import ReviewState, Role, Verdict

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier


def words(section: ErrorSection) -> str:
    return "\n".join(label.full_text() for label in section.findChildren(Label) if not label.isHidden())


def choose(officer: Officer, *, clean: bool) -> int:
    """Go to an episode whose correction passes every check, or has warnings; return its correction."""
    page = officer.window.review
    for _ in range(len(page.queue.model.ids)):
        case = page.current()
        assert case is not None
        assert case.correction is not None
        warned = any(check.result is not CheckResult.PASS for check in case.checks)
        if warned is not clean:
            return case.correction.id
        officer.press(Qt.Key.Key_J)
    raise AssertionError("the sample has no such episode")


def test_it_begins_at_the_worst_failure_without_the_desks_view(officer: Officer) -> None:
    page = officer.window.review
    case = page.current()
    assert case is not None
    assert case.number == page.queue.model.ids[0]
    assert not page.is_shown()
    assert page.timeline.selected == ("recorded", 0)
    assert "press V" in words(page.side.error)
    assert case.standing is not None
    assert case.standing.why not in words(page.side.error)
    assert not any(button.isEnabled() for button in page.side.decision.buttons.values())


def test_v_reveals_at_once(officer: Officer) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    case = page.current()
    assert case is not None
    assert case.standing is not None
    assert page.is_shown()
    assert page.timeline.selected == ("recorded", case.standing.step)
    for sentence in case.standing.why.removesuffix(".").split(". "):
        assert sentence in words(page.side.error)
    assert page.side.decision.buttons[Verdict.REJECT].isEnabled()


def test_j_and_k_walk_the_queue(officer: Officer) -> None:
    page = officer.window.review
    ids = list(page.queue.model.ids)
    officer.press(Qt.Key.Key_J)
    officer.press(Qt.Key.Key_Down, CONTROL)
    assert page.case is not None
    assert page.case.number == ids[2]
    officer.press(Qt.Key.Key_K)
    assert page.case.number == ids[1]


def test_quick_steps_through_the_queue_show_the_last_one_only(officer: Officer) -> None:
    page = officer.window.review
    shown: list[int] = []
    page.shown.connect(lambda case: shown.append(case.number))
    last = page.queue.model.ids[-1]
    for _ in page.queue.model.ids:
        page.queue.go(1)
    officer.settle()
    assert page.case is not None
    assert page.case.number == last
    assert shown == [last]


def test_a_blind_mark_is_recorded_before_the_reveal_and_compared_after(officer: Officer, desk: Path) -> None:
    page = officer.window.review
    for _ in range(3):
        officer.press(Qt.Key.Key_Right)
    officer.press(Qt.Key.Key_M)
    dialog = officer.wait_dialog(MarkDialog)
    assert isinstance(dialog, MarkDialog)
    officer.press(Qt.Key.Key_Down)
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    case = page.current()
    assert case is not None
    db = open_desk(desk, readonly=True)
    (mark,) = marks.of_episode(db, case.number)
    db.close()
    assert mark.blind
    assert mark.auditor == "Ada Officer"
    assert page.is_shown()
    assert ("agrees" in words(page.side.error)) or ("differs" in words(page.side.error))


def test_a_mark_after_the_reveal_is_not_blind(officer: Officer, desk: Path) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_M)
    officer.wait_dialog(MarkDialog)
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    assert page.case is not None
    db = open_desk(desk, readonly=True)
    (mark,) = marks.of_episode(db, page.case.number)
    db.close()
    assert not mark.blind
    assert "blind mark" not in words(page.side.error)


def test_evidence_jumps_to_its_step(officer: Officer) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    first = page.side.error.quotes[0]
    officer.press(Qt.Key.Key_Q)
    assert page.timeline.selected == ("recorded", first.step)
    assert page.compare.selected == ("recorded", first.step)
    officer.press(Qt.Key.Key_G)
    assert page.case is not None
    assert page.case.standing is not None
    assert page.timeline.selected == ("recorded", page.case.standing.step)
    first.click()
    assert page.timeline.selected == ("recorded", first.step)


def test_a_clean_correction_is_approved_by_one_key(officer: Officer, desk: Path) -> None:
    correction = choose(officer, clean=True)
    before = len(officer.window.review.queue.model.ids)
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_A)
    officer.sign_in()
    db = open_desk(desk, readonly=True)
    assert corrections.get(db, correction).state is ReviewState.APPROVED
    (decision,) = decisions.of_correction(db, correction)
    db.close()
    assert decision.auditor == "Ada Officer"
    assert len(officer.window.review.queue.model.ids) == before - 1
    assert "approved" in officer.window.status.said.full_text()
    assert "1 decided today" in officer.window.status.today.full_text()


def test_a_warning_asks_for_reason_and_comment_in_words(officer: Officer, desk: Path) -> None:
    correction = choose(officer, clean=False)
    officer.press(Qt.Key.Key_V)
    officer.window.identity.ask()
    officer.sign_in()
    section = officer.window.review.side.decision
    assert not section.buttons[Verdict.APPROVE].isEnabled()
    assert "warns" in section.note.full_text()
    officer.press(Qt.Key.Key_A)
    assert officer.focus() is section.reason
    section.reason.setCurrentIndex(section.reason.findData("warning-not-material"))
    officer.press(Qt.Key.Key_C) if officer.focus() is not section.comment else None
    section.comment.setFocus()
    officer.type("The result is the one that the tool always gives.")
    officer.settle()
    assert section.buttons[Verdict.APPROVE].isEnabled()
    officer.press(Qt.Key.Key_Return, CONTROL)
    # The next case is locked until it is marked; the keyboard does not leave the page with its fields.
    assert officer.focus() is officer.window.review.queue.table
    db = open_desk(desk, readonly=True)
    assert corrections.get(db, correction).state is ReviewState.APPROVED
    db.close()


def test_rejecting_asks_for_a_reason_with_the_keyboard(officer: Officer, desk: Path) -> None:
    case = officer.window.review.current()
    assert case is not None
    assert case.correction is not None
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_R)
    assert isinstance(officer.focus(), QMenu)
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    db = open_desk(desk, readonly=True)
    (decision,) = decisions.of_correction(db, case.correction.id)
    assert decision.verdict is Verdict.REJECT
    assert decision.reason == pipeline.reasons(Verdict.REJECT)[0].code
    assert queue.counts(db)[Tab.REJECTED] == 1
    db.close()


def test_letters_typed_into_a_comment_decide_nothing(officer: Officer, desk: Path) -> None:
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_C)
    assert officer.focus() is officer.window.review.side.decision.comment
    officer.type("a rash email")
    officer.settle()
    assert officer.window.review.side.decision.comment.toPlainText() == "a rash email"
    officer.press(Qt.Key.Key_Escape)
    assert officer.focus() is officer.window.review.queue.table
    db = open_desk(desk, readonly=True)
    assert decisions.all_decisions(db) == []
    db.close()


def test_what_was_typed_survives_a_refresh_and_not_the_next_case(officer: Officer) -> None:
    officer.press(Qt.Key.Key_V)
    comment = officer.window.review.side.decision.comment
    comment.setPlainText("half a sentence")
    officer.press(Qt.Key.Key_F5)
    assert comment.toPlainText() == "half a sentence"
    officer.press(Qt.Key.Key_J)
    assert comment.toPlainText() == ""


def test_an_amendment_is_a_new_revision_by_the_officer(officer: Officer, desk: Path) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    case = page.current()
    assert case is not None
    assert case.correction is not None
    officer.press(Qt.Key.Key_E)
    officer.sign_in()
    dialog = officer.wait_dialog(AmendDialog)
    assert isinstance(dialog, AmendDialog)
    row = next(i for i, step in enumerate(dialog.drafts()) if step.kind.value == "message")
    dialog.list.setCurrentRow(row)
    dialog.text.setPlainText("I will look that up before I answer.")
    dialog.note.setText("Plainer")
    officer.press(Qt.Key.Key_S, CONTROL)
    assert officer.dialog(AmendDialog) is None
    db = open_desk(desk, readonly=True)
    revision = corrections.revision(db, case.correction.id)
    db.close()
    assert (revision.number, revision.author, revision.note) == (2, "Ada Officer", "Plainer")
    assert revision.steps[row].step.content == "I will look that up before I answer."
    assert page.case is not None
    assert page.case.revision is not None
    assert page.case.revision.number == 2


def test_an_episode_without_a_correction_gets_one_written(qtbot: QtBot, tmp_path: Path) -> None:
    from officer import SAMPLES

    desk = tmp_path / "data.desk"
    from dreamdesk.desk.database import create

    db = create(desk)
    list(pipeline.import_paths(db, [SAMPLES / "data-processing" / "ledger-entry-runs.json"]))
    pipeline.locate(db)
    counts = queue.counts(db)
    db.close()
    assert counts[Tab.UNCORRECTED] > 0
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    page = officer.window.review
    page.queue.land()
    officer.settle()
    assert page.queue.pills.current() is Tab.UNCORRECTED
    officer.press(Qt.Key.Key_V)
    assert page.side.decision.author.isVisible()
    officer.press(Qt.Key.Key_W)
    officer.sign_in()
    dialog = officer.wait_dialog(AmendDialog)
    assert isinstance(dialog, AmendDialog)
    dialog.remove_step()
    dialog.text.setPlainText("{}" if dialog.drafts()[0].kind.value == "tool_call" else "Let me ask first.")
    dialog.go()
    officer.settle()
    db = open_desk(desk, readonly=True)
    after = queue.counts(db)
    db.close()
    assert after[Tab.UNCORRECTED] == counts[Tab.UNCORRECTED] - 1
    officer.close()


def test_the_search_keeps_what_holds_the_words(officer: Officer) -> None:
    page = officer.window.review
    everything = list(page.queue.model.ids)
    officer.press(Qt.Key.Key_K, CONTROL)
    officer.type("lamp")
    officer.settle()
    assert len(page.queue.model.ids) == 1
    assert page.case is not None
    assert "lamp" in page.case.episode.title.lower()
    officer.type("zzz")
    officer.settle()
    assert page.empty.isVisible()
    assert page.queue.nothing[0] == "Nothing found"
    officer.press(Qt.Key.Key_Escape)
    assert list(page.queue.model.ids) == everything


def test_tabs_are_turned_with_the_keyboard_and_say_when_empty(officer: Officer) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_BracketRight)
    assert page.queue.pills.current() is Tab.SECOND
    assert page.empty.isVisible()
    officer.press(Qt.Key.Key_BracketLeft)
    assert page.queue.pills.current() is Tab.REVIEW
    assert page.case is not None


def test_without_blind_marking_everything_is_shown_at_once(officer: Officer) -> None:
    officer.choose_blind_mark("off")
    assert officer.window.review.is_shown()
    officer.choose_blind_mark("optional")
    assert not officer.window.review.is_shown()


def test_the_policy_opens_at_the_clause(officer: Officer) -> None:
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_P)
    dialog = officer.wait_dialog(ReadingDialog)
    assert isinstance(dialog, ReadingDialog)
    case = officer.window.review.case
    assert case is not None
    assert case.clause is not None
    assert dialog.text.textCursor().selectedText() in case.clause.text
    assert dialog.text.textCursor().hasSelection()


def test_cannot_tell_is_a_mark_too(officer: Officer, desk: Path) -> None:
    officer.press(Qt.Key.Key_U)
    officer.sign_in()
    case = officer.window.review.case
    assert case is not None
    db = open_desk(desk, readonly=True)
    (mark,) = marks.of_episode(db, case.number)
    db.close()
    assert mark.step is None
    assert mark.blind
    assert officer.window.review.is_shown()


def test_the_list_does_not_jump_when_a_mark_changes_the_order(officer: Officer) -> None:
    page = officer.window.review
    before = list(page.queue.model.ids)
    officer.press(Qt.Key.Key_U)
    officer.sign_in()
    assert list(page.queue.model.ids) == before
    assert page.queue.table.currentIndex().row() == 0
    officer.press(Qt.Key.Key_F5)
    assert sorted(page.queue.model.ids) == sorted(before)


def test_settled_keeps_the_order_unless_something_was_added() -> None:
    old, new = array("q", [5, 3, 9, 1]), array("q", [1, 9, 5])
    assert list(settled(old, new)) == [5, 9, 1]
    assert list(settled(old, array("q", [7, 5]))) == [7, 5]
    assert list(settled(array("q"), new)) == [1, 9, 5]


def test_what_the_desk_refuses_to_save_stays_in_the_editor(officer: Officer, desk: Path) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_E)
    officer.sign_in()
    dialog = officer.wait_dialog(AmendDialog)
    assert isinstance(dialog, AmendDialog)
    assert page.case is not None
    assert page.case.correction is not None
    # Meanwhile somebody else approves and releases the correction.
    db = open_desk(desk)
    pipeline.add_auditor(db, "Ben", Role.REVIEWER, PASSPHRASE)
    ben = pipeline.unlock(db, "Ben", PASSPHRASE)
    pipeline.decide(db, page.case.correction.id, Verdict.APPROVE, "other", "It is right.", ben)
    pipeline.release(db, desk.parent / "out", ben)
    db.close()
    dialog.list.setCurrentRow(0)
    dialog.text.setPlainText('{"kept": 1}')
    dialog.go()
    officer.settle()
    assert dialog.isVisible()
    assert "released" in dialog.trouble()
    assert dialog.text.toPlainText() == '{"kept": 1}'


def test_tab_walks_from_the_queue_to_the_decision(officer: Officer) -> None:
    page = officer.window.review
    officer.press(Qt.Key.Key_V)
    page.queue.table.setFocus()
    met = []
    for _ in range(30):
        officer.press(Qt.Key.Key_Tab)
        met.append(officer.focus())
        if met[-1] is page.side.decision.buttons[Verdict.HOLD]:
            break
    side = page.side
    order = [page.timeline, page.compare, side.error.quotes[0], side.decision.reason, side.decision.comment]
    places = [met.index(widget) for widget in order]
    assert places == sorted(places)
    assert met[-1] is page.side.decision.buttons[Verdict.HOLD]


def test_a_warning_holds_an_approval_back_before_anybody_has_signed_in(officer: Officer) -> None:
    section = officer.window.review.side.decision
    choose(officer, clean=False)
    officer.press(Qt.Key.Key_V)
    assert not section.buttons[Verdict.APPROVE].isEnabled()
    assert "A guardrail warns" in section.note.full_text()
    section.reason.setCurrentIndex(1)
    section.comment.setPlainText("Seen in the carrier's own record.")
    officer.settle()
    assert section.buttons[Verdict.APPROVE].isEnabled()


def test_writing_before_the_reveal_says_what_comes_first(officer: Officer) -> None:
    for key in (Qt.Key.Key_W, Qt.Key.Key_E):
        officer.window.status.said.setText("")
        officer.press(key)
        assert "press V" in officer.window.status.said.full_text()


def test_an_empty_review_list_names_the_failures_that_have_no_correction(officer: Officer, tmp_path: Path) -> None:
    source = tmp_path / "lone.json"
    shutil.copy(SAMPLES / "workflow-orchestration" / "handoff-review.json", source)
    create(tmp_path / "lone.desk").close()
    db = open_desk(tmp_path / "lone.desk")
    list(pipeline.import_paths(db, [source]))
    db.close()
    officer.open(tmp_path / "lone.desk")
    assert officer.window.review.queue.nothing[1].startswith("1 failed episode has no correction")


def test_the_list_of_all_keeps_the_desks_view_of_what_is_yet_to_be_judged(officer: Officer) -> None:
    page = officer.window.review
    waiting = set(page.queue.model.ids)
    page.queue.show_tab(Tab.ALL)
    officer.settle()
    rows = page.queue.model.item
    shown = {rows(place).episode for place in range(len(page.queue.model.ids)) if page.queue.model.shows(rows(place))}
    assert waiting
    assert not waiting & shown
    assert shown  # successful attempts have nothing to mark
