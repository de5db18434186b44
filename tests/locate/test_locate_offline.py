"""Ranking, labels and siblings: what `locate` promises to whoever calls it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from locate_episodes import SUCCEEDED, agent, call, episode, result, user
from test_locate_detectors import STEPS, built

from dreamdesk.intake.opening import open_source
from dreamdesk.locate.detectors import detectors
from dreamdesk.locate.labels import AGREEMENT, category_of
from dreamdesk.locate.offline import DIVERGENCE, findings, locate
from dreamdesk.locate.ranker import Weights, features, probabilities, shipped
from dreamdesk.locate.resources import resource
from dreamdesk.locate.siblings import divergence
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Episode, Kind, Label, OutcomeState, turn_start
from dreamdesk.model.finding import Candidate, Category, stands

CHAT = (
    user("Cancel W123 please."),
    call("get_order", id="W123"),
    result('{"id": "W123", "price": 54.04}', "get_order"),
    agent("Order W123 costs $54.04. Shall I cancel it?"),
    user("What would that cost?"),
    call("cancel_order", id="W999"),
    result("Error: order not found", "cancel_order", error=True),
    agent("Your order has been cancelled."),
)


def sound(candidates: tuple[Candidate, ...], subject: Episode) -> None:
    """Assert what holds for every answer of `locate`."""
    assert [c.rank for c in candidates] == list(range(1, len(candidates) + 1))
    assert len({c.step for c in candidates}) == len(candidates)
    assert math.fsum(c.probability for c in candidates) <= 1 + 1e-9
    eligible = {turn.start for turn in Trace(subject).decisions}
    for candidate in candidates:
        assert candidate.step in eligible
        assert turn_start(subject.steps, candidate.step) == candidate.step
        assert 0 <= candidate.probability <= 1
        assert candidate.why
        assert all(stands(quote, subject.steps) for quote in candidate.quotes)


def test_the_unconfirmed_wrong_call_stands_first_with_its_reasons() -> None:
    subject = episode(*CHAT)
    candidates = locate(subject)
    sound(candidates, subject)
    assert candidates[0].step == 5
    assert candidates[0].method == "offline"
    assert any("W999" in quote.text for quote in candidates[0].quotes)


def test_tool_and_system_steps_are_never_candidates() -> None:
    subject = episode(*CHAT)
    actors = {subject.steps[candidate.step].actor for candidate in locate(subject)}
    assert actors == {Actor.AGENT, Actor.USER}


def test_an_episode_of_outputs_alone_still_has_a_candidate_and_an_empty_one_has_none() -> None:
    alone = episode(result("Error: no"))
    sound(locate(alone), alone)
    assert len(locate(alone)) == 1
    assert locate(episode()) == ()
    assert findings(episode()) == ()


def test_labels_rank_first_whatever_the_ranker_says() -> None:
    subject = episode(*CHAT, labels=(Label(3, 3, "Agent", "It misread the order.", "Invalid Invocation", "AgentRx"),))
    candidates = locate(subject)
    sound(candidates, subject)
    first = candidates[0]
    assert (first.step, first.method, first.category) == (3, "label", Category.D3)
    assert first.why.startswith("Marked by AgentRx: It misread the order.")
    assert first.probability >= AGREEMENT


def test_several_labels_share_the_agreement_and_the_first_counts_twice() -> None:
    subject = episode(*CHAT, labels=(Label(5, 5), Label(3, 3), Label(None, 99), Label(700, 700)))
    first, second = [c for c in locate(subject) if c.method == "label"]
    assert {first.step, second.step} == {3, 5}
    assert first.step == 5
    assert locate(subject)[:2] == (first, second)


def test_a_label_on_a_tools_step_is_moved_to_the_decision_before_it() -> None:
    subject = episode(*CHAT, labels=(Label(6, 6, by="Who&When", reason="It failed."),))
    first = locate(subject)[0]
    assert (first.step, first.method) == (5, "label")
    assert "at what this decision led to" in first.why


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Misinterpretation of Tool Output", Category.D5),
        ("Instruction Adherence Failure", Category.D1),
        ("Underspecified User Intent", Category.D7),
        ("Inconclusive", Category.D0),
        ("", Category.D0),
    ],
)
def test_categories_of_sources_are_translated(name: str, category: Category) -> None:
    assert category_of(name) is category


GOOD = episode(
    user("Cancel W123 please."),
    call("list_orders"),
    result("W123"),
    call("get_order", id="W123"),
    result("ok"),
    agent("Shall I cancel W123?"),
    user("Yes."),
    call("cancel_order", id="W123"),
    result("done"),
    outcome=SUCCEEDED,
)


def test_paths_part_at_the_first_changing_call_that_differs() -> None:
    part = divergence(episode(*CHAT), GOOD)
    assert part is not None
    assert (part.failed_step, part.succeeded_step, part.shared) == (5, 1, 0)
    assert "other arguments" in part.why
    assert part.quotes[0].step == 5


def test_lookups_in_another_order_are_no_parting() -> None:
    left = episode(user("Go"), call("get_a"), result("1"), call("get_b"), result("2"), call("pay", amount=1))
    right = episode(user("Go"), call("get_b"), result("2"), call("get_a"), result("1"), call("pay", amount=1))
    assert divergence(left, right) is None
    assert divergence(left, left) is None
    assert divergence(left, episode(user("Go"))) is None


def test_the_succeeded_path_goes_on_after_the_last_shared_call() -> None:
    left = episode(user("Go"), call("get_a"), result("1"), call("pay", amount=2))
    right = episode(user("Go"), call("get_a"), result("1"), agent("Pay 1?"), user("Yes"), call("pay", amount=1))
    part = divergence(left, right)
    assert part is not None
    assert (part.failed_step, part.succeeded_step, part.shared) == (3, 3, 1)


def test_an_omitted_call_is_found_where_the_other_attempt_made_it() -> None:
    left = episode(user("Refund me"), agent("Your id?"), user("7"), agent("I cannot help."), user("Bye"), agent("Bye."))
    right = episode(user("Refund me"), agent("Your id?"), user("7"), call("refund", id="7"), result("ok"))
    part = divergence(left, right)
    assert part is not None
    assert (part.failed_step, part.succeeded_step) == (3, 1)
    assert "made no such call" in part.why


def test_thinking_tools_and_failed_actions_are_no_parting() -> None:
    plain = (call("get_a"), result("1"), call("pay", amount=1), result("ok"))
    winding = (call("think", thought="Hm"), result(""), call("pay", amount=9), result("Error: too much", error=True))
    assert divergence(episode(user("Go"), *winding, *plain), episode(user("Go"), *plain)) is None
    left = episode(user("Go"), call("pay", amount=9), result("Error: too much", error=True), call("pay", amount=2))
    part = divergence(left, episode(user("Go"), call("pay", amount=1), result("ok")))
    assert part is not None
    assert part.failed_step == 3


def test_giving_up_is_blamed_where_the_other_attempt_went_on() -> None:
    left = episode(user("Cancel"), agent("Your number?"), user("No idea"), agent("I need it."), user("Please"),
                   call("transfer_to_human_agents"))  # fmt: skip
    right = episode(user("Cancel"), agent("Your number?"), user("No idea"), call("list_orders"), result("W1"),
                    call("cancel_order", id="W1"))  # fmt: skip
    part = divergence(left, right)
    assert part is not None
    assert (part.failed_step, part.succeeded_step) == (3, 1)


def test_a_successful_sibling_usually_decides_and_a_failed_one_never() -> None:
    subject = episode(*CHAT)
    first = locate(subject, [GOOD])[0]
    assert (first.step, first.method) == (5, "divergence")
    assert first.probability >= DIVERGENCE
    assert locate(subject, [replace(GOOD, outcome=subject.outcome)]) == locate(subject)
    sound(locate(subject, [GOOD, subject, GOOD]), subject)


def test_arguments_without_a_canonical_form_are_compared_as_text() -> None:
    def paid(amount: str) -> Episode:
        pay = {"actor": Actor.AGENT, "kind": Kind.TOOL_CALL, "content": amount, "tool": "pay"}
        return episode(user("Go"), [pay], result("ok"), agent("Paid."))

    deep = "[" * 900 + "]" * 900
    assert divergence(paid("NaN"), paid("NaN")) is None
    assert divergence(paid(deep), paid(deep)) is None
    assert divergence(paid("NaN"), paid("Infinity")) is not None


def test_weights_know_every_detector_and_strangers_get_the_default() -> None:
    weights = shipped()
    assert all(weights.of(name) >= 0 for name in detectors())
    assert weights.of("a detector of next year") == weights.default
    assert resource("ranker", "README.md").is_file()


def test_probabilities_are_a_softmax_that_does_not_overflow() -> None:
    assert probabilities([], Weights({}, 0.0)) == []
    chances = probabilities([{"a": 1e6}, {"a": 0.0}], Weights({"a": 1.0}, 0.0))
    assert chances == [1.0, 0.0]


def test_features_never_tell_the_position() -> None:
    rows = features(Trace(episode(*[agent("Let us go on.")] * 5)), ())
    assert rows == rows[:1] * 5


@given(STEPS)
def test_whatever_the_trace_locate_is_sound_and_repeatable(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    subject = built(rows)
    candidates = locate(subject, [replace(subject, steps=subject.steps[:3], outcome=SUCCEEDED)])
    sound(candidates, subject)
    assert bool(candidates) == bool(subject.steps)
    assert locate(subject) == locate(subject)


def test_every_failed_airline_episode_gets_a_sound_candidate(shared_data: Path) -> None:
    reading = open_source(shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json")
    tasks: dict[str, list[Episode]] = defaultdict(list)
    for attempt in reading.episodes():
        tasks[attempt.task_key].append(attempt)
    failed = with_success = standing = 0
    for attempts in tasks.values():
        succeeded = any(attempt.outcome.state is OutcomeState.SUCCEEDED for attempt in attempts)
        for attempt in attempts:
            if attempt.outcome.state is OutcomeState.FAILED:
                candidates = locate(attempt, attempts)
                sound(candidates, attempt)
                failed += bool(candidates)
                with_success += succeeded
                standing += candidates[0].method == "divergence"
    assert failed == 69
    assert standing > with_success / 2


@pytest.mark.parametrize("category", list(Category))
def test_a_label_may_name_our_own_categories_by_code_or_title(category: Category) -> None:
    assert category_of(category.value) is category
    assert category_of(category.title.upper()) is category
