"""The figures of an evaluation, against counts made by hand and against what must hold of any ranking."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.locate.agreement import agreements
from dreamdesk.locate.assessing import baselines, figures, shown
from dreamdesk.locate.evaluate.cases import Case
from dreamdesk.locate.fitting import Rows
from dreamdesk.model.finding import Category
from dreamdesk.model.intervals import wilson


def labelled(label: int, decisions: list[int], **picks: int) -> Case:
    """Return a labelled failure with these decisions; *picks* are what rules name, blanks as underscores."""
    rows = Rows("f", decisions, [{} for _ in decisions], label, decisions.index(label))
    return Case(rows, dict.fromkeys(decisions, "agent"), {name.replace("_", " "): s for name, s in picks.items()})


FOUR = [0, 2, 4, 6]
CASES = [labelled(4, FOUR, first_decision=0), labelled(2, FOUR, first_decision=0), labelled(6, FOUR, first_decision=0)]


def test_figures_are_those_counted_by_hand() -> None:
    row = figures("m", [shown(CASES[0], [4, 2, 0], 0.9), shown(CASES[1], [4, 2, 0], 0.6), shown(CASES[2], [0], 0.2)])
    assert row.n == 3
    assert not row.enough
    assert row.values["exact"] == pytest.approx(1 / 3)
    assert [row.values[f"within {k}"] for k in (1, 3, 5)] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert row.values["top 3"] == pytest.approx(2 / 3)
    assert row.values["MRR"] == pytest.approx((1 + 1 / 2 + 1 / 4) / 3)
    assert row.values["read"] == pytest.approx((1 + 2 + 4) / 3)  # the third: 0, then 2, 4, 6 in order
    assert row.calibration == pytest.approx((0.1 + 0.6 + 0.2) / 3)


def test_baselines_know_nothing_and_stand_beside() -> None:
    rows = {row.name: row for row in baselines(CASES)}
    assert rows["random decision"].n == 3
    assert rows["random decision"].values["exact"] == pytest.approx(1 / 4, abs=0.15)
    assert rows["first decision"].values["read"] == pytest.approx((3 + 2 + 4) / 3)
    assert all(row.baseline and row.calibration is None for row in rows.values())


def test_wilson_is_the_published_interval() -> None:
    figure = wilson(10, 20)
    assert figure.low == pytest.approx(0.299, abs=1e-3)
    assert figure.high == pytest.approx(0.701, abs=1e-3)
    assert wilson(0, 5).low == 0.0


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.integers(1, 12).flatmap(
            lambda n: st.tuples(st.permutations(range(n)), st.integers(0, n - 1), st.floats(0, 1), st.integers(1, n))
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_holds_of_any_ranking(drawn: list[tuple[list[int], int, float, int]]) -> None:
    cases = [labelled(label, list(range(len(order)))) for order, label, _, _ in drawn]
    rankings = [shown(case, order[:kept], chance) for case, (order, _, chance, kept) in zip(cases, drawn, strict=True)]
    for row in [figures("m", rankings), *baselines(cases)]:
        near = [row.values[name] for name in ("exact", "within 1", "within 3", "within 5")]
        assert near == sorted(near)
        assert row.values["top 3"] <= row.values["top 5"] + 1e-9
        assert row.values["exact"] - 1e-9 <= row.values["MRR"] <= 1 + 1e-9
        assert 1 <= row.values["read"] <= max(len(case.rows.steps) for case in cases)
        for name, (low, high) in row.intervals.items():
            assert low - 1e-9 <= row.values[name] <= high + 1e-9 or row.n < 3


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


def test_no_hit_at_all_is_not_said_to_be_certain() -> None:
    low, high = figures("m", [shown(case, [0], 0.5) for case in CASES]).intervals["exact"]
    assert low == 0.0
    assert high > 0.5
