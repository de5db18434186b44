"""The figures of an evaluation, against counts made by hand and against what must hold of any ranking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.locate.agreement import agreements
from dreamdesk.locate.assessing import Ranked, baselines, figures, wilson
from dreamdesk.model.finding import Category

CASES = [
    Ranked([4, 2, 0], 4, [0, 2, 4, 6], 0.9, [3]),
    Ranked([4, 2, 0], 2, [0, 2, 4, 6], 0.6, [3]),
    Ranked([0], 6, [0, 2, 4, 6], 0.2),
]


def test_figures_are_those_counted_by_hand() -> None:
    row = figures("m", CASES)
    assert row.n == 3
    assert not row.enough
    assert row.exact.value == pytest.approx(1 / 3)
    assert [near.value for near in row.within] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert row.top[0].value == pytest.approx(2 / 3)
    assert row.mrr.value == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert row.effort.value == pytest.approx((1 + 2 + 4) / 3)  # the third: 0, then 2, 4, 6 in order
    assert row.calibration == pytest.approx((0.1 + 0.6 + 0.2) / 3)


def test_baselines_know_nothing_and_stand_beside() -> None:
    rows = {row.name: row for row in baselines(CASES)}
    assert rows["a random decision"].exact.value == pytest.approx(1 / 4)
    assert rows["a random decision"].effort.value == pytest.approx(2.5)
    assert rows["a random decision"].exact.low is None
    assert rows["reading in order"].effort.value == pytest.approx((3 + 2 + 4) / 3)
    assert rows["the decision before the first error"].exact.value == pytest.approx(1 / 3)
    assert all(row.baseline for row in rows.values())


def test_wilson_is_the_published_interval() -> None:
    figure = wilson(10, 20)
    assert figure.low == pytest.approx(0.299, abs=1e-3)
    assert figure.high == pytest.approx(0.701, abs=1e-3)
    assert wilson(0, 5).low == 0.0


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.integers(1, 12).flatmap(
            lambda n: st.tuples(st.permutations(range(n)), st.integers(0, n - 1), st.floats(0, 1), st.just(n))
        ),
        min_size=1,
        max_size=12,
    )
)
def test_what_holds_of_any_ranking(drawn: list[tuple[list[int], int, float, int]]) -> None:
    cases = [Ranked(order, label, range(n), chance) for order, label, chance, n in drawn]
    for row in [figures("m", cases), *baselines(cases)]:
        values = [row.exact.value, *(near.value for near in row.within)]
        assert values == sorted(values)
        assert row.top[0].value <= row.top[1].value + 1e-9
        assert row.exact.value - 1e-9 <= row.mrr.value <= 1 + 1e-9
        assert 1 <= row.effort.value <= max(len(case.decisions) for case in cases)
        for share in (row.exact, row.mrr):
            if share.low is not None and share.high is not None:
                assert share.low - 1e-9 <= share.value <= share.high + 1e-9
    assert figures("m", cases) == figures("m", cases)


@given(
    st.dictionaries(
        st.integers(0, 9),
        st.dictionaries(
            st.sampled_from(["ann", "bob", "cy"]),
            st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.sampled_from([Category.D0, Category.D4])),
            max_size=3,
        ),
    )
)
def test_agreement_is_the_same_whoever_is_named_first(told: dict[int, dict[str, tuple[int | None, Category]]]) -> None:
    swapped = {name: {"ann": "zoe"}.get(name, name) for name in ("ann", "bob", "cy")}
    there = agreements(told, {})
    other = agreements({e: {swapped[name]: place for name, place in p.items()} for e, p in told.items()}, {})
    known = {frozenset((swapped[p.left], swapped[p.right])): (p.n, p.exact, p.within, p.category) for p in there}
    assert known == {frozenset((p.left, p.right)): (p.n, p.exact, p.within, p.category) for p in other}
    for pair in there:
        assert 0 <= pair.exact <= pair.within[0] <= pair.within[1] <= pair.within[2] <= pair.n
