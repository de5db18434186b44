"""The statistics of the second look, against implementations by others (scipy, krippendorff) and published examples.

`DREAMDESK_CASES` sets how many random cases each comparison takes; the figures of the documentation were had with 1000.
"""

from __future__ import annotations

import hashlib
import math
import os
import random
import subprocess
from collections.abc import Iterator

import krippendorff
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dreamdesk.model.errors import UserError
from dreamdesk.model.intervals import clopper_pearson, normal_quantile, wilson_interval
from dreamdesk.review import agreement, sampling
from dreamdesk.review.sampling import Outcome, Risk, Terms

CASES = int(os.environ.get("DREAMDESK_CASES", "300"))


def cases() -> Iterator[random.Random]:
    """Yield a source of chance for each case."""
    yield from (random.Random(number) for number in range(CASES))


@pytest.mark.parametrize(
    ("lot", "five", "one", "five_one_allowed"),
    [(50, 31, 48, 43), (200, 47, 126, 72), (1000, 56, 238, 88), (10_000, 59, 291, 93)],
)
def test_the_known_sizes_of_zero_defect_plans(lot: int, five: int, one: int, five_one_allowed: int) -> None:
    assert sampling.size(lot, Terms("0.05")) == five
    assert sampling.size(lot, Terms("0.01")) == one
    assert sampling.size(lot, Terms("0.05", allowed=1)) == five_one_allowed


def test_the_probability_of_passing_is_the_hypergeometric_one() -> None:
    for chance in cases():
        lot = chance.randint(1, 3000)
        bad, looked, allowed = chance.randint(0, lot), chance.randint(0, lot), chance.randint(0, 6)
        told = float(stats.hypergeom.cdf(allowed, lot, bad, looked))
        assert float(sampling.passing(lot, bad, looked, allowed)) == pytest.approx(told, rel=1e-9, abs=1e-12)


def test_a_size_keeps_its_promise_and_one_less_does_not() -> None:
    for chance in cases():
        lot, share = chance.randint(2, 2000), chance.randint(1, 300) / 1000
        terms = Terms(f"{share:.3f}", f"{chance.choice([80, 90, 95, 99]) / 100:.2f}", chance.randint(0, 3))
        found = sampling.size(lot, terms)
        bad = math.floor(round(share * lot, 9)) + 1
        risk = 1 - float(terms.confidence)
        if bad <= terms.allowed:  # so few bad ones can never be told: everything is looked at
            assert found == lot
            continue
        assert stats.hypergeom.cdf(terms.allowed, lot, bad, found) <= risk + 1e-9
        assert stats.hypergeom.cdf(terms.allowed, lot, bad, found - 1) > risk - 1e-9


def test_intervals_are_those_of_scipy() -> None:
    for chance in cases():
        n = chance.choice([1, 2, 5, 30, 59, 500, 20_000])
        hits, confidence = chance.randint(0, n), chance.choice([0.8, 0.9, 0.95, 0.99])
        told = stats.binomtest(hits, n)
        for ours, method in ((clopper_pearson, "exact"), (wilson_interval, "wilson")):
            theirs = told.proportion_ci(confidence, method)
            assert ours(hits, n, confidence) == pytest.approx((theirs.low, theirs.high), rel=1e-9, abs=1e-11)
    assert normal_quantile(0.95) == pytest.approx(stats.norm.ppf(0.975), abs=1e-12)


def test_nothing_bad_of_59_leaves_six_per_cent_open_on_two_sides_and_five_on_one() -> None:
    found = sampling.bound(0, 59, 0.95)
    assert found.exact
    assert found.exact[1] == pytest.approx(0.0606, abs=5e-5)
    assert found.exact_upper == pytest.approx(0.0495, abs=5e-5)
    assert found.wilson_upper
    assert found.wilson
    assert found.wilson_upper < found.wilson[1]
    assert sampling.bound(0, 0, 0.95).exact is None


def test_alpha_is_that_of_the_package_krippendorff_missing_words_included() -> None:
    compared = 0
    for chance in cases():
        raters, values = chance.randint(2, 5), chance.randint(2, 6)
        table = [
            [chance.randint(1, values) if chance.random() < 0.7 else None for _ in range(raters)]
            for _ in range(chance.randint(3, 60))
        ]
        units = [[value for value in row if value is not None] for row in table]
        data = numpy.array([[math.nan if v is None else v for v in row] for row in table], dtype=float).T
        if len({v for unit in units if len(unit) > 1 for v in unit}) < 2:
            assert agreement.alpha(units) is None
            continue
        compared += 1
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
        assert agreement.alpha(units) == pytest.approx(theirs, abs=1e-10)

        def near(v1: object, v2: object, **_: object) -> object:
            return (numpy.abs(numpy.subtract(v1, v2)) > 1).astype(float)

        ours = agreement.alpha(units, lambda one, other: abs(int(str(one)) - int(str(other))) <= 1)
        if ours is not None:
            theirs = krippendorff.alpha(reliability_data=data, level_of_measurement=near)
            assert ours == pytest.approx(theirs, abs=1e-10)
    assert compared > CASES * 0.9


def test_alpha_of_the_published_example_with_missing_words() -> None:
    """The worked example C of Krippendorff (2011): four observers, twelve units, nominal data, alpha 0.743."""
    rows = ["123321412***", "1233224125*3", "*3332342251*", "12332441251*"]
    units = [[row[at] for row in rows if row[at] != "*"] for at in range(12)]
    assert agreement.alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_kappa_of_a_hand_table() -> None:
    """20 yes together, 5 and 10 apart, 15 no together: observed 0.7, by chance 0.5, so that kappa is 0.4."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert agreement.kappa(pairs) == pytest.approx(0.4)
    found = agreement.of_two(pairs)
    assert (found.n, found.enough, found.agreed) == (50, True, pytest.approx(0.7))


def test_kappa_and_its_error_of_the_published_example() -> None:
    """Diagnoses of 100 patients by two (Fleiss, Statistical Methods for Rates and Proportions): 0.68, error 0.087."""
    table = {"pp": 75, "pn": 1, "po": 4, "np": 5, "nn": 4, "no": 1, "oo": 10}
    found = agreement.of_two([(both[0], both[1]) for both, number in table.items() for _ in range(number)])
    assert found.value == pytest.approx(0.68, abs=0.005)
    assert found.interval
    assert (found.interval[1] - found.interval[0]) / 2 / 1.959964 == pytest.approx(0.087, abs=0.001)


def test_chance_agreement_is_the_mean_over_all_shifts() -> None:
    """Shifting one list against the other, once all around, meets every pair once: that is what chance would give."""
    for chance in cases():
        n, values = chance.randint(2, 40), chance.randint(2, 5)
        left = [chance.randrange(values) for _ in range(n)]
        right = [one if chance.random() < 0.6 else chance.randrange(values) for one in left]
        observed = sum(a == b for a, b in zip(left, right, strict=True)) / n
        shifts = [sum(left[i] == right[(i + by) % n] for i in range(n)) / n for by in range(n)]
        expected = math.fsum(shifts) / n
        if expected > 1 - 1e-12:
            assert agreement.kappa(list(zip(left, right, strict=True))) is None
        else:
            told = (observed - expected) / (1 - expected)
            assert agreement.kappa(list(zip(left, right, strict=True))) == pytest.approx(told, abs=1e-10)


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for number in range(CASES):
        chance = random.Random(number)
        left = [chance.randrange(2) for _ in range(60)]
        # Where two of ten are judged anew by chance, agreement beyond chance is 0.8.
        pairs = [(one, one if chance.random() < 0.8 else chance.randrange(2)) for one in left]
        interval = agreement.of_two(pairs).interval
        held += interval is not None and interval[0] <= 0.8 <= interval[1]
    assert 0.88 <= held / CASES <= 0.99


def test_few_items_get_no_coefficient_but_their_number() -> None:
    few = agreement.of_two([("a", "a")] * 29)
    assert (few.n, few.value, few.enough, few.agreed) == (29, None, False, 1)
    none = agreement.of_all([{"ann": "a"}, {}])
    assert (none.n, none.agreed, none.value) == (0, None, None)
    everyone = agreement.of_all([{"ann": "a", "bo": "b", "cy": "a"}, {"ann": "b"}] * 30)
    assert (everyone.n, everyone.raters, everyone.agreed) == (30, 3, pytest.approx(1 / 3))


strata = st.dictionaries(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), st.sampled_from(Risk), min_size=1
)


@given(strata, st.integers(0, 60), st.integers(0, 5), st.text("0123456789abcdef", min_size=1, max_size=64))
def test_a_draw_holds_its_floors_and_its_size_and_is_the_same_again(
    lot: dict[str, Risk], looked: int, least: int, seed: str
) -> None:
    looked = min(looked, len(lot))
    sizes = {risk: list(lot.values()).count(risk) for risk in Risk}
    given_floors = sampling.floors(looked, sizes, least)
    drawn = sampling.draw(lot, looked, given_floors, seed)
    assert len(set(drawn)) == len(drawn) >= looked
    for risk, floor in given_floors.items():
        assert min(least, sizes[risk]) <= floor <= sizes[risk]
        assert sum(lot[item] is risk for item in drawn) >= floor
    shuffled = dict(sorted(lot.items(), reverse=True))
    assert sampling.draw(shuffled, looked, given_floors, seed) == drawn
    assert sampling.lot_lines(shuffled) == sampling.lot_lines(lot)


def test_high_risk_is_looked_at_more_often() -> None:
    found = sampling.floors(47, {Risk.HIGH: 40, Risk.MEDIUM: 60, Risk.LOW: 100})
    assert found == {Risk.HIGH: 17, Risk.MEDIUM: 16, Risk.LOW: 14}
    assert found[Risk.HIGH] / 40 > found[Risk.MEDIUM] / 60 > found[Risk.LOW] / 100


def test_an_examiner_repeats_the_draw_with_stock_tools() -> None:
    lot = {f"{hashlib.sha256(bytes([n])).hexdigest()}": Risk.LOW for n in range(40)}
    seed = "5eed"
    command = """while read -r item; do printf '%s %s' "$SEED" "$item" | sha256sum | sed "s/-/$item/"; done | sort"""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        input="".join(f"{item}\n" for item in lot),
        capture_output=True,
        text=True,
        env={"SEED": seed, "PATH": os.environ["PATH"]},
        check=True,
        timeout=60,
    )
    told = [line.split()[1] for line in done.stdout.splitlines()]
    assert tuple(told[:12]) == sampling.draw(lot, 12, {}, seed)


def test_terms_that_are_none_are_refused() -> None:
    for terms in (Terms("five"), Terms("0"), Terms("0.05", "1"), Terms(allowed=-1), Terms("1/0")):
        with pytest.raises(UserError):
            sampling.size(100, terms)


def test_a_lot_is_accepted_only_when_all_was_looked_at_and_rejected_at_once() -> None:
    assert sampling.outcome([False, None], 0) is Outcome.OPEN
    assert sampling.outcome([True, None], 0) is Outcome.REJECT
    assert sampling.outcome([True, None], 1) is Outcome.OPEN
    assert sampling.outcome([True, False], 1) is Outcome.ACCEPT
