"""The editor of a correction: order of the steps, and what a tool takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs import amending
from dreamdesk.gui.dialogs.amending import AmendDialog
from dreamdesk.gui.dialogs.tool_help import FROM_CALLS, arguments, completed, tools_of
from dreamdesk.model.episode import Actor, Kind, Step, ToolSchema

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CLOSE = ToolSchema(
    "close_claim",
    "Closes a claim.",
    {
        "type": "object",
        "properties": {
            "comment": {"type": "string"},
            "claim": {"type": "integer", "description": "Its number."},
            "decision": {"type": "string", "enum": ["approved", "denied"]},
        },
        "required": ["claim", "decision"],
    },
)


def call(content: str, tool: str = "close_claim") -> Step:
    return Step(1, Actor.AGENT, Kind.TOOL_CALL, content, 0, tool=tool, call_id="c")


STEPS = [Step(0, Actor.AGENT, Kind.MESSAGE, "So.", 0), call("{}"), Step(2, Actor.USER, Kind.MESSAGE, "Thanks.", 1)]


@pytest.fixture
def dialog(qtbot: QtBot) -> AmendDialog:
    dialog = AmendDialog("Amend", "", 0, 0, STEPS, tools={CLOSE.name: CLOSE})
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_steps_change_places_by_key_and_the_ends_stay(dialog: AmendDialog) -> None:
    dialog.list.setCurrentRow(2)
    QTest.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [step.content for step in dialog.drafts()] == ["So.", "Thanks.", "{}"]
    assert dialog.list.currentRow() == 1
    for _ in range(4):
        QTest.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [step.content for step in dialog.drafts()] == ["Thanks.", "So.", "{}"]
    assert not dialog.up_button.isEnabled()
    QTest.mouseClick(dialog.down_button, Qt.MouseButton.LeftButton)
    assert [step.content for step in dialog.drafts()] == ["So.", "Thanks.", "{}"]


def test_the_schema_of_the_tool_stands_beside_the_call_and_fills_in(dialog: AmendDialog) -> None:
    assert dialog.help.isHidden()
    dialog.list.setCurrentRow(1)
    lines = dialog.help.words.full_text().splitlines()
    assert lines == [
        "Closes a claim.",
        "claim · integer · required · Its number.",
        'decision · string · required · one of "approved", "denied"',
        "comment · string · optional",
    ]
    QTest.mouseClick(dialog.help.button, Qt.MouseButton.LeftButton)
    assert json.loads(dialog.drafts()[1].content) == {"claim": 0, "decision": ""}
    assert dialog.help.button.isHidden()
    QTest.keyClick(dialog.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert dialog.drafts()[1].content == "{}"
    dialog.tool.setText("open_claim")
    assert "no such tool. It names: close_claim" in dialog.help.words.full_text()


def test_arguments_stand_on_lines_of_their_own_and_untouched_ones_keep_their_bytes(qtbot: QtBot) -> None:
    content = '{"claim":7,"decision":"approved","comment":"' + "long " * 12 + '"}'
    dialog = AmendDialog("Amend", "", 0, 0, [call(content), STEPS[0]])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    assert dialog.text.toPlainText().splitlines()[1:3] == ['  "claim": 7,', '  "decision": "approved",']
    dialog.tool.setText("close")
    dialog.list.setCurrentRow(1)
    dialog.list.setCurrentRow(0)
    assert dialog.drafts()[0].content == content


def test_a_tool_without_a_schema_is_known_by_its_recorded_calls() -> None:
    found = tools_of([CLOSE], [call('{"a": 1}', "look"), call('{"b": 2}', "look"), call("no JSON", "odd")])
    assert list(found) == ["close_claim", "look", "odd"]
    assert found["look"].description == FROM_CALLS
    assert [argument.line for argument in arguments(found["look"])] == ["a", "b"]
    assert completed(found["look"], "{}") is None


def test_what_stands_there_is_kept() -> None:
    assert json.loads(completed(CLOSE, '{"claim": 7, "x": "é"}') or "") == {"claim": 7, "x": "é", "decision": ""}
    assert completed(CLOSE, '{"claim": 7, "decision": "denied"}') is None
    assert completed(CLOSE, "[1]") is None
    assert completed(CLOSE, "{") is None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "enum", "x", "y"]), inner),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional={"properties": anything, "required": anything}) | anything)
def test_no_schema_breaks_the_help(parameters: object) -> None:
    tool = ToolSchema("t", "", parameters)  # type: ignore[arg-type]
    for argument in arguments(tool):
        assert "\n" not in argument.line
    made = completed(tool, "{}")
    assert made is None or isinstance(json.loads(made), dict)


def test_an_officer_moves_a_step_and_the_guardrails_say_what_that_breaks(officer: Officer, tmp_path: Path) -> None:
    """A result above its call is no path that anybody could take."""
    officer.press(Qt.Key.Key_V)
    officer.press(Qt.Key.Key_E)
    officer.sign_in()
    dialog = officer.wait_dialog(AmendDialog)
    assert isinstance(dialog, AmendDialog)
    place = next(i for i, step in enumerate(dialog.drafts()) if step.kind is Kind.TOOL_RESULT)
    assert dialog.drafts()[place - 1].kind is Kind.TOOL_CALL
    dialog.list.setFocus()
    dialog.list.setCurrentRow(place)
    officer.press(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    officer.until(lambda: "✕" in dialog.checks.full_text())
    officer.press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    dialog.text.setFocus()
    case = officer.window.review.case
    assert case is not None
    assert case.correction is not None
    dialog.list.setCurrentRow(0)
    if dialog.drafts()[0].kind is Kind.MESSAGE:
        dialog.text.setPlainText("A better answer.")
    dialog.lesson.setText("Ask before acting.")
    officer.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    db = open_desk(tmp_path / "retail.desk")
    revision = corrections.revision(db, case.correction.id)
    checks, _ = corrections.checks(db, case.correction.id)
    assert revision.number == 2
    assert checks
    assert pipeline.verify_desk(db) == []
    db.close()


def test_arguments_of_any_length_are_laid_out_whole_or_not_at_all() -> None:
    for length in range(amending.MOST_LAID_OUT - 20, amending.MOST_LAID_OUT + 3):
        step = call(json.dumps({"a": "x" * length}))
        assert json.loads(amending._readable(step)) == json.loads(step.content)
