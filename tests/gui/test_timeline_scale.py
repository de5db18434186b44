"""The arithmetic of the timeline, by examples and by properties."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.gui.timeline.clock import Clock, span
from dreamdesk.gui.timeline.layout import DREAMED, MOST_AGENTS, RECORDED, Branch, Lane, arrange, hit
from dreamdesk.gui.timeline.scale import CLOSEST, MAX_PITCH, Occupancy, Scale, level_for
from dreamdesk.gui.timeline.tracks import Tracks
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Actor, Gap, GapKind, Kind, Step
from dreamdesk.model.finding import Candidate, Category

counts = st.integers(1, 200_000)
widths = st.floats(40, 4_000)


@given(counts, widths)
def test_a_fitted_scale_shows_every_column_and_no_pitch_is_wider_than_the_widest(count: int, width: float) -> None:
    scale = Scale(count, width).fitted()
    assert scale.pitch <= MAX_PITCH
    assert scale.x(0) == 0
    assert scale.x(count) <= width * 1.000001
    assert scale.visible() == range(count)


@given(counts, widths, st.lists(st.tuples(st.floats(0.2, 5), st.floats(-2_000, 2_000)), max_size=8))
def test_zooming_and_panning_never_leave_the_episode(
    count: int, width: float, moves: list[tuple[float, float]]
) -> None:
    scale = Scale(count, width).fitted()
    for factor, dx in moves:
        scale = scale.zoomed(factor, width / 3).panned(dx)
        assert scale.left >= 0
        assert scale.pitch >= scale.fit_pitch * 0.999
        assert scale.left <= max(0.0, count - width / scale.pitch) + 1e-6
        assert scale.visible()


@given(st.integers(2_000, 100_000), st.floats(300, 2_000), st.floats(1.1, 8), st.floats(0.3, 0.7))
def test_the_column_under_the_mouse_stays_there_when_zooming_in(
    count: int, width: float, factor: float, share: float
) -> None:
    scale = Scale(count, width).fitted()
    x = width * share
    before = scale.left + x / scale.pitch
    after = scale.zoomed(factor, x)
    assert after.left + x / after.pitch == pytest.approx(before, rel=1e-6)


@given(st.integers(2, 100_000), st.floats(400, 4_000), st.booleans(), st.data())
def test_one_step_alone_has_all_the_room_that_it_needs(
    count: int, width: float, by_time: bool, data: st.DataObject
) -> None:
    column = data.draw(st.integers(0, count - 1))
    clock = Clock([i * i for i in range(count)]) if by_time else None
    close = Scale(count, width).timed(clock).close_up(column)
    assert close.x(column + 1) - close.x(column) == pytest.approx(CLOSEST, rel=1e-3)
    assert column in close.visible()


@given(counts, st.floats(MAX_PITCH, 4_000), st.data())
def test_a_column_is_found_where_it_is_painted(count: int, width: float, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, count - 1))
    scale = Scale(count, width).fitted().zoomed(1e9, 0).showing(column)
    assert scale.column_at(scale.x(column + 0.5)) == column
    assert -0.001 <= scale.x(column) <= width - scale.pitch + 0.001
    assert column in scale.visible()


def test_what_showed_everything_goes_on_showing_everything_in_another_size() -> None:
    scale = Scale(500, 400).fitted().resized(500, 900)
    assert scale.visible() == range(500)
    close = scale.zoomed(20, 0).resized(500, 600)
    assert len(close.visible()) < 100


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(0, 9), st.data())
def test_merging_loses_no_step_and_invents_none(occupied: list[bool], level: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(occupied)))
    stop = data.draw(st.integers(start, len(occupied)))
    grades = data.draw(st.integers(1, 6))
    told = [0] * len(occupied)
    end = start
    for first, last, grade in Occupancy(occupied).blocks(level, range(start, stop), grades, joined=False):
        assert end <= first < last <= stop
        assert last - first <= 2**level
        share = sum(occupied[first:last]) / (last - first)
        assert share > 0
        assert grade == (grades if share == 1 else int(sum(occupied[first:last]) * grades / (last - first)) + 1)
        told[first:last] = [grade] * (last - first)
        end = last
    assert all(told[i] for i in range(start, stop) if occupied[i])

    joined = list(Occupancy(occupied).blocks(level, range(start, stop), grades, joined=True))
    again = [0] * len(occupied)
    for first, last, grade in joined:
        again[first:last] = [grade] * (last - first)
    assert again == told
    assert all(a[1] < b[0] or a[2] != b[2] for a, b in pairwise(joined))


def test_at_the_finest_level_each_step_is_by_itself() -> None:
    occupancy = Occupancy([True, False, True, True])
    assert list(occupancy.blocks(0, range(4), 6, joined=False)) == [(0, 1, 6), (2, 3, 6), (3, 4, 6)]
    assert list(occupancy.blocks(0, range(4), 6, joined=True)) == [(0, 1, 6), (2, 4, 6)]


@given(st.floats(0.001, 60))
def test_blocks_are_wide_enough_to_be_seen(pitch: float) -> None:
    level = level_for(pitch)
    assert pitch * 2**level >= 4
    assert level == 0 or pitch * 2 ** (level - 1) < 4


def test_a_tool_call_stands_in_the_lane_of_the_tools() -> None:
    steps = [Step(0, Actor.AGENT, Kind.TOOL_CALL, "{}", 0), Step(1, Actor.AGENT, Kind.MESSAGE, "hi", 1)]
    assert Tracks(steps).places == [Lane(Actor.TOOL), Lane(Actor.AGENT)]


def test_the_system_lane_is_there_only_when_needed() -> None:
    assert list(arrange([Lane(Actor.AGENT)], 14).lanes) == [Lane(a) for a in (Actor.USER, Actor.AGENT, Actor.TOOL)]
    assert next(iter(arrange([Lane(Actor.SYSTEM)], 14).lanes)) == Lane(Actor.SYSTEM)
    layout = arrange([Lane(Actor.SYSTEM)], 14)
    assert layout.overview < min(layout.lanes.values()) < layout.dream < layout.hint < layout.height


def test_a_point_hits_the_step_painted_there() -> None:
    layout, scale, branch = arrange([], 14), Scale(18, 900).fitted(), Branch(9, 4)
    y = layout.lanes[Lane(Actor.AGENT)]
    assert hit(layout, scale, 18, branch, scale.x(7.5), y) == (RECORDED, 7)
    assert hit(layout, scale, 18, branch, scale.x(10.5), layout.dream) == (DREAMED, 9)
    assert hit(layout, scale, 18, branch, scale.x(14.5), layout.dream) is None
    assert hit(layout, scale, 18, None, scale.x(10.5), layout.dream) is None
    assert hit(layout, scale, 18, branch, scale.x(30), y) is None
    assert hit(layout, scale, 18, branch, scale.x(3.5), layout.height - 1) is None
    close = Scale(1_000, 900).fitted().zoomed(100, 0)
    assert hit(layout, close, 1_000, None, 450, layout.overview + 2) == (RECORDED, 500)


def _tracks(claim: tuple[Step, ...], dream: Revision | None) -> Tracks:
    candidates = [Candidate(step, Category.D5, p, "offline", "x") for step, p in ((9, 0.8), (10, 0.1), (6, 0.04))]
    tracks = Tracks(claim, 9, candidates, [Gap(GapKind.WITHHELD, "thinking withheld", 4)])
    if dream:
        tracks.correct(dream.start, dream.steps)
    return tracks


def test_walking_keeps_to_the_path(claim: tuple[Step, ...], dream: Revision) -> None:
    tracks = _tracks(claim, dream)
    assert tracks.moved((RECORDED, 0), -1) == (RECORDED, 0)
    assert tracks.moved((RECORDED, 17), 1) == (RECORDED, 17)
    assert tracks.moved((DREAMED, 9), -1) == (RECORDED, 8)
    assert tracks.moved((DREAMED, 11), 1) == (DREAMED, 11)
    assert tracks.end((DREAMED, 9), True) == (DREAMED, 11)
    assert tracks.end((DREAMED, 9), False) == (RECORDED, 0)
    assert tracks.counterpart((RECORDED, 10)) == (DREAMED, 10)
    assert tracks.counterpart((DREAMED, 10)) == (RECORDED, 10)
    assert tracks.counterpart((RECORDED, 2)) == (DREAMED, 9)
    assert tracks.counterpart((RECORDED, 17)) == (DREAMED, 11)
    assert _tracks(claim, None).counterpart((RECORDED, 2)) is None
    assert tracks.next_candidate((RECORDED, 0), 1) == (RECORDED, 6)
    assert tracks.next_candidate((RECORDED, 6), 1) == (RECORDED, 9)
    assert tracks.next_candidate((RECORDED, 9), -1) == (RECORDED, 6)
    assert tracks.next_candidate((RECORDED, 10), 1) is None


def test_a_step_is_told_in_words(claim: tuple[Step, ...], dream: Revision) -> None:
    tracks = _tracks(claim, dream)
    assert tracks.describe((RECORDED, 9)) == "Step 9 · agent · message · error point"
    assert tracks.describe((RECORDED, 10)).endswith("close_claim · candidate 0.10")
    assert "thinking withheld" in tracks.describe((RECORDED, 4))
    assert "flagged as an error" in tracks.describe((RECORDED, 16))
    assert tracks.describe((DREAMED, 11)) == "Step 11′ · tool · tool result · close_claim · simulated"
    assert "\nThe warranty" in tracks.describe((RECORDED, 9), 20)


def test_marks_outside_of_the_episode_are_left_out(claim: tuple[Step, ...]) -> None:
    tracks = Tracks(claim, 99, [Candidate(99, Category.D1, 0.5, "offline", "x")], [Gap(GapKind.MISSING, "x", 99)])
    assert tracks.error is None
    assert not tracks.candidates
    assert not tracks.gaps
    tracks.correct(99, ())
    assert tracks.branch == Branch(18, 0)
    assert tracks.columns == 18


def test_several_agents_have_a_lane_each_and_those_that_act_least_share_one() -> None:
    names = [name for turns, name in enumerate("abcdefgh", 1) for _ in range(turns)]
    steps = [Step(i, Actor.AGENT, Kind.MESSAGE, "x", i, agent=name) for i, name in enumerate(names)]
    lanes = Tracks(steps).places
    assert {lane.title for lane in lanes} == {"h", "g", "f", "e", "Other agents"}
    assert len(set(lanes)) == MOST_AGENTS
    shown = [lane.title for lane in arrange(lanes, 14).lanes]
    assert shown == ["User", "e", "f", "g", "h", "Other agents", "Tool"]
    assert [lane.title for lane in Tracks(steps[:1]).places] == ["Agent"]


times = st.lists(st.none() | st.integers(0, 10**6), min_size=2, max_size=300).filter(Clock.tells)


@given(times, st.data())
def test_the_scale_of_time_keeps_order_and_total_and_can_be_read_backwards(
    at: list[int | None], data: st.DataObject
) -> None:
    clock = Clock(at)
    edges = [clock.place(column) for column in range(len(at) + 1)]
    assert edges[0] == 0
    assert edges[-1] == len(at)
    assert all(after - before >= clock.narrowest * 0.999 for before, after in pairwise(edges))
    column = data.draw(st.floats(0, len(at), exclude_max=True))
    assert clock.column(clock.place(column)) == pytest.approx(column, abs=1e-6)


def test_a_step_that_took_longer_is_wider_and_the_marks_tell_how_long_after_the_beginning() -> None:
    second = 1_000_000_000
    clock = Clock([5 * second, None, 6 * second, 66 * second])
    widths = [clock.place(column + 1) - clock.place(column) for column in range(4)]
    assert widths[2] > widths[1] > widths[0]
    assert [clock.elapsed(column) for column in (0, 2, 2.5, 3)] == [0, second, 31 * second, 61 * second]


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [(0, "0 s"), (850_000_000, "850 ms"), (12 * 10**9, "12 s"), (200 * 10**9, "3 m 20 s"), (7_500 * 10**9, "2 h 5 m"),
     (349_200 * 10**9, "4 d 1 h")],
)  # fmt: skip
def test_a_span_of_time_is_told_in_its_two_largest_units(nanoseconds: int, words: str) -> None:
    assert span(nanoseconds) == words


@given(times, widths, st.lists(st.tuples(st.floats(0.2, 5), st.floats(-2_000, 2_000)), max_size=8))
def test_zooming_on_the_scale_of_time_never_leaves_the_episode(
    at: list[int | None], width: float, moves: list[tuple[float, float]]
) -> None:
    scale = Scale(len(at), width).timed(Clock(at))
    for factor, dx in moves:
        scale = scale.zoomed(factor, width / 3).panned(dx)
        assert scale.visible()
        assert scale.left >= 0
    column = scale.visible()[0]
    assert scale.column_at(scale.x(column + 0.5)) == column
