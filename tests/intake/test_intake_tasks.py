"""OpenHands, Terminal-Bench, Agent2Agent tasks and tool logs: published counts, verdicts, and damaged files."""

import contextlib
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openhands_traces import FIRST, RUN, SDK, lines, read, story

from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError

# Terminal-Bench

TRIAL = {
    "trial_name": "t.1", "task_id": "t", "instruction": "Make it so", "is_resolved": False,
    "failure_mode": "agent_timeout",
    "parser_results": {"test_a": "passed", "test_b": "failed"}, "recording_path": "t/a.cast",
}  # fmt: skip
BENCH = {
    "results": [TRIAL, {**TRIAL, "is_resolved": True, "parser_results": None}, {**TRIAL, "is_resolved": None}],
    "n_resolved": 1,
}


def test_trials_of_terminal_bench_have_verdicts_and_no_steps(tmp_path):
    found, reading = read(tmp_path, {**BENCH, "results": [*BENCH["results"], 7, {}]})
    assert reading.source.format == "terminal-bench"
    assert [episode.outcome.state.value for episode in found] == ["failed", "succeeded", "unknown"]
    assert found[0].outcome.detail == "1 of 2 tests pass; not test_b; the trial ended with agent_timeout"
    assert "nothing was graded" in found[2].outcome.detail
    assert [story(episode) for episode in found] == [[("user", "message", "Make it so", None)]] * 3
    assert len({episode.task_key for episode in found}) == 1
    assert "t/a.cast" in found[0].gaps[0].note
    assert [skip.place for skip in reading.skipped] == ["/results/3", "/results/4"]


# Agent2Agent

TASK = {
    "id": "1", "contextId": "c", "kind": "task",
    "status": {
        "state": "failed", "timestamp": "2026-11-22T08:00:00Z",
        "message": {"messageId": "m3", "role": "agent", "kind": "message", "parts": [{"kind": "text", "text": "no"}]},
    },
    "history": [
        {"messageId": "m1", "role": "user", "parts": [{"kind": "text", "text": "Pay"}, {"data": {"b": 1}}]},
        {"messageId": "m2", "role": "agent", "parts": [{"kind": "file", "file": {"uri": "http://x"}}]},
    ],
    "artifacts": [{"artifactId": "a", "name": "bill", "parts": [{"text": "12"}]}],
}  # fmt: skip


@pytest.mark.parametrize(
    "holder", [TASK, {"jsonrpc": "2.0", "id": 1, "result": TASK}, {"result": {"task": TASK}}, {"tasks": [TASK]}]
)
def test_a_task_is_read_in_whatever_it_is_wrapped(tmp_path, holder):
    (episode,), reading = read(tmp_path, holder)
    assert reading.source.format == "a2a-tasks"
    assert story(episode) == [
        ("user", "message", 'Pay\n{"b":1}', 0),
        ("agent", "message", "[file]", 0),
        ("agent", "message", "no", 1),
        ("agent", "message", "bill\n12", 2),
    ]
    assert episode.native_steps == 2
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert episode.outcome.pointer.endswith("/status/state")


def test_what_is_no_task_is_listed(tmp_path):
    found, reading = read(tmp_path, lines(TASK, {"kind": "status-update", "taskId": "1"}, {**TASK, "status": None}))
    assert len(found) == 1
    assert [skip.place for skip in reading.skipped] == ["line 2", "line 3"]


def test_a_completed_task_is_no_success(tmp_path):
    for state in ("completed", "TASK_STATE_REJECTED", "input-required"):
        (episode,), _ = read(tmp_path, {**TASK, "status": {"state": state}})
        assert episode.outcome.state is OutcomeState.UNKNOWN


# Model Context Protocol


def rpc(number, **more):
    return {"jsonrpc": "2.0", "id": number, **more}


OPENING = rpc(0, method="initialize", params={"protocolVersion": "2025-11-25", "clientInfo": {"name": "desk"}})
TALK = [
    OPENING,
    rpc(0, result={"serverInfo": {"name": "refunds"}, "instructions": "Be kind"}),
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    rpc(1, method="tools/list"),
    rpc(1, result={"tools": [{"name": "pay", "description": "Pays.", "inputSchema": {"type": "object"}}]}),
    rpc(2, method="tools/call", params={"name": "pay", "arguments": {"b": 1, "a": 2}}),
    rpc(3, method="tools/call", params={"name": "pay"}),
    rpc(3, error={"code": -1, "message": "no"}),
    rpc(2, result={"content": [{"type": "text", "text": "paid"}, {"type": "image", "data": "x"}], "isError": False}),
    rpc(4, method="resources/read", params={"uri": "file:///x"}),
    rpc(4, error="gone"),
    rpc(9, result={"content": [{"type": "text", "text": "whose?"}]}),
    rpc(5, method="tools/call", params={"name": "pay", "arguments": {}}),
]


def test_a_tool_log_is_joined_by_id(tmp_path):
    (episode,), reading = read(tmp_path, lines(*TALK))
    assert reading.source.format == "mcp-log"
    assert story(episode) == [
        ("agent", "tool_call", '{"a":2,"b":1}', None),
        ("agent", "tool_call", "{}", None),
        ("tool", "tool_result", "no", None),
        ("tool", "tool_result", "paid\n[image]", None),
        ("system", "message", 'resources/read {"uri":"file:///x"}', None),
        ("system", "message", "gone", None),
        ("tool", "tool_result", "whose?", None),
        ("agent", "tool_call", "{}", None),
    ]
    assert [step.is_error for step in episode.steps] == [False, False, True, False, False, True, False, False]
    kinds = Counter(gap.kind for gap in episode.gaps)
    assert kinds == {GapKind.MISSING: 1, GapKind.MEDIA: 1, GapKind.ORPHAN_RESULT: 1, GapKind.ORPHAN_CALL: 1}
    assert (episode.agent, episode.policy) == ("desk", "Be kind")
    assert [tool.parameters for tool in episode.tools] == [{"type": "object"}]


def test_both_sides_may_use_the_same_id(tmp_path):
    def sent(side, message):
        return {"ts": "2026-11-22T08:28:14Z", "dir": side, "msg": message}

    out, back = "client->server", "server->client"
    (episode,), _ = read(
        tmp_path,
        lines(
            sent(out, TALK[5]),
            sent(back, rpc(2, method="sampling/createMessage", params={"messages": []})),
            sent(out, rpc(2, result={"role": "assistant"})),
            sent(back, TALK[8]),
        ),
    )
    assert [step.kind for step in episode.steps] == [Kind.TOOL_CALL, Kind.MESSAGE, Kind.MESSAGE, Kind.TOOL_RESULT]
    assert [step.actor for step in episode.steps][1:3] == [Actor.SYSTEM, Actor.SYSTEM]


def test_a_new_session_is_a_new_episode(tmp_path):
    found, reading = read(tmp_path, lines(*TALK, {"note": 1}, *TALK[:6]))
    assert [len(episode.steps) for episode in found] == [8, 1]
    assert [skip.place for skip in reading.skipped] == ["line 14"]


# Damaged files

PARTS = st.sampled_from([b"null", b"[]", b"{}", b"7", b'"\\ud800"', b"1e999", b'"', b",", b"\n"])
WHOLE = {
    "sdk": json.dumps(SDK).encode(), "version 0": json.dumps(FIRST).encode(), "runs": lines(RUN, RUN),
    "trials": json.dumps(BENCH).encode(), "tasks": lines(TASK, TASK), "tools": lines(*TALK),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutation_breaks_a_reader(tmp_path_factory, name, data):
    original = WHOLE[name]
    start = data.draw(st.integers(0, len(original)))
    end = min(len(original), start + data.draw(st.integers(0, 40)))
    with contextlib.suppress(UserError):
        read(tmp_path_factory.mktemp("m"), original[:start] + data.draw(PARTS) + original[end:])


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [None, 7, "x", [], {}], True, 1.5], ids=str)
def test_values_of_any_type_are_borne(tmp_path, odd):
    def without_one(records):
        for position, record in enumerate(records):
            for key in record:
                yield [*records[:position], {**record, key: odd}, *records[position + 1 :]]

    def inner(value):
        """Yield *value* with one of its inner values replaced."""
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            for other in [odd, *inner(item)]:
                copy = dict(value) if isinstance(value, dict) else list(value)
                copy[key] = other
                yield copy

    for name, records in (("openhands", SDK), ("openhands", FIRST), ("mcp-log", TALK)):
        for changed in without_one(records):
            read(tmp_path, lines(*changed), name)
    for record in (SDK[2], SDK[4], SDK[1], FIRST[3]):
        for changed in inner(record):
            read(tmp_path, lines(SDK[1], changed, SDK[1]), "openhands")
    for name, whole in (("openhands", RUN), ("terminal-bench", BENCH), ("a2a-tasks", TASK)):
        for changed in inner(whole):
            read(tmp_path, lines(changed, whole), name)
