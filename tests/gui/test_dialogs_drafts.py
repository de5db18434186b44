"""Drafts: what an officer writes becomes steps that a desk can keep, whatever was added or taken away."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.gui.dialogs.drafts import SHAPES, fault, finished, new_step, shape_of
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.errors import UserError

CALL = Step(9, Actor.AGENT, Kind.TOOL_CALL, '{"a": 1}', 4, tool="close", call_id="c1", pointer="/9", native=3)
RESULT = Step(10, Actor.TOOL, Kind.TOOL_RESULT, "done", 5, tool="close", call_id="c1")
WORDS = Step(8, Actor.AGENT, Kind.MESSAGE, "I close it.", 4)


def test_recorded_steps_keep_their_turns_and_calls() -> None:
    steps = finished([WORDS, CALL, RESULT], 8, 4)
    assert [(step.index, step.turn, step.call_id) for step in steps] == [(8, 4, ""), (9, 4, "c1"), (10, 5, "c1")]


def test_a_draft_no_longer_points_into_the_source() -> None:
    step = finished([CALL], 9, 4)[0]
    assert (step.pointer, step.native) == ("", None)


def test_an_added_result_answers_the_call_before_it() -> None:
    call = Step(0, Actor.AGENT, Kind.TOOL_CALL, "{}", -1, tool="look")
    result = Step(0, Actor.TOOL, Kind.TOOL_RESULT, "found", -1)
    first, second = finished([call, result], 3, 7)
    assert first.call_id
    assert (second.call_id, second.tool) == (first.call_id, "look")
    assert (first.turn, second.turn) == (7, 8)


def test_an_added_step_joins_the_turn_before_it() -> None:
    added = Step(0, Actor.AGENT, Kind.MESSAGE, "And one more thing.", -1)
    assert [step.turn for step in finished([WORDS, added, CALL], 8, 4)] == [4, 4, 4]


def test_two_turns_of_one_actor_stay_two() -> None:
    second = Step(9, Actor.AGENT, Kind.MESSAGE, "Again.", 5)
    added = Step(0, Actor.AGENT, Kind.MESSAGE, "Between.", -1)
    assert [step.turn for step in finished([WORDS, added, second], 8, 4)] == [4, 4, 5]


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (Step(0, Actor.AGENT, Kind.TOOL_CALL, "{}", -1), "name"),
        (Step(0, Actor.AGENT, Kind.TOOL_CALL, "{a: 1}", -1, tool="t"), "not JSON"),
        (Step(0, Actor.AGENT, Kind.TOOL_CALL, "[1]", -1, tool="t"), "object"),
        (Step(0, Actor.AGENT, Kind.MESSAGE, "  \n", -1), "empty"),
    ],
)
def test_what_cannot_be_saved_is_said(step: Step, word: str) -> None:
    assert word in fault(step)
    with pytest.raises(UserError, match="Step 5"):
        finished([step], 5, 0)


def test_a_correction_needs_a_step() -> None:
    with pytest.raises(UserError):
        finished([], 5, 0)


def test_every_shape_is_recognised_again() -> None:
    for shape in SHAPES:
        assert shape_of(new_step(shape)) == shape
    assert shape_of(Step(0, Actor.SYSTEM, Kind.GAP, "", 0)).title == "System gap"


@given(
    st.lists(st.tuples(st.sampled_from(SHAPES), st.integers(-1, 4)), min_size=1, max_size=12),
    st.integers(0, 1000),
    st.integers(0, 1000),
)
def test_indexes_and_turns_never_have_holes(shapes: list[tuple], start: int, turn: int) -> None:
    drafts = []
    for shape, recorded in shapes:
        content = json.dumps({"x": 1}) if shape.kind is Kind.TOOL_CALL else "words"
        drafts.append(Step(0, shape.actor, shape.kind, content, recorded, tool="t"))
    steps = finished(drafts, start, turn)
    assert [step.index for step in steps] == list(range(start, start + len(steps)))
    assert steps[0].turn == turn
    for before, after in pairwise(steps):
        assert after.turn - before.turn in (0, 1)
        assert before.actor is after.actor or after.turn == before.turn + 1
