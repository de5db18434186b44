"""The comparison under real keys and mouse, on real pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dreamdesk.gui import theme
from dreamdesk.gui.compare.cards import fitting
from dreamdesk.gui.compare.cell import PAD, Cell, Heading
from dreamdesk.gui.compare.sheet import BAND, RECORDED, Sheet
from dreamdesk.gui.compare.view import CompareView
from dreamdesk.gui.widgets import chip_size
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Actor, Kind, Step


@pytest.fixture
def view(claim: tuple[Step, ...], dream: Revision, qtbot: QtBot) -> CompareView:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(900, 420)
    view.show_pair(claim, dream, 2)
    view.show()
    view.setFocus()
    return view


def _long(count: int, text: str = "Some words that a step may say, in a line or two, as agents do.") -> list[Step]:
    return [Step(i, Actor.AGENT, Kind.MESSAGE, f"{i}: {text}", i) for i in range(count)]


def _in_sight(view: CompareView, item: int) -> bool:
    area = view.accessible_rect(item)
    return area.bottom() > 40 and area.top() < view.viewport().height()


def test_it_opens_on_the_step_before_the_error(view: CompareView) -> None:
    assert view.selected == ("recorded", 9)
    assert _in_sight(view, 2 * 8)
    assert not _in_sight(view, 2 * 7)


def test_a_tall_step_before_the_error_does_not_hide_it(view: CompareView, dream: Revision) -> None:
    steps = [Step(i, Actor.TOOL, Kind.TOOL_RESULT, "line\n" * 80, i) for i in range(9)]
    view.show_pair([*steps, Step(9, Actor.AGENT, Kind.MESSAGE, "wrong", 9)], dream, 1)
    area = view.accessible_rect(2 * 9)
    assert 40 < area.top() < view.viewport().height() / 2


def test_keys_walk_change_sides_and_tell(view: CompareView, qtbot: QtBot) -> None:
    heard: list[object] = []
    view.stepActivated.connect(heard.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Home):
        qtbot.keyClick(view, key)
    assert heard == [("recorded", 10), ("dreamed", 10), ("dreamed", 11), ("recorded", 11), ("recorded", 0)]
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.selected == ("recorded", 17)
    assert _in_sight(view, 2 * 17)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert heard[-2:] == [("recorded", 17)] * 2


def test_a_click_chooses_the_step_under_the_mouse(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.stepActivated) as heard:
        area = view.accessible_rect(2 * 10 + 1)
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.center().x(), area.top() + 9))
    assert heard.args == [("dreamed", 10)]
    with qtbot.assertNotEmitted(view.stepActivated):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 8))


def test_scroll_to_brings_a_step_into_sight_without_an_echo(view: CompareView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.stepActivated):
        view.scroll_to("recorded", 1)
        assert view.selected == ("recorded", 1)
        assert _in_sight(view, 2)
        view.scroll_to("dreamed", 3)
        assert view.selected == ("recorded", 3)
        view.scroll_to("dreamed", 11)
        assert view.selected == ("dreamed", 11)
        view.scroll_to("dreamed", 12)
        view.scroll_to("recorded", 18)
    assert view.selected == ("dreamed", 11)


def test_ctrl_c_copies_the_recorded_text(view: CompareView, claim: tuple[Step, ...], qtbot: QtBot) -> None:
    view.scroll_to("recorded", 10)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == claim[10].content


def test_a_lone_surrogate_can_be_shown_and_copied(view: CompareView, qtbot: QtBot) -> None:
    view.show_pair([Step(0, Actor.USER, Kind.MESSAGE, "a\ud800b 😀 𝒳 end", 0)], None)
    view.grab()
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "a\ufffdb 😀 𝒳 end"


def _alike(steps: tuple[Step, ...]) -> Revision:
    """Return a correction of the claim that ends as the recording does, but for one step."""
    kept = [replace(step, content="Sorry!") if step.index == 14 else step for step in steps[12:]]
    return Revision(12, tuple(CorrectedStep(step, Provenance.AUTHORED) for step in kept), number=1)


def test_only_what_differs_is_shown_on_demand(view: CompareView, claim: tuple[Step, ...], qtbot: QtBot) -> None:
    view.show_pair(claim, _alike(claim), 1, error=9)
    view.show_only_differences(True)
    assert [row for row in view._window.sheet.rows if row[1] == BAND] == [(0, BAND), (10, BAND), (15, BAND)]
    assert view.manner.endswith("only what differs")
    view.scroll_to("recorded", 9)
    qtbot.keyClick(view, Qt.Key.Key_Period)
    assert view.selected == ("recorded", 14)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selected == ("recorded", 10)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selected == ("recorded", 9)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert [row for row in view._window.sheet.rows if row[1] == BAND] == [(0, BAND), (15, BAND)]
    view.scroll_to("recorded", 17)
    assert _in_sight(view, 2 * 17)
    assert len(view._window.sheet.rows) == 1 + 18 - 9
    view.show_only_differences(False)
    assert len(view._window.sheet.rows) == 18


def test_the_last_line_of_a_run_opens_under_the_mouse(view: CompareView, claim: tuple[Step, ...], qtbot: QtBot) -> None:
    view.show_only_differences(True)
    view.verticalScrollBar().setValue(0)
    area = view.accessible_rect(0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.left() + 40, area.bottom() - 20))
    assert len(view._window.sheet.rows) >= len(claim)


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12), st.data())
def test_every_step_has_a_row_however_much_is_hidden(left: list[str], right: list[str], data: st.DataObject) -> None:
    steps = [Step(i, Actor.AGENT, Kind.MESSAGE, text, i) for i, text in enumerate(left)]
    start = data.draw(st.integers(0, len(steps)))
    made = [Step(start + i, Actor.AGENT, Kind.MESSAGE, text, start + i) for i, text in enumerate(right)]
    sheet = Sheet(steps, Revision(start, tuple(CorrectedStep(step, Provenance.DREAMED) for step in made)))
    sheet.narrow((RECORDED, 0) if steps else None)
    shown = [pair for row in range(len(sheet.rows)) for pair in sheet.run(row)]
    assert shown == list(range(sheet.pairs))
    for pair in range(sheet.pairs):
        for place in sheet.places(pair):
            if place is not None:
                row = sheet.row_of(place)
                assert row is not None
                assert pair in sheet.run(row)
    for row in range(len(sheet.rows) - 1, -1, -1):
        if sheet.rows[row][1] == BAND:
            left_place = sheet.places(sheet.rows[row][0])[0]
            assert left_place is not None
            assert sheet.toggle(left_place)
    assert [row[1] for row in sheet.rows] == [0] * sheet.pairs


def _count(view: CompareView, token: str, item: int) -> int:
    area = view.accessible_rect(item)
    image = view.viewport().grab(area).toImage()
    wanted = theme.color(token).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_differences_are_coloured_and_underlined(view: CompareView) -> None:
    view.scroll_to("recorded", 12)
    assert _count(view, "error", 2 * 10) > 20
    assert _count(view, "accent", 2 * 10 + 1) > 20
    assert _count(view, "error", 2 * 11) == 0
    assert _count(view, "error_soft", 2 * 9) > 1_000
    assert _count(view, "accent_soft", 2 * 9 + 1) > 1_000


def test_marks_stand_right_behind_letters_outside_the_basic_plane(view: CompareView, dream: Revision) -> None:
    view.show_pair([Step(0, Actor.USER, Kind.MESSAGE, "😀😀😀 old", 0)], Revision(0, ()), 1)
    cell = view._window.cells(0)[0]
    assert cell is not None
    assert cell.height > 30


def test_a_flashed_quote_stands_out_until_another_step_is_chosen(view: CompareView) -> None:
    view.flash(8, '"starts": "delivery_date"')
    assert view.selected == ("recorded", 8)
    assert _count(view, "warn", 16) > 60
    view.scroll_to("recorded", 9)
    assert _count(view, "warn", 16) < 20
    view.flash(8, "words that are not there")
    assert view.selected == ("recorded", 8)
    view.flash(99, "x")
    assert view.selected == ("recorded", 8)


def test_a_quote_in_the_folded_part_is_unfolded(view: CompareView) -> None:
    text = "filler words go on. " * 5_000 + "the needle here. " + "and on. " * 5_000
    view.show_pair([Step(0, Actor.TOOL, Kind.TOOL_RESULT, text, 0)], None)
    view.flash(0, "the needle here")
    image = view.viewport().grab().toImage()
    wanted = theme.color("warn").rgb()
    assert any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_without_a_revision_the_right_card_says_so(view: CompareView, claim: tuple[Step, ...], qtbot: QtBot) -> None:
    view.show_pair(claim, None)
    assert view.selected == ("recorded", 0)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.selected == ("recorded", 0)
    assert not view.grab().isNull()


def test_an_empty_episode_takes_keys_and_paints(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    view.show_pair([], None)
    view.show()
    for key in (
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_Space,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Left,
        Qt.Key.Key_Return,
    ):
        qtbot.keyClick(view, key)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 90))
    assert view.selected is None
    assert not view.grab().isNull()


@pytest.mark.parametrize("size", [(1, 1), (90, 50), (2_500, 1_600)])
def test_no_size_breaks_it(size: tuple[int, int], view: CompareView) -> None:
    view.resize(*size)
    assert not view.grab().isNull()


def test_every_step_of_a_long_episode_is_reached_by_key(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show_pair(_long(60), None)
    view.show()
    seen = {0}
    view.stepActivated.connect(lambda place: seen.add(place[1]))
    for _ in range(200):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert seen == set(range(60))


def test_scrolling_up_and_down_comes_back_to_the_same_place(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show_pair(_long(300, "word " * 90), None)
    view.show()
    view.scroll_to("recorded", 150)
    before = view.accessible_rect(300).top()
    bar = view.verticalScrollBar()
    for by in (-40, -90, -200, 200, 90, 40):
        bar.setValue(bar.value() + by)
    assert abs(view.accessible_rect(300).top() - before) <= 3
    bar.setValue(bar.maximum())
    bar.setValue(bar.maximum())
    assert _in_sight(view, 2 * 299)
    bar.setValue(0)
    assert _in_sight(view, 0)


def test_ten_thousand_steps_open_and_scroll(view: CompareView, dream: Revision) -> None:
    steps = _long(10_000)
    view.show_pair(steps, Revision(9_000, dream.steps), 1)
    view.grab()
    view.scroll_to("recorded", 9_999)
    view.scroll_to("recorded", 0)
    assert _in_sight(view, 0)


def test_a_step_of_five_megabytes_is_shown_folded_and_then_whole(view: CompareView, qtbot: QtBot) -> None:
    text = "".join(f"line {i} of a very long tool result\n" for i in range(140_000))
    step = Step(0, Actor.TOOL, Kind.TOOL_RESULT, text, 0)
    view.show_pair([step, *_long(3)[1:]], None)
    view.grab()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    view.grab()
    bar = view.verticalScrollBar()
    assert bar.maximum() > 140_000 * 10
    bar.setValue(bar.maximum() // 2)
    view.grab()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert bar.maximum() < 140_000


def test_a_click_on_the_last_line_unfolds(view: CompareView, qtbot: QtBot) -> None:
    view.show_pair([Step(0, Actor.TOOL, Kind.TOOL_RESULT, "x y\n" * 6_000, 0)], None)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum())
    bar.setValue(bar.maximum())
    before = view.accessible_rect(0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, before.bottom() - 20))
    assert bar.maximum() > before.height() - view.viewport().height() + 2_000


HOSTILE = [
    "<b>x</b><img src='file:///etc/passwd'>",
    "\u202e\u200b\x1b[31m",
    "א" * 300,
    "x" * 30_000,
    "a\u2028b\r\nc",
    "\x00",
    "👩‍👩‍👧" * 50,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.TOOL_CALL, Kind.TOOL_RESULT])
def test_hostile_text_is_painted_as_text(text: str, kind: Kind, view: CompareView, dream: Revision) -> None:
    view.show_pair([Step(0, Actor.AGENT, kind, text, 0, tool=text[:20])], Revision(0, dream.steps[:1]), 1)
    assert not view.grab().isNull()
    assert "\u202e" not in view.accessible_name(0)


def test_screen_readers_see_both_sides(view: CompareView) -> None:
    seen = QAccessible.queryAccessibleInterface(view)
    assert seen.role() == QAccessible.Role.List
    assert seen.childCount() == 36
    assert seen.child(19).text(QAccessible.Text.Name).startswith("dreamed, 9′ · AGENT: The warranty")
    assert seen.child(18).text(QAccessible.Text.Name).startswith("recorded, 9 · AGENT")
    assert seen.child(35).text(QAccessible.Text.Name) == "nothing on this side"
    assert seen.child(18).state().selected


def test_a_new_theme_repaints_it(view: CompareView, qapp: QApplication) -> None:
    dark = view.grab().toImage().pixelColor(40, 400)
    theme.apply(qapp, theme.load("light"))
    assert view.grab().toImage().pixelColor(40, 400) != dark


def test_a_heading_leaves_its_note_only_the_room_that_is_left(qapp: QApplication) -> None:
    notes = ["version 1 of 12", "1 of 12"]
    wide, short = (QFontMetricsF(theme.font()).horizontalAdvance(note) for note in notes)
    assert fitting(notes, wide) == "version 1 of 12"
    assert fitting(notes, wide - 1) == "1 of 12"
    assert fitting(notes, short - 1) == ""


@pytest.mark.parametrize("footer", ["6 Schritte gleich · Leertaste zeigt sie", ""])
def test_a_narrow_cell_goes_on_in_the_next_line_and_cuts_nothing(footer: str, qapp: QApplication) -> None:
    chips = (("gegraftet", "accent"), ("episode 6 step 6", "muted"))
    narrow, wide = (Cell(Heading("Schritt 6", chips=chips), "Hi", "text", [], footer, width) for width in (175, 600))
    for cell, width in ((narrow, 175), (wide, 600)):
        assert [(text, tone) for _, text, tone in cell._chips] == list(chips)
        assert all(at.x() + chip_size(text).width() <= width - 2 * PAD for at, text, _ in cell._chips)
    assert {at.y() for at, *_ in wide._chips} == {0}
    assert narrow.height > wide.height
    assert (narrow._foot > wide._foot) == bool(footer)
    assert narrow.in_footer(narrow.height - PAD - narrow._foot) == bool(footer)
