"""The shape of a path, and looking up what was recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dream_episodes import episode, episodes
from hypothesis import given

from dreamdesk.dream.replay import Recording, arguments
from dreamdesk.dream.structure import answers, decision_start, structure_faults
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.errors import UserError

ONE = ("look", {"id": 1}, "one")
TWO = ("look", {"id": 2}, "two")
EPISODE = episode(("user", "hi"), ("agent", "wait", ONE, TWO), ("agent", "here"), ("user", "thanks"))


@given(episodes())
def test_well_formed_episodes_have_no_faults(e):
    assert structure_faults(e.steps) == []


def faults(*steps: Step) -> list[str]:
    return structure_faults([replace(step, index=i) for i, step in enumerate(steps)])


def test_each_fault_is_found():
    user, wait, one, two, first, second, here, _ = EPISODE.steps
    assert faults(user, wait, one, two, first, second, here) == []
    assert faults(user, wait, one, two, second, first, here) == []
    assert faults(user, wait, one, two, first) == []
    assert "numbered 7" in structure_faults([user, replace(wait, index=7)])[0]
    assert "no earlier call" in faults(user, first)[0]
    assert "without the result" in faults(user, wait, one, two, first, here)[0]
    assert "in a row" in faults(user, here, replace(here, turn=9))[0]
    assert faults(user, here, replace(here, turn=9, agent="critic")) == []


def test_only_faults_from_the_start_on_are_told():
    path = [replace(step, index=i) for i, step in enumerate((EPISODE.steps[4], *EPISODE.steps[:2]))]
    assert len(structure_faults(path)) == 1
    assert structure_faults(path, 1) == []


def test_what_the_source_does_itself_is_no_fault():
    user, _, one, _, first, _, here, _ = EPISODE.steps
    doubled = [user, here, replace(here, index=2, turn=9)]
    path = [replace(step, index=i) for i, step in enumerate((user, one, here, replace(here, turn=9), first))]
    assert len(structure_faults(path)) == 3
    assert len(structure_faults(path, like=doubled)) == 1
    assert structure_faults([user, first], like=[user, first]) == structure_faults([user, first])


def test_a_sub_agent_may_work_while_its_caller_waits():
    user, _, one, _, first, _, here, _ = EPISODE.steps
    sub = replace(here, agent="sub", parent=1)
    assert faults(user, one, replace(sub, actor=Actor.USER, kind=Kind.MESSAGE), sub, first, here) == []


def test_results_without_ids_answer_calls_of_their_tool():
    look = Step(0, Actor.AGENT, Kind.TOOL_CALL, "{}", 0, tool="look")
    book = replace(look, tool="book")
    seen = Step(0, Actor.TOOL, Kind.TOOL_RESULT, "r", 1, tool="look")
    assert answers([look, book, seen, replace(seen, tool="book")]) == {0: 2, 1: 3}
    assert answers([look, book, replace(seen, tool="")]) == {1: 2}
    assert answers([look, replace(seen, tool="other")]) == {}
    assert answers([seen, look]) == {}


def test_the_decision_behind_a_step():
    assert [decision_start(EPISODE.steps, i) for i in range(8)] == [0, 1, 1, 1, 1, 1, 6, 7]
    for outside in (-1, 8):
        with pytest.raises(UserError, match="no step"):
            decision_start(EPISODE.steps, outside)


def test_arguments_are_equal_when_they_mean_the_same():
    assert arguments('{"b": 1, "a": [2]}') == arguments(' {"a":[2],"b":1}')
    assert arguments("") == arguments("{}") == "{}"
    assert arguments('{"a": 1, "a": 2}') != arguments('{"a": 2}')
    assert arguments("not json ") == "not json"
    assert arguments("[" * 100_000).startswith("[[")
    assert arguments('{"a": NaN}') == '{"a": NaN}'
    assert arguments("9" * 5000) == "9" * 5000


def test_the_recorded_result_is_the_one_that_held_at_the_error():
    e = episode(
        ("user", "hi"),
        ("agent", "", ("look", {}, "before")),
        ("agent", "", ("look", {}, "then")),
        ("agent", "", ("book", {}, "ok")),
        ("agent", "", ("look", {}, "after")),
    )
    recording = Recording(e.steps)
    call = e.steps[1]

    def at(step: int) -> str | None:
        found = recording.result(call, step)
        return found and found.content

    assert [at(1), at(3), at(5), at(99)] == ["before", "before", "then", "after"]
    assert recording.result(replace(call, tool="other"), 3) is None
    assert recording.exchange(call, replace(e.steps[2], content="never said")) is None
    assert recording.exchange(call, replace(e.steps[8], call_id="x")) == (e.steps[7], e.steps[8])
