"""Whom a corpus is dealt to: the sample that the promise needs, the gravest others, and nobody more than another."""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import mappings, policies, settings
from dreamdesk.desk.database import create
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.triaging import dealing, sharding
from dreamdesk.pipeline.triaging.dealing import Ask
from dreamdesk.pipeline.triaging.nouns import Rules
from dreamdesk.pipeline.triaging.surveying import Failure
from dreamdesk.review.sampling import Risk, Terms

_BASE = {Risk.LOW: 1000, Risk.MEDIUM: 2000, Risk.HIGH: 3000}


def failure(number: int, risk: Risk, probability: int, source: int, size: int) -> Failure:
    name, file = (hashlib.sha256(f"{kind} {one}".encode()).hexdigest() for kind, one in (("e", number), ("s", source)))
    return Failure(name, name, risk, _BASE[risk] + probability, "shard-000001", number, "", file, 1 << 20, 5, size)


@st.composite
def lots(draw: st.DrawFn) -> list[Failure]:
    some = draw(
        st.lists(
            st.tuples(
                st.sampled_from(list(Risk)), st.integers(0, 999), st.integers(0, 9), st.integers(0, dealing.MOST_SIZE)
            ),
            max_size=80,
        )
    )
    return [failure(number, *one) for number, one in enumerate(some)]


@given(lots(), st.integers(1, 6), st.integers(1, 60))
def test_each_chosen_failure_is_dealt_once_and_all_get_alike(lot: list[Failure], desks: int, most: int) -> None:
    hands = dealing.hands(lot, desks)
    assert sorted(one.digest for hand in hands for one in hand) == sorted(one.digest for one in lot)
    assert max(map(len, hands)) - min(map(len, hands)) <= 1
    for risk in Risk:
        share = [sum(one.risk is risk for one in hand) for hand in hands]
        assert max(share) - min(share) <= 2
    for hand in hands:
        assert [one.priority for one in hand] == sorted((one.priority for one in hand), reverse=True)
        packed = list(dealing.packets(hand, most, recordings=True))
        assert [one for packet in packed for one in packet] == hand
        for packet in packed:
            size = sum(one.size for one in packet) + len({one.source for one in packet}) * (1 << 20)
            assert len(packet) == 1 or (len(packet) <= most and size <= dealing.MOST_SIZE)


@given(lots(), st.integers(1, 6), st.integers(1, 60), st.sampled_from(["0.05", "0.3"]))
def test_the_sample_is_dealt_first_and_then_the_gravest(lot: list[Failure], desks: int, each: int, share: str) -> None:
    ask = Ask(desks, each, Terms(share), "w1")
    try:
        deal = dealing.deal(lambda: lot, ask)
    except UserError:
        assert desks * each < len(lot)
        return
    assert len(deal.chosen) == min(len(lot), desks * each)
    assert set(deal.sample) & set(deal.gravest) == set()
    order = sorted(deal.lot, key=lambda name: hashlib.sha256(f"w1 {name}".encode()).hexdigest())
    assert set(order[: deal.size]) <= set(deal.sample)
    left = [one.priority for one in lot if one.digest not in deal.chosen]
    dealt = [one.priority for one in lot if one.digest in deal.gravest]
    assert not left or not dealt or min(dealt) >= max(left)
    assert deal.strata == Counter(one.risk for one in lot)
    assert dealing.deal(lambda: lot, replace(ask, terms=None)).chosen == set(deal.lot)


def test_what_a_later_state_of_a_file_repeats_is_dealt_once() -> None:
    first = failure(1, Risk.HIGH, 5, 1, 10)
    again = replace(first, digest="f" * 64, source="e" * 64)
    assert list(dealing.distinct([first, again])) == [first]


def test_fewer_readers_than_the_sample_needs_are_refused() -> None:
    lot = [failure(number, Risk.LOW, 5, 1, 10) for number in range(100)]
    with pytest.raises(UserError, match="Name more desks"):
        dealing.deal(lambda: lot, Ask(2, 10))


def test_shards_are_whole_files_in_order(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.json").write_text("x" * 10 * (number + 1))
    made = list(sharding.shards([tmp_path], 40))
    assert [[Path(file).name[0] for file in shard.files] for shard in made] == [["0", "1"], ["2"], ["3"], ["4"]]
    assert [shard.size for shard in made] == [30, 30, 40, 50]
    before = sharding.fingerprint(made)
    assert sharding.fingerprint(list(sharding.shards([tmp_path], 40))) == before
    (tmp_path / "3.json").write_text("y" * 41)
    assert sharding.fingerprint(list(sharding.shards([tmp_path], 40))) != before


def test_the_rules_of_the_desk_that_deals_hold_on_that_of_a_shard(tmp_path: Path) -> None:
    with closing(create(tmp_path / "home.desk")) as home, closing(create(tmp_path / "shard.desk")) as shard:
        policies.add(home, "Refunds", "clerk", "Never refund twice.", "Ann")
        policies.add(home, "Old", "", "Was withdrawn.", "Ann")
        policies.withdraw(home, "Old", "Ann")
        pipeline.change_setting(home, settings.OUTCOME_RULE, "0.5 0.8", "Ann")
        for name in ("first", "second"):
            mappings.put(home, name, {"name": name}, "Ann")
        rules = Rules.of(home, None)
        pickle.loads(pickle.dumps(rules)).lay(shard)
        assert Rules.of(shard, None) == rules
        assert (len(rules.mappings), len(rules.policies), rules.outcome_rule) == (
            2,
            1,
            "failed below 0.5, succeeded from 0.8",
        )
        with pytest.raises(UserError, match="Install the same"):
            replace(rules, version="0").lay(shard)
