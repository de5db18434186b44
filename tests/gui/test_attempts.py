"""Attempts at the same task side by side, under real keys, on the sample's desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from officer import Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.attempts.align import AttemptSheet, align_attempts
from dreamdesk.gui.attempts.dialog import AttemptsDialog
from dreamdesk.gui.compare.sheet import DREAMED, RECORDED
from dreamdesk.gui.doings import show_attempts
from dreamdesk.model.episode import Actor, Kind, OutcomeState, Step

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def steps(*texts: str) -> list[Step]:
    """Return steps: "!a" is a call with the argument a, everything else a message of the agent."""
    return [
        Step(i, Actor.AGENT, Kind.TOOL_CALL, f'{{"x": "{text[1:]}"}}', i, tool="look")
        if text.startswith("!")
        else Step(i, Actor.AGENT, Kind.MESSAGE, text, i)
        for i, text in enumerate(texts)
    ]


def test_the_same_calls_stand_beside_one_another_however_they_are_written() -> None:
    left = steps("hello", "!a", "one", "two", "!b")
    right = [*steps("hi", "!a"), Step(2, Actor.AGENT, Kind.TOOL_CALL, '{ "x":"b" }', 2, tool="look")]
    assert {(1, 1), (4, 2)} <= set(align_attempts(left, right))


@given(*[st.lists(st.sampled_from(["a", "b", "!a", "!b", "!c"]), max_size=9)] * 2)
def test_every_step_stands_once_and_in_order(left: list[str], right: list[str]) -> None:
    parting = (len(left) // 2, len(right) // 2) if left and right else None
    for pairs in (align_attempts(steps(*left), steps(*right), known) for known in {None, parting}):
        assert [a for a, _ in pairs if a is not None] == list(range(len(left)))
        assert [b for _, b in pairs if b is not None] == list(range(len(right)))


def test_what_differed_first_is_the_first_call_that_only_one_made() -> None:
    sheet = AttemptSheet(steps("hello", "!a", "well", "!b"), steps("hi", "!a", "so", "!c"))
    assert sheet.parting == (3, 3)
    assert sheet.starts == {(RECORDED, 3), (DREAMED, 3)}
    assert AttemptSheet(steps("hello", "!a"), steps("hello", "!a")).parting is None
    assert AttemptSheet(steps("hello", "!a"), steps("bye", "!a")).parting == (0, 0)


def test_steps_at_which_attempts_part_face_each_other() -> None:
    sheet = AttemptSheet(steps("a", "!b", "c", "!d"), steps("!e", "a", "c"), (1, 0))
    assert sheet.places(sheet.pair_of((RECORDED, 1)) or 0) == ((RECORDED, 1), (DREAMED, 0))
    assert [sheet.places(pair)[1] for pair in range(sheet.pairs)].count(None) == sheet.pairs - 3


def shown(officer: Officer) -> AttemptsDialog:
    dialog = officer.wait_dialog(AttemptsDialog)
    assert isinstance(dialog, AttemptsDialog)
    officer.settle()
    return dialog


def test_an_officer_compares_attempts_and_goes_to_one(officer: Officer, tmp_path: Path) -> None:
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    case, dialog = officer.window.review.case, shown(officer)
    assert case is not None
    db = open_desk(tmp_path / "retail.desk", readonly=True)
    others = pipeline.other_attempts(db, case.number)
    db.close()
    assert others
    assert [row.outcome is OutcomeState.SUCCEEDED for row in others] == sorted(
        (row.outcome is OutcomeState.SUCCEEDED for row in others), reverse=True
    )
    assert dialog.list.count() == len(others)
    assert "What differed first: step" in dialog.parting.full_text()
    assert "successful attempt" in dialog.parting.full_text()
    assert dialog.view.selected is not None
    dialog.only.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert dialog.view.only_differences
    dialog.where.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert dialog.view.hasFocus()
    dialog.take.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert officer.window.review.case is not None
    assert officer.window.review.case.number == others[0].episode


def test_before_the_mark_the_desk_keeps_its_sentence_to_itself(officer: Officer) -> None:
    assert not officer.window.review.is_shown()
    officer.window.do("attempts")
    assert "successful attempt" not in shown(officer).parting.full_text()


def test_evidence_from_another_attempt_opens_it_at_its_step(officer: Officer, tmp_path: Path) -> None:
    case = officer.window.review.case
    assert case is not None
    db = open_desk(tmp_path / "retail.desk", readonly=True)
    other = pipeline.other_attempts(db, case.number)[-1].episode
    db.close()
    show_attempts(officer.window, other, 2)
    dialog = shown(officer)
    assert dialog.view.selected == (DREAMED, 2)
    assert f"Episode {other}" in dialog.list.currentItem().text()


def test_an_episode_without_others_says_so(officer: Officer, qtbot: QtBot) -> None:
    dialog = AttemptsDialog(officer.window.jobs, 999_999, parent=officer.window)
    dialog.open()
    officer.settle()
    assert "No other attempt" in dialog.parting.full_text()
    assert not dialog.take.isEnabled()
