"""tau-bench attempts: messages become turns, the reward becomes the verdict."""

import json

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState, turns


def attempt(**changes):
    arguments = '{"id": "W1"}'
    call = {"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": arguments}}
    return {
        "task_id": 3,
        "reward": 0.0,
        "info": {
            "task": {"instruction": "You want to cancel W1.", "outputs": ["54.04"]},
            "reward_info": {"reward": 0.0, "info": {"r_outputs": 0.0, "outputs": {"54.04": False}}},
        },
        "traj": [
            {"role": "system", "content": "# Policy\nBe careful."},
            {"role": "user", "content": "Cancel my order\nplease"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": [call, {**call, "id": "c2"}]},
            {"role": "tool", "tool_call_id": "c1", "name": "get_order", "content": "Error: order not found"},
            {"role": "tool", "tool_call_id": "c9", "name": "get_order", "content": '{"a": 1}'},
        ],
        "trial": 0,
        **changes,
    }


def read(tmp_path, *attempts):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(list(attempts)))
    reading = open_source(path)
    assert reading.source.format == "tau-bench"
    return list(reading.episodes())


def test_a_message_is_a_turn_and_its_parts_are_steps(tmp_path):
    (episode,) = read(tmp_path, attempt())
    told = [(s.actor.value, s.kind.value, s.turn, s.native, s.call_id, s.is_error) for s in episode.steps]
    assert told == [
        ("system", "message", 0, 1, "", False),
        ("user", "message", 1, 2, "", False),
        ("agent", "message", 2, 3, "", False),
        ("agent", "tool_call", 2, 3, "c1", False),
        ("agent", "tool_call", 2, 3, "c2", False),
        ("tool", "tool_result", 3, 4, "c1", True),
        ("tool", "tool_result", 4, 5, "c9", False),
    ]
    assert [turn.actor for turn in turns(episode.steps)] == [
        Actor.SYSTEM,
        Actor.USER,
        Actor.AGENT,
        Actor.TOOL,
        Actor.TOOL,
    ]
    assert episode.steps[3].content == '{"id": "W1"}'  # as recorded, spaces included
    assert episode.steps[3].pointer == "/traj/2/tool_calls/0"
    assert (episode.native_steps, episode.native_unit) == (5, "messages")
    assert episode.policy == "# Policy\nBe careful."
    assert episode.task == "You want to cancel W1."
    assert episode.title == "Cancel my order please"
    assert {(gap.kind, gap.step) for gap in episode.gaps} == {(GapKind.ORPHAN_CALL, 4), (GapKind.ORPHAN_RESULT, 6)}


def test_the_reward_is_the_verdict(tmp_path):
    failed, passed, partial, none, flag = read(
        tmp_path, attempt(), attempt(reward=1.0), attempt(reward=0.5), attempt(reward=None), attempt(reward=True)
    )
    assert failed.outcome.state is OutcomeState.FAILED
    assert (failed.outcome.source, failed.outcome.pointer) == (OutcomeSource.REWARD, "/reward")
    assert failed.outcome.detail == "reward 0, the user was not told: 54.04"
    assert passed.outcome.state is OutcomeState.SUCCEEDED
    assert partial.outcome.state is OutcomeState.PARTIAL
    assert none.outcome.state is flag.outcome.state is OutcomeState.UNKNOWN


def test_a_crashed_run_is_unknown_and_says_so(tmp_path):
    (episode,) = read(tmp_path, attempt(traj=[], info={"error": "rate limit", "traceback": "…"}))
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert "rate limit" in episode.outcome.detail
    assert [gap.kind for gap in episode.gaps] == [GapKind.MISSING]


def test_trials_of_a_task_share_a_key_and_other_domains_do_not(tmp_path):
    other = attempt(info={"task": {"instruction": "You want to fly."}})
    first, second, flight = read(tmp_path, attempt(), attempt(trial=1), other)
    assert first.task_key == second.task_key != flight.task_key
    assert len({first.key, second.key, flight.key}) == 3


def test_a_function_call_of_the_old_api_is_a_call(tmp_path):
    old = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    (episode,) = read(tmp_path, attempt(traj=[old, {"role": "function", "name": "f", "content": "ok"}]))
    assert [(step.kind, step.tool) for step in episode.steps] == [(Kind.TOOL_CALL, "f"), (Kind.TOOL_RESULT, "f")]
