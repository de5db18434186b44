"""Our own environments against what the samples recorded: every call, every outcome."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import database, episodes
from dreamdesk.dream.environment import Environment, calls_of, compared, play
from dreamdesk.dream.environments import own
from dreamdesk.model.episode import Episode, Kind, OutcomeState
from dreamdesk.model.execution import Execution, missing

ANOTHER = "hand_over"
"""The one tool whose answer another agent gives."""


@pytest.fixture(scope="module")
def recorded(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Episode]:
    db = database.create(tmp_path_factory.mktemp("own") / "a.desk")
    list(pipeline.import_paths(db, [samples]))
    return [episodes.load(db, identity) for identity in episodes.ids(db)]


def executed(recorded: list[Episode]) -> Iterator[tuple[Environment, Episode, Execution]]:
    for episode in recorded:
        for environment in own():
            if environment.fits(episode):
                played = play(environment, episode, calls_of(episode.steps))
                yield environment, episode, compared(environment.name, episode.steps, played, played)


def test_each_sample_episode_with_calls_fits_exactly_one_environment(recorded: list[Episode]) -> None:
    for episode in recorded:
        fitting = [environment.name for environment in own() if environment.fits(episode)]
        assert len(fitting) == any(step.kind is Kind.TOOL_CALL for step in episode.steps), episode.key
    assert Counter(environment.name for environment, *_ in executed(recorded)) == {
        "retail-desk": 12,
        "ledger-entry": 11,
        "service-desk": 10,
    }


def test_every_recorded_call_is_answered_as_it_was_recorded(recorded: list[Episode]) -> None:
    results = [(episode, result) for _, episode, execution in executed(recorded) for result in execution.results]
    outside = [(episode, result) for episode, result in results if result.answer is None]
    assert [episode.steps[result.call].tool for episode, result in outside] == [ANOTHER]
    differing = [
        (episode.key, result.call, episode.steps[result.at].content, result.answer.text)
        for episode, result in results
        if result.answer is not None and not result.agrees
    ]
    assert differing == []
    assert sum(result.agrees for _, result in results) == len(results) - 1 == 139


def test_errors_are_flagged_where_the_recording_flags_them(recorded: list[Episode]) -> None:
    for _, episode, execution in executed(recorded):
        for result in execution.results:
            if result.answer is not None:
                assert result.answer.is_error == episode.steps[result.at].is_error, (episode.key, result.call)


def test_the_end_state_agrees_with_every_recorded_outcome(recorded: list[Episode]) -> None:
    decided = 0
    for _, episode, execution in executed(recorded):
        if execution.missing is None:
            assert episode.outcome.state is OutcomeState.UNKNOWN
            continue
        assert (execution.missing == ()) == (episode.outcome.state is OutcomeState.SUCCEEDED), episode.key
        decided += 1
    assert decided == 32


def test_a_world_begins_fresh_each_time(recorded: list[Episode]) -> None:
    for environment, episode, execution in executed(recorded):
        again = play(environment, episode, calls_of(episode.steps))
        assert compared(environment.name, episode.steps, again, again) == execution


@settings(max_examples=40)
@given(st.data())
def test_no_call_breaks_a_world_and_none_that_is_refused_changes_it(
    recorded: list[Episode], data: st.DataObject
) -> None:
    episode = data.draw(st.sampled_from([recorded[0], recorded[14], recorded[28]]))
    environment = next(environment for environment in own() if environment.fits(episode))
    world = environment.begin(episode)
    tools = [step.tool for step in episode.steps if step.kind is Kind.TOOL_CALL]
    names = st.sampled_from(["order_id", "vendor_id", "ticket_id", "amount", "__class__", "self"])
    values = st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), st.lists, max_leaves=4)
    before = json.dumps(world.state())
    arguments = data.draw(st.dictionaries(names, values, max_size=3) | values)
    answer = world.call(data.draw(st.sampled_from([*tools, "state", "goal", "__init__", "found"])), arguments)
    if answer is not None and answer.is_error and "second approver" not in answer.text:
        assert json.dumps(world.state()) == before


def test_what_is_missing_is_said_in_words() -> None:
    assert missing({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}], "d": 3}) == []
    assert missing({"a": [{"b": 1}]}, {"a": [{"b": 2}]}) == ["a[0].b is 2; it should be 1"]
    assert missing({"a": []}, {"a": [1, 2]}) == ["a holds 2 entries; it should hold nothing"]
    assert missing({"a": {"b": 1}}, {}) == ["a is not there; it should be {'b': 1}"]
