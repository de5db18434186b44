"""OpenHands: events of both versions, verdicts, and conversations kept in folders."""

import json

import pytest
from openhands_traces import FIRST, RUN, SDK, lines, read, story

from dreamdesk.model.episode import GapKind, Kind, OutcomeSource, OutcomeState


def test_events_of_the_sdk_become_steps(tmp_path):
    (episode,), reading = read(tmp_path, SDK)
    assert story(episode) == [
        ("system", "message", "Be kind", 0),
        ("user", "message", "List", 1),
        ("agent", "thinking", "hm", 2),
        ("agent", "message", "I list", 2),
        ("agent", "tool_call", '{"command": "ls"}', 2),
        ("agent", "tool_call", '{"command": "ls"}', 3),
        ("tool", "tool_result", "a", 4),
        ("tool", "tool_result", "no such file", 5),
        ("system", "gap", "So far: a", 6),
        ("agent", "gap", "", 8),
        ("agent", "tool_call", '{"command": "ls"}', 8),
        ("tool", "tool_result", "not JSON", 9),
        ("system", "message", "The conversation was stopped here.", 10),
        ("system", "message", episode.steps[-1].content, 11),
    ]
    assert [step.turn for step in episode.steps[2:6]] == [2, 2, 2, 2]
    assert [step.is_error for step in episode.steps if step.kind is Kind.TOOL_RESULT] == [False, True, True]
    assert {gap.kind for gap in episode.gaps} == {GapKind.COMPACTION, GapKind.WITHHELD}
    assert (episode.policy, episode.task, episode.native_steps) == ("Be kind", "List", 12)
    assert [tool.name for tool in episode.tools] == ["bash"]
    assert any("HookExecutionEvent" in note for note in reading.notes)
    assert any("state of the program" in note for note in reading.notes)


def test_events_of_version_0_become_steps(tmp_path):
    (episode,), _ = read(tmp_path, FIRST)
    assert story(episode) == [
        ("system", "message", "Be kind", 0),
        ("user", "message", "List", 1),
        ("agent", "message", "I list", 3),
        ("agent", "tool_call", '{"a": 1}', 3),
        ("tool", "tool_result", "a", 4),
        ("agent", "tool_call", '{"path":"/x"}', 5),
        ("tool", "tool_result", "text", 6),
        ("tool", "tool_result", "wrong parameter", 7),
        ("agent", "tool_call", '{"message":"done"}', 8),
    ]
    assert [step.tool for step in episode.steps[3:7]] == ["bash", "bash", "read", "read"]
    assert [step.tokens for step in episode.steps[2:4]] == [8, None]
    assert episode.model == "m"
    assert episode.gaps == ()
    assert "no verdict" in episode.outcome.detail


GRADES = [
    ({"final_score": {"result": 1, "total": 1}}, None, "succeeded", "1 points of 1"),
    ({"final_score": {"result": 1, "total": 2}}, None, "partial", "1 points of 2"),
    ({"final_score": {"result": False, "total": 1}}, None, "failed", "0 points of 1"),
    ({"final_score": {"result": 0, "total": 0}}, None, "unknown", "nothing to grade"),
    ({"error": "module has no attribute"}, "module has no attribute", "unknown", "grader crashed"),
    ({"report": {"resolved": True}}, None, "succeeded", "tests pass"),
    ({"resolved": False}, None, "failed", "tests fail"),
    ({"git_patch": "diff"}, "Agent reached maximum iteration in headless mode", "failed", "did not come to an end"),
    ({"git_patch": "diff"}, "Port 34966 is not available", "unknown", "broken off"),
    ({"git_patch": "diff"}, None, "unknown", "no verdict"),
    (None, None, "unknown", "no verdict"),
]


@pytest.mark.parametrize(("result", "error", "state", "words"), GRADES)
def test_only_a_grader_or_a_limit_gives_a_verdict(tmp_path, result, error, state, words):
    (episode,), _ = read(tmp_path, lines({**RUN, "test_result": result, "error": error}))
    assert episode.outcome.state == state
    assert words in episode.outcome.detail
    assert (episode.outcome.source is OutcomeSource.NONE) == (state == "unknown")


def test_a_run_shows_the_task_that_its_history_leaves_out(tmp_path):
    (first, second), _ = read(tmp_path, lines(RUN, {**RUN, "history": []}))
    assert story(first)[0] == ("user", "message", "Do it", None)
    assert first.task_key == second.task_key
    assert (first.native_steps, second.native_steps) == (4, 0)
    assert second.gaps[0].kind is GapKind.MISSING


def test_a_damaged_run_costs_only_itself(tmp_path):
    found, reading = read(tmp_path, lines(RUN, {**RUN, "history": "lost"}, {"hello": 1}, RUN))
    assert len(found) == 2
    assert [skip.place for skip in reading.skipped] == ["line 2", "line 3"]


def test_the_verdict_beside_a_trajectory_is_joined(tmp_path):
    (tmp_path / "eval_a.json").write_text('{"final_score": {"result": 0, "total": 1}}')
    (episode,), _ = read(tmp_path, SDK, name="traj_a.json")
    assert episode.outcome.pointer == "eval_a.json#/final_score"
    (episode,), _ = read(tmp_path, b"[]", "openhands", name="traj_a.json")
    assert episode.outcome.state is OutcomeState.FAILED
    assert episode.gaps[0].note == "The trajectory is empty."


def test_a_conversation_is_read_from_its_folder(tmp_path):
    state = {"id": "conv", "agent": {"kind": "Agent", "llm": {"model": "m"}}, "agent_status": "finished"}
    (tmp_path / "events").mkdir()
    for number, item in enumerate(SDK):
        if number != 7:
            (tmp_path / "events" / f"event-{number:05}-{'ab-' * 3}c.json").write_text(json.dumps(item))
    (tmp_path / "events" / "event-00020-x.json").write_text('{"no": "event"}')
    (tmp_path / "events" / "event-00021-x.json").write_text("{")
    (tmp_path / "events" / "notes.txt").write_text("mine")
    (episode,), reading = read(tmp_path, state, name="base_state.json")
    assert episode.native_steps == 11
    assert episode.key == "conv"
    assert episode.model == "m"
    assert "9 event files are missing" in " ".join(gap.note for gap in episode.gaps)
    assert len(reading.skipped) == 2
    found, reading = read(tmp_path, SDK[2])
    assert not found
    assert "base_state.json" in reading.notes[0]


def test_a_conversation_without_its_events_says_so(tmp_path):
    (episode,), _ = read(tmp_path, {"id": "conv", "agent": {"kind": "Agent", "llm": {}}})
    assert "folder events" in episode.gaps[0].note
