"""The timeline under real keys and mouse, on real pixels."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QHelpEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from dreamdesk.gui import theme
from dreamdesk.gui.timeline.view import TimelineView
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Actor, Gap, GapKind, Kind, Step
from dreamdesk.model.finding import Candidate, Category

CANDIDATES = [Candidate(step, Category.D5, p, "offline", "x") for step, p in ((9, 0.8), (10, 0.1), (6, 0.04))]


@pytest.fixture
def view(claim: tuple[Step, ...], dream: Revision, qtbot: QtBot) -> TimelineView:
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(1_000, view.height())
    view.show_episode(claim, 9, CANDIDATES, [Gap(GapKind.WITHHELD, "withheld", 4)])
    view.show_correction(dream.start, dream.steps)
    view.show()
    view.setFocus()
    return view


def long_episode(count: int) -> list[Step]:
    actors = list(Actor)
    return [Step(i, actors[i % 4], Kind.MESSAGE, "x", i, is_error=i % 997 == 5) for i in range(count)]


def near(image: QImage, x: float, y: float, token: str, reach: int = 3) -> bool:
    """Tell whether the colour of *token* is painted close to a point."""
    wanted = theme.color(token)
    return any(
        abs((found := image.pixelColor(int(x) + dx, int(y) + dy)).red() - wanted.red()) < 24
        and abs(found.green() - wanted.green()) < 24
        and abs(found.blue() - wanted.blue()) < 24
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
    )


def test_it_opens_on_the_error_point(view: TimelineView) -> None:
    assert view.selected == ("recorded", 9)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ([(Qt.Key.Key_Right, False)], ("recorded", 10)),
        ([(Qt.Key.Key_Left, False), (Qt.Key.Key_Left, False)], ("recorded", 7)),
        ([(Qt.Key.Key_Left, True)], ("recorded", 6)),
        ([(Qt.Key.Key_Right, True)], ("recorded", 10)),
        ([(Qt.Key.Key_Home, False)], ("recorded", 0)),
        ([(Qt.Key.Key_End, False)], ("recorded", 17)),
        ([(Qt.Key.Key_Space, False)], ("dreamed", 9)),
        ([(Qt.Key.Key_Space, False), (Qt.Key.Key_End, False)], ("dreamed", 11)),
        ([(Qt.Key.Key_Space, False), (Qt.Key.Key_Space, False)], ("recorded", 9)),
        ([(Qt.Key.Key_Space, False), (Qt.Key.Key_Left, False)], ("recorded", 8)),
    ],
)
def test_keys_walk_along_the_tracks(
    keys: list[tuple[Qt.Key, bool]], place: tuple[str, int], view: TimelineView, qtbot: QtBot
) -> None:
    heard: list[object] = []
    view.stepSelected.connect(heard.append)
    for key, shift in keys:
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        qtbot.keyClick(view, key, modifier)
    assert view.selected == place
    assert heard[-1] == place
    assert len(heard) == len(keys)


def test_a_key_that_leads_nowhere_says_nothing(view: TimelineView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_End)
    with qtbot.assertNotEmitted(view.stepSelected):
        qtbot.keyClick(view, Qt.Key.Key_Right)


def test_select_moves_without_an_echo_and_ignores_what_is_not_there(view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.stepSelected):
        view.select("dreamed", 10)
        assert view.selected == ("dreamed", 10)
        for place in (("dreamed", 12), ("dreamed", 8), ("recorded", 18), ("recorded", -1), ("nowhere", 3)):
            view.select(*place)
    assert view.selected == ("dreamed", 10)


@pytest.mark.parametrize("place", [("recorded", 3), ("recorded", 13), ("dreamed", 9), ("dreamed", 11)])
def test_a_click_selects_the_box_under_the_mouse(place: tuple[str, int], view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.stepSelected) as heard:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.place_rect(*place).center())
    assert heard.args == [place]
    assert view.selected == place


def test_dragging_pans_and_selects_nothing(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(2_000), 40)
    for _ in range(20):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    view.select("recorded", 1_000)
    left = view.scale.left
    with qtbot.assertNotEmitted(view.stepSelected):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(500, 60))
        qtbot.mouseMove(view, QPoint(450, 60))
        qtbot.mouseMove(view, QPoint(280, 60))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(280, 60))
    assert (view.scale.left - left) * view.scale.pitch > 130


def test_plus_minus_and_zero_zoom(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(5_000), 4_000)
    qtbot.keyClick(view, Qt.Key.Key_0)
    fitted = view.scale
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    closer = view.scale
    assert closer.pitch > fitted.pitch
    assert 4_000 in closer.visible()
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.scale.pitch == pytest.approx(fitted.pitch)
    for _ in range(40):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert len(view.scale.visible()) < 30
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.scale.visible() == range(5_000)


def _wheel(view: TimelineView, turn: QPoint, modifier: Qt.KeyboardModifier) -> None:
    at = QPointF(600, 60)
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_and_with_shift_pans(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(5_000), 40)
    qtbot.keyClick(view, Qt.Key.Key_0)
    before = view.scale.pitch
    for _ in range(10):
        _wheel(view, QPoint(0, 120), Qt.KeyboardModifier.NoModifier)
    assert view.scale.pitch > 4 * before
    left = view.scale.left
    _wheel(view, QPoint(0, -120), Qt.KeyboardModifier.ShiftModifier)
    assert view.scale.left > left


def test_the_error_the_dream_and_the_selection_are_painted(view: TimelineView) -> None:
    image = view.grab().toImage()
    error, dreamed = view.place_rect("recorded", 9), view.place_rect("dreamed", 10)
    assert near(image, error.left() + 5, error.center().y(), "error")
    assert near(image, dreamed.center().x(), dreamed.top(), "accent")
    assert near(image, dreamed.left() + 5, dreamed.center().y(), "accent_soft")
    assert near(image, error.center().x(), error.top() - 4, "focus" if view.hasFocus() else "text")
    view.show_correction(None)
    assert not near(view.grab().toImage(), dreamed.center().x(), dreamed.top(), "accent")


def test_a_long_episode_opens_around_its_error_close_enough_to_be_read(view: TimelineView) -> None:
    view.show_episode(long_episode(1_000), 400)
    middle = view.place_rect("recorded", 400).center().x()
    assert view.scale.pitch >= 24
    assert abs(middle - view.width() / 2) < 90
    view.resize(1_400, view.height())
    assert abs(view.place_rect("recorded", 400).center().x() - view.width() / 2) < 90


def test_the_error_is_seen_among_a_hundred_thousand_steps(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(100_000), 73_456)
    qtbot.keyClick(view, Qt.Key.Key_0)
    view.select("recorded", 0)
    place = view.place_rect("recorded", 73_456).center()
    assert near(view.grab().toImage(), place.x(), place.y(), "error")


def test_a_simulated_step_has_a_broken_outline(view: TimelineView) -> None:
    image = view.grab().toImage()

    def outline(index: int) -> int:
        area = view.place_rect("dreamed", index)
        top = [
            max(image.pixelColor(x, area.top() + dy).blue() for dy in range(0, 3))
            for x in range(area.left() + 6, area.right() - 6)
        ]
        return sum(1 for value in top if value < 150)

    assert outline(10) == 0
    assert outline(11) > 2


def test_an_episode_without_steps_says_so_and_takes_keys(qtbot: QtBot) -> None:
    view = TimelineView()
    qtbot.addWidget(view)
    view.show_episode([], None)
    view.show_correction(0, [CorrectedStep(Step(0, Actor.AGENT, Kind.MESSAGE, "x", 0), Provenance.AUTHORED)])
    view.show()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Space, Qt.Key.Key_End, Qt.Key.Key_Plus, Qt.Key.Key_0):
        qtbot.keyClick(view, key)
    assert not view.grab().isNull()


@pytest.mark.parametrize("width", [1, 90, 260, 3_000])
@pytest.mark.parametrize("count", [1, 2, 40, 1_000])
def test_no_size_breaks_it(count: int, width: int, qtbot: QtBot) -> None:
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(width, 10)
    view.show_episode(long_episode(count), count - 1, [Candidate(0, Category.D1, 0.3, "offline", "x")])
    view.show_correction(
        count - 1, [CorrectedStep(Step(count - 1, Actor.AGENT, Kind.MESSAGE, "x", 0), Provenance.GRAFTED)]
    )
    assert not view.grab().isNull()


def test_the_tooltip_is_plain_text(view: TimelineView, qtbot: QtBot) -> None:
    hostile = Step(0, Actor.USER, Kind.MESSAGE, '<img src="file:///etc/passwd">\u202e', 0)
    view.show_episode([hostile], 0)
    point = view.place_rect("recorded", 0).center()
    QApplication.sendEvent(view, QHelpEvent(QHelpEvent.Type.ToolTip, point, view.mapToGlobal(point)))
    assert "&lt;img" in QToolTip.text()
    assert "<img" not in QToolTip.text()
    assert "⟦U+202E⟧" in QToolTip.text()
    QToolTip.hideText()


def test_screen_readers_see_a_list_of_steps(view: TimelineView) -> None:
    seen = QAccessible.queryAccessibleInterface(view)
    assert seen.role() == QAccessible.Role.List
    assert seen.childCount() == 21
    item = seen.child(9)
    assert item.role() == QAccessible.Role.ListItem
    assert item.text(QAccessible.Text.Name).startswith("Step 9 · agent · message · error point")
    assert seen.child(20).text(QAccessible.Text.Name).startswith("Step 11′")
    assert seen.indexOfChild(item) == 9
    area = view.place_rect("recorded", 9)
    assert item.rect().size() == area.size()
    middle = view.mapToGlobal(area.center())
    assert seen.childAt(middle.x(), middle.y()).text(QAccessible.Text.Name).startswith("Step 9")
    assert seen.child(21) is None
    assert item.parent().role() == QAccessible.Role.List


def test_a_new_theme_repaints_it(view: TimelineView, qapp: QApplication) -> None:
    dark = view.grab().toImage().pixelColor(2, 2)
    theme.apply(qapp, theme.load("light"))
    assert view.grab().toImage().pixelColor(2, 2) != dark


def timed(count: int) -> list[Step]:
    """Return steps a second apart, but for the sixth, which takes an hour."""
    hour = 3_600
    return [
        Step(i, Actor.AGENT, Kind.MESSAGE, "x", i, at=(i + (hour if i > 5 else 0)) * 10**9, is_error=i == 2)
        for i in range(count)
    ]


def test_on_the_scale_of_time_a_long_step_is_wide_and_steps_are_still_hit_where_they_stand(
    view: TimelineView, qtbot: QtBot
) -> None:
    view.show_episode(timed(12), 8)
    even = view.place_rect("recorded", 5).width()
    assert view.toggle_time()
    assert view.place_rect("recorded", 5).width() > 4 * even
    assert view.place_rect("recorded", 5).width() > 20 * view.place_rect("recorded", 3).width()
    for index in (0, 5, 11):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.place_rect("recorded", index).center())
        assert view.selected == ("recorded", index)
    assert not view.toggle_time()
    assert view.place_rect("recorded", 5).width() == even


def test_a_recording_without_times_stays_on_the_scale_of_steps(view: TimelineView) -> None:
    before = view.place_rect("recorded", 9)
    assert not view.tells_time
    assert not view.toggle_time()
    assert view.place_rect("recorded", 9) == before


def test_full_stop_and_comma_go_from_mark_to_mark(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(timed(40), 8, [Candidate(20, Category.D5, 0.1, "offline", "x")], [Gap(GapKind.WITHHELD, "w", 30)])
    view.show_found([13, 14, 99])
    places = []
    for _ in range(6):
        qtbot.keyClick(view, Qt.Key.Key_Period)
        places.append(view.selected[1])
    assert places == [13, 14, 20, 30, 30, 30]
    for _ in range(6):
        qtbot.keyClick(view, Qt.Key.Key_Comma)
    assert view.selected == ("recorded", 2)


def test_what_was_found_is_marked_under_the_lanes_and_said_to_screen_readers(view: TimelineView) -> None:
    view.show_found([4])
    box = view.place_rect("recorded", 4)
    bottom = view.height()
    image = view.grab().toImage()
    assert any(near(image, box.center().x(), y, "focus", 1) for y in range(box.bottom(), bottom))
    assert "found" in view.accessible_name(4)


def test_the_view_slides_along_with_the_mouse_on_the_overview(view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(2_000), 3)
    strip = QPoint(view.width() - 60, 14)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(120, 14))
    qtbot.mouseMove(view, strip)
    assert view.scale.visible().start > 1_700
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=strip)
    assert view.selected == ("recorded", 3)


def test_agents_that_work_together_have_lanes_of_their_own(view: TimelineView) -> None:
    steps = [Step(i, Actor.AGENT, Kind.MESSAGE, "x", i, agent="ab"[i % 2]) for i in range(6)]
    view.show_episode(steps, None)
    assert (
        view.place_rect("recorded", 0).y() == view.place_rect("recorded", 2).y() != view.place_rect("recorded", 1).y()
    )
    assert view.accessible_name(1).startswith("Step 1 · b · message")


@pytest.mark.parametrize("count", [3, 100_000])
def test_z_looks_at_one_step_with_its_words_and_back(count: int, view: TimelineView, qtbot: QtBot) -> None:
    view.show_episode(long_episode(count), 2)
    view.show_correction(None)
    before = view.place_rect("recorded", 2)
    qtbot.keyClick(view, Qt.Key.Key_Z)
    close = view.place_rect("recorded", 2)
    assert close.width() > 300
    assert 0 < close.left() < close.right() < view.width()
    qtbot.keyClick(view, Qt.Key.Key_Right if count > 3 else Qt.Key.Key_Left)
    assert view.place_rect(*view.selected).width() > 300
    assert not view.grab().isNull()
    qtbot.keyClick(view, Qt.Key.Key_Left if count > 3 else Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Z)
    assert abs(view.place_rect("recorded", 2).width() - before.width()) <= 1
