"""Indicators: what they count, from which number on they speak, and when they ask for a look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.review.indicators import (
    BURST_MS,
    ENOUGH,
    ENOUGH_SEALED,
    SITTING_MS,
    WORDS_PER_MINUTE,
    Act,
    Indicator,
    busiest,
    indicators,
    paces,
    reading,
)

MINUTE = 60_000


def named(found: tuple[Indicator, ...], start: str) -> Indicator:
    return next(one for one in found if one.name.startswith(start))


def acts(number: int, apart: int = MINUTE, words: int = 100, *, approves: bool = True) -> list[Act]:
    return [Act(at * apart, words, approves, warned=False) for at in range(number)]


def test_reading_takes_as_long_as_the_figure_says() -> None:
    assert reading(WORDS_PER_MINUTE) == MINUTE
    assert reading(0) == 0


def test_whoever_never_objects_is_worth_a_look_from_thirty_on() -> None:
    for number, look in ((ENOUGH - 1, False), (ENOUGH, True)):
        found = named(indicators(acts(number), (0, 0), (0, 0)), "Departs from the dream")
        assert (found.hits, found.n, found.enough, found.look) == (0, number, look, look)
    mixed = [*acts(ENOUGH), *acts(2, approves=False)]
    assert not named(indicators(mixed, (0, 0), (0, 0)), "Departs from the dream").look


def test_speed_is_measured_from_the_decision_before_within_a_sitting() -> None:
    first, second = Act(0, 238, True, False), Act(MINUTE // 2, 238, True, False)
    late = Act(MINUTE // 2 + SITTING_MS + 1, 238, True, False)
    assert paces([first, second, late]) == [(MINUTE // 2, MINUTE)]
    timed = Act(late.at + 1, 238, True, False, looked=2 * MINUTE)
    assert paces([late, timed]) == [(2 * MINUTE, MINUTE)]
    hasty = named(indicators(acts(40, apart=MINUTE // 10, words=238), (0, 0), (0, 0)), "Faster than reading")
    assert (hasty.hits, hasty.n, hasty.look) == (39, 39, True)
    patient = named(indicators(acts(40, apart=2 * MINUTE, words=238), (0, 0), (0, 0)), "Faster than reading")
    assert (patient.hits, patient.look) == (0, False)


def test_the_busiest_ten_minutes_are_those_with_the_most_words() -> None:
    quiet, busy = acts(5, apart=MINUTE), [Act(BURST_MS * 5 + at, 900, True, False) for at in range(4)]
    assert busiest([*quiet, *busy]) == busy
    burst = named(indicators(acts(ENOUGH, apart=1, words=100), (0, 0), (0, 0)), "Busiest")
    assert (burst.hits, burst.n, burst.look) == (3000, WORDS_PER_MINUTE * 10, True)
    assert not named(indicators(acts(ENOUGH, apart=BURST_MS + 1), (0, 0), (0, 0)), "Busiest").look


def test_an_error_turn_that_was_not_shown_and_waivers_count_among_approvals() -> None:
    seen = [Act(at * MINUTE, 10, True, warned=at < 20, seen=at != 3) for at in range(ENOUGH)]
    unknown = [Act(10**9 + at, 10, True, False) for at in range(5)]
    found = indicators([*seen, *unknown], (0, 0), (0, 0))
    screen, waived = named(found, "Error turn"), named(found, "Warnings waived")
    assert (screen.hits, screen.n, screen.look) == (1, ENOUGH, True)
    assert (waived.hits, waived.n, waived.look) == (20, 35, True)


@pytest.mark.parametrize(("noticed", "of", "look"), [(0, 9, False), (1, 10, True), (5, 10, False), (9, 10, False)])
def test_detection_asks_for_a_look_only_where_the_whole_interval_does(noticed: int, of: int, look: bool) -> None:
    found = named(indicators([], (0, 0), (noticed, of)), "Known-bad")
    assert (found.hits, found.n, found.enough, found.look) == (noticed, of, of >= ENOUGH_SEALED, look)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 5000), st.booleans(), st.booleans()), max_size=60),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_no_figure_without_its_n_and_no_look_without_enough(
    rows: list[tuple[int, int, bool, bool]], apart: int, same: int
) -> None:
    own = sorted((Act(*row) for row in rows), key=lambda act: act.at)
    for one in indicators(own, (apart, apart + same), (min(apart, same), same)):
        assert one.rule
        assert one.means
        assert not one.look or one.enough
        if one.name.startswith("Busiest"):
            continue
        assert 0 <= one.hits <= one.n
        assert (one.share is None) == (one.interval is None) == (one.n == 0)
        assert one.interval is None or one.interval[0] <= one.hits / one.n <= one.interval[1]
