"""Sessions of coding agents and of Managed Agents: real ones give the published counts, odd ones lose nothing."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import GapKind, Kind, OutcomeState, turns
from dreamdesk.model.errors import UserError

ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "traces"
FOLDERS = ("claude-code/", "codex/")


def rows():
    if not (ROOT / "EXPECTED.csv").is_file():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip("the real traces are not beside this checkout"))]
    with (ROOT / "EXPECTED.csv").open(newline="") as file:
        return [pytest.param(row, id=row["file"]) for row in csv.DictReader(file) if row["file"].startswith(FOLDERS)]


def check(episode):
    """What the model promises of every episode."""
    assert [step.index for step in episode.steps] == list(range(len(episode.steps)))
    order = [step.turn for step in episode.steps]
    assert order == sorted(order)
    assert episode.title
    assert "\n" not in episode.title
    for gap in episode.gaps:
        assert gap.step is None or 0 <= gap.step < len(episode.steps)
    for step in episode.steps:
        assert step.parent is None or 0 <= step.parent < step.index
        assert step.native is None or 0 <= step.native <= episode.native_steps
        step.content.encode()


@pytest.mark.parametrize("row", rows())
def test_counts_are_those_of_the_published_data(row):
    reading = open_source(ROOT / row["file"])
    episodes = list(reading.episodes())
    outcome = Counter(episode.outcome.state.value for episode in episodes)
    steps = [step for episode in episodes for step in episode.steps]
    fragment = "fragment_" in row["file"]  # its items are counted there, though they make no episode
    found = {
        "episodes": len(episodes),
        "failed": outcome["failed"],
        "succeeded": outcome["succeeded"],
        "unknown": outcome["unknown"],
        "steps": int(row["steps"]) if fragment else sum(episode.native_steps for episode in episodes),
        "tool_calls": sum(step.kind is Kind.TOOL_CALL for step in steps),
        "tool_errors": sum(step.kind is Kind.TOOL_RESULT and step.is_error for step in steps),
    }
    assert found == {key: int(row[key]) for key in found}
    assert [skip.reason for skip in reading.skipped] == (
        ["it is a fragment: it holds neither session_meta nor a message"] if fragment else []
    )
    for episode in episodes:
        check(episode)


def read(folder, records, format_name=None, name="trace"):
    path = folder / name
    path.write_bytes(records if isinstance(records, bytes) else b"\n".join(json.dumps(r).encode() for r in records))
    reading = open_source(path, format_name)
    return list(reading.episodes()), reading


def story(episode):
    return [(step.actor.value, step.kind.value, step.content) for step in episode.steps]


def gaps(episode, kind):
    return [gap.step for gap in episode.gaps if gap.kind is kind]


# Claude Code


def record(uuid, parent, kind, message, **more):
    return {
        "type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": "s", "timestamp": "2026-02-08T17:28:31.045Z",
        "isSidechain": False, "version": "2.1.33", "message": message, **more,
    }  # fmt: skip


def said(message_id, tokens, *content):
    usage = {"input_tokens": 9, "output_tokens": tokens}
    return {"id": message_id, "role": "assistant", "model": "claude-x", "content": list(content), "usage": usage}


def use(call, **given):
    return {"type": "tool_use", "id": call, "name": "Task", "input": given}


def result(call, text, **more):
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": text, **more}]}


CLAUDE = [
    {"type": "file-history-snapshot", "messageId": "x", "snapshot": {}},
    record("u1", None, "user", {"role": "user", "content": "Fix the build"}),
    record("a1", "u1", "assistant", said("m1", 1, {"type": "thinking", "thinking": "hm", "signature": "s"})),
    record("a2", "a1", "assistant", said("m1", 5, use("t1", prompt="look", subagent_type="scout"))),
    record("u2", "a2", "user", result("t1", "done"), toolUseResult={"agentId": "q7"}),
    record("a3", "a1", "assistant", said("m1", 7, use("t2", prompt="write"))),
    record("u3", "a3", "user", result("t2", "no", is_error=True)),
    record("a4", "u3", "assistant", said("m2", 3, {"type": "text", "text": "Fixed."})),
]


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


def line(kind, **payload):
    return {"timestamp": "2025-09-25T02:12:23.966Z", "type": kind, "payload": payload}


def spent(tokens):
    return line("event_msg", type="token_count", info={"last_token_usage": {"output_tokens": tokens}})


CODEX = [
    line("session_meta", id="c", cli_version="0.140.0", base_instructions={"text": "Be kind"}),
    line("response_item", type="message", role="developer", content=[{"type": "input_text", "text": "rules"}]),
    line("response_item", type="message", role="user", content=[{"type": "input_text", "text": "List"}]),
    line("turn_context", model="gpt-x"),
    spent(229),
    line("response_item", type="reasoning", summary=[{"type": "summary_text", "text": "hm"}], encrypted_content="x"),
    line("response_item", type="function_call", name="shell", arguments='{"a": 1}', call_id="1"),
    line("response_item", type="web_search_call", action={"type": "search", "query": "q"}),
    line("response_item", type="function_call_output", call_id="1", output="Exit code: 2\nWall time: 1 s\nOutput:\nno"),
    line("compacted", message="So far: nothing"),
    line("response_item", type="message", role="assistant", content=[{"type": "output_text", "text": "Done"}]),
    spent(8),
    line("event_msg", type="turn_aborted", reason="interrupted"),
]


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


def test_a_compressed_rollout_is_refused_in_words(tmp_path):
    with pytest.raises(UserError, match="compressed with zstd; decompress it first"):
        read(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(60))


# Hostile input

SEEDS = {"claude-code": CLAUDE, "codex-rollout": CODEX}
PIECES = [b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"\n", b"[]", b"{}", b"7", b'"s"', b"true"]


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=2000)
def test_no_mutation_breaks_a_reader(tmp_path_factory, seed, data):
    changed = bytearray(b"\n".join(json.dumps(record).encode() for record in SEEDS[seed]))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(PIECES)))
    folder = tmp_path_factory.mktemp("mutant")
    for name in (None, seed):
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
@settings(max_examples=60, deadline=2000)
def test_any_value_may_stand_anywhere(tmp_path_factory, seed, data):
    records = SEEDS[seed]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(records) if path]))
        new = data.draw(st.sampled_from([None, True, 7, -1.5, 1e300, "", "x", [], {}, [7], [[]], {"type": 1}, "text"]))
        records = with_change(records, path, new)
    found, reading = read(tmp_path_factory.mktemp("mutant"), records, seed)
    assert found or reading.skipped or reading.notes
    for episode in found:
        check(episode)
