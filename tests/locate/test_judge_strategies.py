"""Each way of asking the judge, against a model that knows where the error is, and against ones that know nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locate_episodes import agent, call, episode, result, user

from dreamdesk.locate.judge import Case, judge, strategies, strategy
from dreamdesk.locate.offline import findings, locate
from dreamdesk.locate.trace import Trace
from dreamdesk.model.ask import Prompt, Reply
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import stands
from dreamdesk.model.judgement import Judgement

SUBJECT = episode(
    user("Cancel W123 and refund it."),
    agent("I look.", "planner"),
    call("get_order", id="W123"),
    result('{"status": "shipped"}', "get_order"),
    agent("It is pending, I cancel it.", "clerk"),
    call("cancel_order", id="W123"),
    result("Error: shipped", "cancel_order", error=True),
    agent("I am sorry.", "clerk"),
    agent("All done.", "planner"),
)
TRUE = 4


class Model:
    """Answers each kind of question by the truth that it was made with; None: it never finds anything."""

    def __init__(self, truth: int | None, subject: Episode = SUBJECT) -> None:
        self.truth = truth
        self.asked: list[Prompt] = []
        self.rounds: list[int] = []
        self.subject = subject

    def __call__(self, prompts: Sequence[Prompt]) -> list[Reply]:
        self.rounds.append(len(prompts))
        self.asked += prompts
        return [Reply(self.answer(prompt), "knowing", 10, 1) for prompt in prompts]

    def claim(self, step: int) -> dict[str, Any]:
        words = self.subject.steps[step].content[:8]
        return {"step": step, "probability": 0.7, "category": "D5", "quote_step": step, "quote": words, "why": "So."}

    def answer(self, prompt: Prompt) -> Any:
        fields = prompt.schema["properties"]
        if "half" in fields:
            first, middle, _, last = map(int, re.findall(r"decisions (\d+) to (\d+)", prompt.text)[0] * 2)
            assert first <= middle <= last
            if self.truth is None:
                return {"reasoning": "", "half": "neither"}
            return {"reasoning": "", "half": "first" if self.truth <= middle else "second"}
        if "error_point" in fields:
            (step,) = fields["step"]["enum"]
            found = step == self.truth
            return {**self.claim(step), "reasoning": "", "error_point": found, "would_have_succeeded": found}
        listed = [] if self.truth is None else [self.claim(self.truth)]
        return {"reasoning": "", "abstain": self.truth is None, "candidates": listed}


def case(subject: Episode = SUBJECT, *, known: bool = True) -> Case:
    return Case(Trace(subject), findings(subject), locate(subject) if known else ())


def judged(name: str, model: Callable[..., Any], samples: int = 1, *, known: bool = True) -> Judgement:
    return judge(case(known=known), strategy(name), model, samples)


def test_all_are_found_the_default_first() -> None:
    assert list(strategies()) == ["all-at-once", "agent-first", "binary-search", "shortlist", "step-by-step"]
    for way in strategies().values():
        assert way.TITLE
        assert way.USE.endswith(".")


def test_an_unknown_way_is_refused_in_words() -> None:
    with pytest.raises(UserError, match="all-at-once"):
        strategy("by-heart")


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", list(strategies()))
def test_every_way_finds_what_the_model_knows(name: str, known: bool) -> None:
    found = judged(name, Model(TRUE), 2, known=known)
    assert [candidate.step for candidate in found.candidates] == [TRUE]
    assert (found.agreement, found.flags, found.abstained, found.strategy) == (1.0, (), False, name)
    assert stands(found.candidates[0].quotes[0], SUBJECT.steps)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", list(strategies()))
def test_every_way_lets_the_model_find_nothing(name: str, known: bool) -> None:
    found = judged(name, Model(None), 2, known=known)
    assert (found.candidates, found.flags, found.abstained) == ((), (), True)


@pytest.mark.parametrize("truth", [None, 0, 1, TRUE, 8])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", list(strategies()))
def test_no_way_asks_more_than_it_said(name: str, known: bool, truth: int | None) -> None:
    model = Model(truth)
    judged(name, model, 2, known=known)
    said = list(strategy(name).questions(case(known=known), 2))
    assert 0 < len(model.asked) <= len(said)
    if name in ("all-at-once", "step-by-step") or (name == "shortlist" and known):
        assert {(p.text, p.sample) for p in model.asked} <= {(p.text, p.sample) for p in said}


def test_what_does_not_depend_on_one_another_is_asked_at_once() -> None:
    model = Model(TRUE)
    judged("shortlist", model, 3)
    assert len(model.rounds) == 1
    model = Model(TRUE)
    judged("agent-first", model, 3)
    assert len(model.rounds) == 2


def test_the_agent_is_derived_and_only_its_decisions_are_checked() -> None:
    model = Model(TRUE)
    judged("agent-first", model)
    checked = [prompt.schema["properties"]["step"]["enum"][0] for prompt in model.asked[1:]]
    assert checked == [4, 7]
    assert not any("agent" in prompt.schema["properties"] for prompt in model.asked)


def test_step_by_step_stops_early_shows_no_future_and_refuses_long_recordings() -> None:
    model = Model(TRUE)
    judged("step-by-step", model)
    assert [p.schema["properties"]["step"]["enum"][0] for p in model.asked] == [0, 1, 2, 4]
    assert "It is pending" not in model.asked[2].text
    assert '"status": "shipped"' in model.asked[2].text
    long = episode(*(agent(f"Decision {i}.", name=f"a{i}") for i in range(40)))
    with pytest.raises(UserError, match="40 decisions"):
        judge(case(long), strategy("step-by-step"), Model(3, long))


def test_binary_search_asks_about_as_many_times_as_the_length_can_be_halved() -> None:
    long = episode(*(agent(f"Decision {i}.", name=f"a{i}") for i in range(100)))
    for truth in (0, 37, 99):
        model = Model(truth, long)
        found = judge(case(long), strategy("binary-search"), model)
        assert [candidate.step for candidate in found.candidates] == [truth]
        assert len(model.asked) <= 8


def test_a_check_shows_three_steps_before_and_five_after() -> None:
    long = episode(*(agent(f"Decision {i}.", name=f"a{i}") for i in range(60)))
    model = Model(30, long)
    judge(Case(Trace(long), (), locate(long)), strategy("shortlist"), model)
    for prompt in model.asked:
        (step,) = prompt.schema["properties"]["step"]["enum"]
        shown = [int(number) for number in re.findall(r"\[decision (\d+)\]", prompt.text)]
        assert shown == list(range(max(0, step - 3), min(60, step + 6)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.sampled_from(["W123", "D5", "first", "I look."]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            [
                "step", "probability", "category", "quote", "quote_step", "why", "candidates", "abstain", "half",
                "error_point", "would_have_succeeded", "resolved_later", "minimal_fix",
            ]
        ),
        inner,
    ),
    max_leaves=25,
)  # fmt: skip


@given(st.sampled_from(list(strategies())), st.lists(JSON, min_size=1, max_size=4), st.booleans())
def test_whatever_a_model_says_only_sound_candidates_come_out(name: str, answers: list[Any], known: bool) -> None:
    turn = iter(range(10_000))

    def babble(prompts: Sequence[Prompt]) -> list[Reply]:
        return [Reply(answers[next(turn) % len(answers)], "m") for _ in prompts]

    found = judged(name, babble, 2, known=known)
    assert found.candidates or found.flags or found.abstained
    assert sum(candidate.probability for candidate in found.candidates) <= 1 + 1e-9
    assert len(found.candidates) <= 5
    for candidate in found.candidates:
        assert candidate.step in {turn.start for turn in Trace(SUBJECT).decisions}
        assert candidate.quotes
        assert all(stands(quote, SUBJECT.steps) for quote in candidate.quotes)
