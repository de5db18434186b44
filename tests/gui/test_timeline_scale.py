"""The arithmetic of the timeline, by examples and by properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.gui.timeline.layout import DREAMED, RECORDED, Branch, arrange, hit, lanes_of
from dreamdesk.gui.timeline.scale import MAX_PITCH, Occupancy, Scale, level_for
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
    covered = [False] * len(occupied)
    end = start
    for first, last, share in Occupancy(occupied).blocks(level, range(start, stop)):
        assert end <= first < last <= stop
        assert share == sum(occupied[first:last]) / (last - first) > 0
        covered[first:last] = [True] * (last - first)
        end = last
    assert all(covered[i] for i in range(start, stop) if occupied[i])


def test_at_the_finest_level_each_step_is_by_itself() -> None:
    assert list(Occupancy([True, False, True, True]).blocks(0, range(4))) == [(0, 1, 1.0), (2, 3, 1.0), (3, 4, 1.0)]


@given(st.floats(0.001, 60))
def test_blocks_are_wide_enough_to_be_seen(pitch: float) -> None:
    level = level_for(pitch)
    assert pitch * 2**level >= 4
    assert level == 0 or pitch * 2 ** (level - 1) < 4


def test_a_tool_call_stands_in_the_lane_of_the_tools() -> None:
    steps = [Step(0, Actor.AGENT, Kind.TOOL_CALL, "{}", 0), Step(1, Actor.AGENT, Kind.MESSAGE, "hi", 1)]
    assert lanes_of(steps) == [Actor.TOOL, Actor.AGENT]


def test_the_system_lane_is_there_only_when_needed() -> None:
    assert list(arrange([Actor.AGENT], 14).lanes) == [Actor.USER, Actor.AGENT, Actor.TOOL]
    assert next(iter(arrange([Actor.SYSTEM], 14).lanes)) is Actor.SYSTEM
    layout = arrange([Actor.SYSTEM], 14)
    assert layout.overview < min(layout.lanes.values()) < layout.dream < layout.hint < layout.height


def test_a_point_hits_the_step_painted_there() -> None:
    layout, scale, branch = arrange([], 14), Scale(18, 900).fitted(), Branch(9, 4)
    y = layout.lanes[Actor.AGENT]
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
