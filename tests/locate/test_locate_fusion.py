"""Joining the desk's view and a model's opinion: what moves, what stays, and that both stay visible."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locate_episodes import agent, episode

from dreamdesk.locate.fusion import Weights, fuse, shipped
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import FUSED, Candidate, Category, Opinion, Quote, stands

TRACE = Trace(episode(*(agent(f"Decision {i}.", "ab"[i % 2]) for i in range(8))))
WEIGHTS = Weights(exact=1.0, near=0.8, agent=0.3)


def claim(step: int, probability: float, method: str = "offline", rank: int = 1, why: str = "Why.") -> Candidate:
    return Candidate(step, Category.D5, probability, method, why, (Quote(step, f"Decision {step}."),), rank)


def test_agreement_raises_and_disagreement_is_visible() -> None:
    own = (claim(2, 0.4), claim(5, 0.3, rank=2))
    agreed = fuse(TRACE, own, (claim(2, 0.9, "model"),), WEIGHTS)
    assert agreed[0].step == 2
    assert agreed[0].probability > 0.4
    assert agreed[0].named_by == (Opinion("offline", 1, 0.4), Opinion("model", 1, 0.9))
    turned = fuse(TRACE, own, (claim(5, 0.9, "model"),), WEIGHTS)
    assert [candidate.step for candidate in turned[:2]] == [5, 2]
    assert turned[1].named_by == (Opinion("offline", 1, 0.4),)
    assert turned[0].rank == 1


def test_a_step_that_only_the_model_names_comes_in_with_its_quotes() -> None:
    joined = {c.step: c for c in fuse(TRACE, (claim(2, 0.4),), (claim(6, 0.5, "model"),), WEIGHTS)}
    assert joined[6].named_by == (Opinion("model", 1, 0.5),)
    assert joined[6].quotes == (Quote(6, "Decision 6."),)
    assert all(candidate.method == FUSED for candidate in joined.values())


def test_both_reasons_are_read() -> None:
    (joined,) = fuse(TRACE, (claim(2, 0.4, why="It hedges."),), (claim(2, 0.5, "model", why="It lied."),), WEIGHTS)
    assert joined.why == "It hedges. The model: It lied."


def test_a_label_stays_first_whatever_the_model_says() -> None:
    own = (claim(1, 0.3, "label"), claim(5, 0.4))
    assert fuse(TRACE, own, (claim(5, 1.0, "model"),), WEIGHTS)[0].step == 1


def test_with_one_opinion_there_is_nothing_to_join() -> None:
    assert fuse(TRACE, (), (claim(1, 0.5, "model"),), WEIGHTS) == ()
    assert fuse(TRACE, (claim(1, 0.5),), (), WEIGHTS) == ()


def test_a_doubtful_model_moves_less_than_a_sure_one() -> None:
    own = (claim(2, 0.4), claim(5, 0.3))
    chance = {
        sure: {c.step: c.probability for c in fuse(TRACE, own, (claim(5, sure, "model"),), WEIGHTS)}[5]
        for sure in (0.1, 0.5, 1.0)
    }
    assert 0.3 < chance[0.1] < chance[0.5] < chance[1.0]


@given(
    st.lists(st.tuples(st.integers(0, 7), st.floats(0, 0.2)), max_size=5, unique_by=lambda pair: pair[0]),
    st.lists(st.tuples(st.integers(0, 7), st.floats(0, 0.2)), max_size=5, unique_by=lambda pair: pair[0]),
)
def test_joined_probabilities_are_a_share_of_one(own: list[tuple[int, float]], judged: list[tuple[int, float]]) -> None:
    mine = tuple(claim(step, p, rank=n) for n, (step, p) in enumerate(own, 1))
    theirs = tuple(claim(step, p, "model", n) for n, (step, p) in enumerate(judged, 1))
    joined = fuse(TRACE, mine, theirs)
    assert bool(joined) == bool(mine and theirs)
    assert math.fsum(candidate.probability for candidate in joined) <= 1 + 1e-9
    assert {c.step for c in joined} == ({c.step for c in (*mine, *theirs)} if joined else set())
    assert all(stands(quote, TRACE.steps) for candidate in joined for quote in candidate.quotes)
    for candidate in joined:
        assert [o.method for o in candidate.named_by if o.method == "model"] == ["model"] * (
            candidate.step in {c.step for c in theirs}
        )


def test_the_weights_say_what_they_rest_on() -> None:
    text = (Path(__file__).resolve().parents[2] / "resources" / "fusion" / "weights.json").read_text(encoding="utf-8")
    data = json.loads(text)
    assert shipped() == Weights(**data["weights"])
    assert "not measured" in data["basis"]
    assert all(weight >= 0 for weight in data["weights"].values())


def test_the_weights_are_what_the_command_computes(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from fusion_weights import usable, weights

    from dreamdesk.pipeline.evaluating import labelled_cases

    found = weights(usable(labelled_cases(shared_data / "labels")))
    assert Weights(**{name: round(value, 3) for name, value in found.items()}) == shipped()
