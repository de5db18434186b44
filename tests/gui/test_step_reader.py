"""The step reader under real keys: groups fold, hidden characters are told, files come out on demand only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from officer import Officer
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk.gui.reader.dialog import StepReader
from dreamdesk.gui.reader.facts import warnings
from dreamdesk.gui.reader.layout import LONGEST, group_around, groups, joined, lay_out, shown
from dreamdesk.gui.reader.text import StepText
from dreamdesk.model.episode import Actor, Gap, GapKind, Kind, Step

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier
NESTED = json.dumps({"a": {"b": ["one long value of many words"] * 4, "c": "needle"}, "d": ["x" * 70, "y" * 70]})


def result(text: str) -> Step:
    return Step(0, Actor.TOOL, Kind.TOOL_RESULT, text, 0, tool="look")


@pytest.fixture
def text(qtbot: QtBot) -> StepText:
    text = StepText()
    qtbot.addWidget(text)
    text.resize(700, 500)
    text.show_text(lay_out(result(NESTED)))
    text.show()
    text.setFocus()
    return text


def seen(text: StepText) -> list[str]:
    block, found = text.document().firstBlock(), []
    while block.isValid():
        if block.isVisible():
            found.append(block.text().strip())
        block = block.next()
    return found


def at_line(text: StepText, words: str) -> None:
    line = next(i for i, line in enumerate(text.laid.lines) if words in line)
    text.setTextCursor(QTextCursor(text.document().findBlockByNumber(line)))


def test_minus_folds_the_group_at_the_cursor_and_plus_unfolds_it(text: StepText, qtbot: QtBot) -> None:
    at_line(text, "one long value")
    qtbot.keyClick(text, Qt.Key.Key_Minus)
    assert '"b": [' in seen(text)
    assert not any("one long value" in line for line in seen(text))
    assert '], "c": "needle"' in seen(text)
    assert text.textCursor().block().text().strip() == '"b": ['
    qtbot.keyClick(text, Qt.Key.Key_Minus)
    assert '], "c": "needle"' not in seen(text)
    assert not text.grab().isNull()
    qtbot.keyClick(text, Qt.Key.Key_Plus)
    assert '], "c": "needle"' in seen(text)
    text.fold_all(False)
    assert len(seen(text)) == len(text.laid.lines)
    text.fold_all(True)
    assert seen(text) == ["{", '"a": {', "},", '"d": [', "]", "}"]


def test_a_click_beside_the_line_folds(text: StepText, qtbot: QtBot) -> None:
    line = next(i for i, words in enumerate(text.laid.lines) if '"a": {' in words)
    height = text.fontMetrics().lineSpacing()
    qtbot.mouseClick(text._gutter, Qt.MouseButton.LeftButton, pos=QPoint(8, int(height * (line + 0.6)) + 4))
    assert line in text.folded()


def test_what_is_found_is_unfolded(text: StepText) -> None:
    text.fold_all(True)
    assert text.find_words("needle")
    assert text.textCursor().selectedText() == "needle"
    assert '], "c": "needle"' in seen(text)
    assert not text.find_words("nothing of the kind")


def test_only_what_is_in_sight_is_highlighted(text: StepText, qtbot: QtBot) -> None:
    text.show_text(lay_out(result(json.dumps([{"id": i, "name": "n" * 60} for i in range(3_000)]))))
    qtbot.waitUntil(lambda: text.complete)
    qtbot.wait(50)
    assert len(text.laid.lines) > 6_000
    assert text.document().findBlockByNumber(2).layout().formats()
    assert len(text._highlighted) < 300
    text.verticalScrollBar().setValue(text.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: bool(text.document().lastBlock().previous().previous().layout().formats()))


def test_a_long_line_is_copied_without_the_breaks_of_ours(text: StepText, qtbot: QtBot) -> None:
    words = "many words and שלום " * 1_000
    text.show_text(lay_out(result(f"first\n{words}\nlast")))
    assert max(map(len, text.laid.lines)) <= LONGEST
    text.selectAll()
    qtbot.keyClick(text, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == f"first\n{words}\nlast"


HOSTILE = [
    "<b>x</b><img src='file:///etc/passwd'>",
    "\u202e\u200b\x1b[31m",
    "a\u2028b\r\nc\x00",
    '{"a": "\ud800"}',
    "",
    "}" * 50,
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_as_text(content: str, text: StepText) -> None:
    laid = lay_out(result(content))
    text.show_text(laid)
    assert text.document().blockCount() == len(laid.lines)
    assert "\u202e" not in text.toPlainText()
    assert not text.grab().isNull()


def test_what_cannot_be_seen_is_told() -> None:
    step = result("a\u202eb\u200bc\u200b")
    told = warnings(step, lay_out(step), [Gap(GapKind.MEDIA, "A picture.", 0)]).splitlines()
    assert told == [
        "Not shown: A picture.",
        "Hidden characters, written out in the text: U+202E RIGHT-TO-LEFT OVERRIDE ×1, U+200B ZERO WIDTH SPACE ×2",
    ]


lines = st.lists(st.sampled_from(["{", "}", "[", "]", "x", "a: {", "},", "f(", ")"]), max_size=30)


@given(lines, st.data())
def test_groups_nest_and_folding_hides_whole_groups(rows: list[str], data: st.DataObject) -> None:
    found = groups(rows)
    for start, stop in found.items():
        assert start + 1 < stop < len(rows)
        for other, end in found.items():
            assert not start < other < stop < end
    closed = frozenset(data.draw(st.sets(st.sampled_from(sorted(found)))) if found else ())
    visible = shown(len(rows), found, closed)
    for start in closed:
        assert not any(visible[start + 1 : found[start]])
    assert sum(visible) == len(rows) - len({i for one in closed for i in range(one + 1, found[one])})
    if rows:
        line = data.draw(st.integers(0, len(rows) - 1))
        around = group_around(line, found)
        assert around is None or around <= line <= found[around]


@given(st.text(st.sampled_from("ab \n"), max_size=40))
def test_lines_join_to_what_they_were(words: str) -> None:
    long = words + "x y " * 900
    laid = lay_out(Step(0, Actor.USER, Kind.MESSAGE, long, 0))
    assert joined(list(enumerate(laid.lines)), laid.continued) == long.rstrip("\n")


def test_an_officer_reads_step_after_step_and_the_timeline_follows(officer: Officer) -> None:
    officer.press(Qt.Key.Key_V)
    officer.window.review.show_step(3)
    officer.press(Qt.Key.Key_L)
    reader = officer.wait_dialog(StepReader)
    assert isinstance(reader, StepReader)
    officer.settle()
    case = officer.window.review.case
    assert case is not None
    assert reader.heading.full_text().startswith("3 · ")
    assert reader.text.toPlainText()
    assert reader.files.isHidden()
    officer.press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert reader.place == ("recorded", 4)
    assert officer.window.review.timeline.selected == ("recorded", 4)
    for _ in range(len(case.episode.steps)):
        reader.go_on(1)
    assert reader.place[1] == len(case.episode.steps) - 1
    assert not reader.on.isEnabled()
    officer.press(Qt.Key.Key_F, CONTROL)
    assert reader.words.hasFocus()
    QTest.keyClicks(reader.words, "no such words")
    assert "do not stand" in reader.trouble()
    reader.reject()
    assert case.revision is not None
    officer.window.review.show_step(case.revision.start, track="dreamed")
    officer.window.do("read")
    dreamed = officer.wait_dialog(StepReader)
    assert isinstance(dreamed, StepReader)
    officer.settle()
    assert "grafted" in dreamed.facts.full_text()
    assert not dreamed.back.isEnabled()


def test_a_reader_that_is_closed_while_a_long_step_is_laid_out_is_gone(officer: Officer, qtbot: QtBot) -> None:
    case = officer.window.review.case
    assert case is not None
    steps = (result("many words and more " * 60_000),)
    reader = StepReader(
        officer.window.jobs, replace(case, episode=replace(case.episode, steps=steps, gaps=())), ("recorded", 0)
    )
    reader.open()
    assert reader.text.toPlainText()
    with qtbot.waitSignal(reader.destroyed):
        reader.reject()
    officer.settle()
