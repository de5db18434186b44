"""Sessions of coding agents: real ones give the published counts, odd ones lose nothing."""

import json

import pytest
from archives import zstd
from expectations import check
from hypothesis import given, settings
from hypothesis import strategies as st
from session_traces import (
    ASKED,
    CHAT,
    CHAT_LINES,
    CLAUDE,
    CODEX,
    CONTENTS,
    MANAGED,
    META,
    PI,
    SESSION,
    gaps,
    line,
    read,
    record,
    said,
    story,
)

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import GapKind, Kind, OutcomeState, turns
from dreamdesk.model.errors import UserError

# Claude Code


def test_claude_code_puts_one_reply_together(tmp_path):
    (episode,), reading = read(tmp_path, CLAUDE)
    assert reading.source.format == "claude-code"
    assert [(turn.start, turn.stop) for turn in turns(episode.steps)] == [(0, 1), (1, 4), (4, 5), (5, 6), (6, 7)]
    assert [step.native for step in episode.steps] == [0, 1, 2, 4, 3, 5, 6]
    assert [step.tokens for step in episode.steps] == [None, 7, None, None, None, None, 3]
    assert episode.steps[2].content == '{"prompt":"look","subagent_type":"scout"}'
    assert episode.steps[5].is_error
    assert (episode.task, episode.model, episode.agent) == ("Fix the build", "claude-x", "Claude Code 2.1.33")
    assert any("agent-q7.jsonl" in gap.note and gap.step == 4 for gap in episode.gaps)
    assert any("file-history-snapshot" in note for note in reading.notes)
    assert episode.steps[3].pointer == "line:6/message/content/0"


def test_claude_code_side_chains_hang_on_the_call_that_started_them(tmp_path):
    side = [
        record("b1", None, "user", {"role": "user", "content": "write"}, isSidechain=True),
        record("b2", "b1", "assistant", said("m3", 2, {"type": "text", "text": "written"}), isSidechain=True),
        record("b3", None, "user", {"role": "user", "content": "nobody asked"}, isSidechain=True),
    ]
    (episode,), _ = read(tmp_path, CLAUDE[:6] + side + CLAUDE[6:])
    below = [(step.content, step.agent, step.parent) for step in episode.steps[5:8]]
    assert below == [("write", "", 3), ("written", "sub-agent", 3), ("nobody asked", "", None)]
    assert any("started this sub-agent" in gap.note for gap in episode.gaps)


def test_claude_code_tells_of_compaction_errors_and_going_back(tmp_path):
    more = [
        {**record("c1", "a4", "system", None), "subtype": "compact_boundary", "content": "compacted"},
        record("c2", "c1", "user", {"role": "user", "content": "So far: nothing"}, isCompactSummary=True),
        record("c3", "c2", "assistant", said("m5", 1, {"type": "text", "text": "API Error"}), isApiErrorMessage=True),
        record("c4", "u1", "user", {"role": "user", "content": "Again"}),
        record("c4", "u1", "user", {"role": "user", "content": "Again"}),
    ]
    (episode,), reading = read(tmp_path, CLAUDE + more)
    assert gaps(episode, GapKind.COMPACTION) == [7, 8]
    assert episode.steps[9].is_error
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert "API Error" in episode.outcome.detail
    assert any("earlier point" in gap.note and gap.step == 10 for gap in episode.gaps)
    assert [step.content for step in episode.steps].count("Again") == 1
    assert "a record stands there twice; it was read once" in reading.notes


def test_claude_code_sessions_in_one_file_are_told_apart_and_the_web_export_is_read(tmp_path):
    other = [{**line, "uuid": f"x{n}", "sessionId": "other", "parentUuid": None} for n, line in enumerate(CLAUDE[1:3])]
    found, _ = read(tmp_path, CLAUDE + other)
    assert [episode.key for episode in found] == ["s", "other"]
    (web,), reading = read(tmp_path, [{"loglines": CLAUDE}])
    assert reading.source.format == "claude-code"
    assert story(web) == story(found[0])


def test_a_sub_agents_own_file_is_an_episode(shared_data):
    folder = shared_data / "traces" / "claude-code" / "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093" / "subagents"
    (episode,) = open_source(folder / "agent-a775a67.jsonl").episodes()
    assert episode.key == "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093/a775a67"
    assert episode.agent == "Claude Code 2.1.33, sub-agent a775a67"
    assert {step.parent for step in episode.steps} == {None}


def test_side_chains_of_a_real_session_are_attached(shared_data):
    (episode,) = open_source(
        shared_data / "traces" / "claude-code" / "fe5e1c67-53e7-4862-81ae-d0e013e3270b.jsonl"
    ).episodes()
    callers = {step.parent for step in episode.steps if step.parent is not None}
    assert len(callers) == 5
    assert {episode.steps[index].tool for index in callers} == {"Task"}
    assert sum(step.tokens or 0 for step in episode.steps) == 51933  # the last usage of each message counts


# Codex


def test_codex_items_become_turns(tmp_path):
    (episode,), reading = read(tmp_path, CODEX)
    assert reading.source.format == "codex-rollout"
    assert story(episode) == [
        ("system", "message", "rules"),
        ("user", "message", "List"),
        ("agent", "thinking", "hm"),
        ("agent", "tool_call", '{"a": 1}'),
        ("agent", "tool_call", '{"query":"q","type":"search"}'),
        ("tool", "tool_result", "Exit code: 2\nWall time: 1 s\nOutput:\nno"),
        ("system", "gap", "So far: nothing"),
        ("agent", "message", "Done"),
    ]
    assert [turn.stop - turn.start for turn in turns(episode.steps)] == [1, 1, 3, 1, 1, 1]
    assert [step.tokens for step in episode.steps if step.tokens] == [229, 8]
    assert episode.steps[5].is_error
    assert episode.steps[5].tool == "shell"
    assert (episode.policy, episode.task, episode.model) == ("Be kind", "List", "gpt-x")
    assert (gaps(episode, GapKind.WITHHELD), gaps(episode, GapKind.ORPHAN_CALL)) == ([2], [4])
    assert gaps(episode, GapKind.TRUNCATION) == [7]
    assert episode.outcome.detail == "a turn was aborted"


def test_codex_outputs_come_in_many_shapes(tmp_path):
    outputs = [
        json.dumps({"output": "ok", "metadata": {"exit_code": 0}}),
        json.dumps({"output": "no", "metadata": {"exit_code": 1}}),
        "Plan updated",
        [{"type": "input_text", "text": "block"}, {"type": "input_image", "image_url": "data:"}],
        {"content": "refused", "success": False},
        None,
    ]
    lines = [line("response_item", type="function_call_output", call_id="1", output=output) for output in outputs]
    (episode,), _ = read(tmp_path, CODEX[:7] + lines)
    found = [(step.content, step.is_error) for step in episode.steps if step.kind is Kind.TOOL_RESULT]
    assert found == [
        ("ok", False), ("no", True), ("Plan updated", False), ("block\n[image]", False), ("refused", True), ("", False),
    ]  # fmt: skip


def test_a_codex_rollout_without_its_first_line_and_the_older_form_are_read(tmp_path):
    (episode,), _ = read(tmp_path, CODEX[1:])
    assert len(episode.steps) == 8
    old = [{"id": "o", "timestamp": "2025-06-01T00:00:00Z", "instructions": "Be kind"}, {"record_type": "state"}]
    (episode,), reading = read(
        tmp_path, old + [entry["payload"] for entry in CODEX if entry["type"] == "response_item"]
    )
    assert reading.source.format == "codex-rollout"
    assert (episode.key, episode.policy, episode.native_steps) == ("o", "Be kind", 7)


def test_a_rollout_compressed_with_zstd_in_several_frames_tells_the_same(tmp_path):
    lines = [json.dumps(entry).encode() + b"\n" for entry in CODEX]
    frames = zstd.compress(b"".join(lines[:3])) + zstd.compress(b"".join(lines[3:]))
    (episode,), reading = read(tmp_path, frames)
    (plain,), _ = read(tmp_path, CODEX)
    assert reading.source.format == "codex-rollout"
    assert episode.steps == plain.steps
    with pytest.raises(UserError, match="compressed with zstd, is cut off"):
        read(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(60))


# pi and OpenClaw


def test_pi_entries_become_turns(tmp_path):
    (episode,), reading = read(tmp_path, PI)
    assert reading.source.format == "pi-session"
    assert story(episode) == [
        ("user", "message", "Read it"),
        ("agent", "gap", ""),
        ("agent", "message", "I read"),
        ("agent", "tool_call", '{"a":2,"b":1}'),
        ("tool", "tool_result", "no such file\n[image]"),
        ("agent", "gap", ""),
        ("system", "gap", "So far: nothing"),
        ("system", "message", "Waiting"),
        ("user", "message", "$ ls\nx"),
        ("user", "message", "Again"),
    ]
    assert [(turn.start, turn.stop) for turn in turns(episode.steps)][:3] == [(0, 1), (1, 4), (4, 5)]
    assert [step.native for step in episode.steps] == [0, 1, 1, 1, 2, 3, None, None, 4, 5]
    assert [step.tokens for step in episode.steps][1:4] == [4, None, None]
    assert (episode.native_steps, episode.agent, episode.model) == (6, "OpenClaw", "m")
    assert (gaps(episode, GapKind.WITHHELD), gaps(episode, GapKind.TRUNCATION)) == ([1], [5])
    assert gaps(episode, GapKind.MEDIA) == [4]
    assert gaps(episode, GapKind.MISSING) == [9]  # going on from an earlier point
    assert any("model_change" in note for note in reading.notes)


def test_a_pi_session_without_its_first_line_is_read(tmp_path):
    (episode,), reading = read(tmp_path, PI[1:])
    assert reading.source.format == "pi-session"
    assert episode.native_steps == 6


def test_several_sessions_in_one_file_are_told_apart(tmp_path):
    found, _ = read(tmp_path, PI + PI)
    assert len({episode.key for episode in found}) == 2
    assert story(found[0]) == story(found[1])
    other = {**CHAT[0], "sessionId": "h"}
    for records in ([*CHAT_LINES, {**META, "sessionId": "h"}, ASKED], [[CHAT[0], other, CHAT[0]]]):
        found, reading = read(tmp_path, records)
        assert reading.source.format == "gemini-cli"
        assert len({episode.key for episode in found}) == len(found) >= 2


# Gemini CLI


def test_a_gemini_chat_becomes_turns(tmp_path):
    (episode,), reading = read(tmp_path, CHAT)
    assert reading.source.format == "gemini-cli"
    assert story(episode) == [
        ("user", "message", "List\nfiles"),
        ("agent", "thinking", "S\nd"),
        ("agent", "message", "I list"),
        ("agent", "tool_call", '{"p":"."}'),
        ("tool", "tool_result", "absolute, please"),
        ("system", "message", "quota"),
        ("agent", "message", "Done"),
    ]
    assert [(turn.start, turn.stop) for turn in turns(episode.steps)][:3] == [(0, 1), (1, 4), (4, 5)]
    assert [step.is_error for step in episode.steps] == [False] * 4 + [True] + [False] * 2
    assert episode.steps[4].pointer == "/messages/1/toolCalls/0/result"
    assert (episode.length, episode.key, episode.native_steps) == (len(json.dumps(CHAT[0])), "g", 4)


def test_gemini_lines_are_replayed_and_what_was_taken_back_is_shown(tmp_path):
    (episode,), reading = read(tmp_path, CHAT_LINES)
    assert reading.source.format == "gemini-cli"
    assert [step.content for step in episode.steps if step.kind is Kind.MESSAGE] == [
        "List\nfiles", "I list", "Wrong", "Done", "So far: nothing",
    ]  # fmt: skip
    taken_back = [gap.step for gap in episode.gaps if "taken back" in gap.note]
    assert [episode.steps[step].content for step in taken_back] == ["Done", "So far: nothing"]
    assert episode.title == "Listing files"


@pytest.mark.parametrize(
    "wrap", [lambda c: [c], lambda c: [{"history": c}], lambda c: c], ids=["bare", "saved", "lines"]
)
def test_contents_of_the_gemini_api_are_read(tmp_path, wrap):
    (episode,), reading = read(tmp_path, wrap(CONTENTS))
    assert reading.source.format == "gemini-cli"
    assert story(episode) == [
        ("user", "message", "List"),
        ("user", "message", "[media]"),
        ("agent", "thinking", "hm"),
        ("agent", "tool_call", "{}"),
        ("tool", "tool_result", "no"),
        ("agent", "message", "Done"),
    ]
    assert episode.steps[4].is_error
    assert (episode.native_steps, episode.native_unit) == (4, "contents")


EXEC = [
    {"type": "thread.started", "thread_id": "t1"},
    {"type": "turn.started"},
    {"type": "item.completed", "item": {"id": "i0", "type": "reasoning", "text": "hm"}},
    {"type": "item.started", "item": {"id": "i1", "type": "command_execution", "command": "ls", "exit_code": None,
                                      "aggregated_output": "", "status": "in_progress"}},
    {"type": "item.completed", "item": {"id": "i1", "type": "command_execution", "command": "ls", "exit_code": 2,
                                        "aggregated_output": "none", "status": "failed"}},
    {"type": "item.completed", "item": {"id": "i2", "type": "mcp_tool_call", "server": "s", "tool": "pay",
                                        "arguments": {"x": 1}, "result": {"ok": True}, "status": "completed"}},
    {"type": "item.completed", "item": {"id": "i3", "type": "agent_message", "text": "Done"}},
    {"type": "turn.completed", "usage": {"input_tokens": 3, "output_tokens": 4}},
]  # fmt: skip


def test_what_codex_exec_prints_is_read(tmp_path):
    (episode,), reading = read(tmp_path, EXEC)
    assert (reading.source.format, reading.skipped, reading.notes) == ("codex-exec", [], [])
    assert [(s.kind.value, s.tool, s.content, s.native, s.is_error) for s in episode.steps] == [
        ("thinking", "", "hm", 0, False),
        ("tool_call", "command_execution", '{"command":"ls"}', 1, False),
        ("tool_result", "command_execution", "none", 1, True),
        ("tool_call", "pay", '{"x":1}', 2, False),
        ("tool_result", "pay", '{"ok":true}', 2, False),
        ("message", "", "Done", 3, False),
    ]
    assert (episode.key, episode.native_steps, episode.outcome.state) == ("t1", 4, OutcomeState.UNKNOWN)
    assert "prompt is not printed" in episode.gaps[0].note


def test_a_turn_of_codex_exec_that_failed_is_a_failure(tmp_path):
    failed = {"type": "turn.failed", "error": {"message": "stream closed"}}
    ran, again = read(tmp_path, [*EXEC[:-1], failed, *EXEC])[0]
    assert (ran.outcome.state, ran.outcome.detail) == (OutcomeState.FAILED, "the turn failed: stream closed")
    assert again.outcome.state is OutcomeState.UNKNOWN


# Hostile input

SEEDS = {
    "codex-exec": EXEC,
    "claude-code": CLAUDE, "codex-rollout": CODEX, "pi-session": PI, "gemini-cli": CHAT_LINES, "gemini-cli chat": CHAT,
    "gemini-cli contents": CONTENTS, "managed-agents": MANAGED, "managed-agents wrapped": [
        {"session": SESSION, "events": MANAGED}],
}  # fmt: skip
PIECES = [b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"\n", b"[]", b"{}", b"7", b'"s"', b"true"]


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_mutation_breaks_a_reader(tmp_path_factory, seed, data):
    lead = b"data: " if data.draw(st.integers(0, 9)) == 0 else b""  # now and then as an event stream
    changed = bytearray(b"\n".join(lead + json.dumps(record).encode() for record in SEEDS[seed]))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(PIECES)))
    folder = tmp_path_factory.mktemp("mutant")
    for name in (None, seed.split()[0]):
        try:
            found, reading = read(folder, bytes(changed), name)
        except UserError:
            continue
        assert found or reading.skipped or reading.notes
        for episode in found:
            check(episode)


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def with_change(value, path, new):
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict):
        return {**value, key: with_change(value[key], rest, new)}
    return [with_change(item, rest, new) if number == key else item for number, item in enumerate(value)]


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_value_may_stand_anywhere(tmp_path_factory, seed, data):
    records = SEEDS[seed]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(records) if path]))
        new = data.draw(st.sampled_from([None, True, 7, -1.5, 1e300, "", "x", [], {}, [7], [[]], {"type": 1}, "text"]))
        records = with_change(records, path, new)
    folder = tmp_path_factory.mktemp("mutant")
    for name in (None, seed.split()[0]):
        try:
            found, reading = read(folder, records, name)
        except UserError:
            continue
        assert found or reading.skipped or reading.notes
        for episode in found:
            check(episode)
