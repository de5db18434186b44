"""Anthropic conversations and call logs: blocks, joined logs, and our own optional fields."""

import json

import pytest

from dreamdesk.intake.opening import UnknownFormat, open_source
from dreamdesk.model.episode import GapKind, Kind, OutcomeSource, OutcomeState

USER = {"role": "user", "content": "Refund INV-1"}
ASK = {"type": "tool_use", "id": "t1", "name": "lookup", "input": {"id": "INV-1", "b": [1.5]}}
CALL = {
    "role": "assistant",
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Looking."}, ASK],
}
RESULT = {
    "role": "user",
    "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "gone", "is_error": True}],
}
DONE = {"role": "assistant", "content": "Done."}
TALK = {"model": "claude", "system": "Be exact.", "messages": [USER, CALL, RESULT, DONE],
        "tools": [{"name": "lookup", "description": "d", "input_schema": {"type": "object"}}]}  # fmt: skip


def read(tmp_path, *values, name="log.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(value) for value in values))
    reading = open_source(path, "anthropic-messages")
    return list(reading.episodes()), reading


def reply(content, number, stop="end_turn"):
    return {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude", "content": content,
            "stop_reason": stop, "usage": {"output_tokens": 7}}  # fmt: skip


def pair(messages, answer, status=200, **request):
    return {"request": {"model": "claude", "messages": messages, **request}, "response": answer, "status": status}


def test_a_conversation(tmp_path):
    (episode,), reading = read(tmp_path, TALK)
    assert [(s.actor.value, s.kind.value, s.turn, s.native) for s in episode.steps] == [
        ("user", "message", 0, 0),
        ("agent", "thinking", 1, 0),
        ("agent", "message", 1, 0),
        ("agent", "tool_call", 1, 0),
        ("tool", "tool_result", 2, 1),
        ("agent", "message", 3, 1),
    ]
    call, result = episode.steps[3:5]
    assert call.content == '{"b":[1.5],"id":"INV-1"}'
    assert (result.tool, result.is_error, result.call_id) == ("lookup", True, "t1")
    assert call.pointer == "/messages/1/content/2"
    assert (episode.policy, episode.model, episode.native_steps) == ("Be exact.", "claude", 2)
    assert episode.tools[0].parameters == {"type": "object"}
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert (reading.skipped, reading.notes, episode.gaps) == ([], [], ())


def test_lists_of_messages_in_every_wrapping(tmp_path):
    (one,), _ = read(tmp_path, TALK["messages"], name="list.json")
    two, _ = read(tmp_path, TALK["messages"], TALK["messages"], name="lists.jsonl")
    (lines,), _ = read(tmp_path, *TALK["messages"], name="lines.jsonl")
    kinds = [step.kind for step in one.steps]
    assert len(kinds) == 6
    assert [[step.kind for step in episode.steps] for episode in (*two, lines)] == [kinds] * 3


def test_messages_of_the_converse_api_are_told_alike(tmp_path):
    talk = [
        {"role": "user", "content": [{"text": "Pay"}]},
        {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "I pay."},
                                          {"toolUse": {"toolUseId": "c", "name": "pay", "input": {"x": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "status": "error",
                                                     "content": [{"text": "no"}, {"json": {"code": 7}}]}}]},
    ]  # fmt: skip
    (tmp_path / "talk.json").write_text(json.dumps({"messages": talk, "system": [{"text": "Be exact."}]}))
    reading = open_source(tmp_path / "talk.json")
    (episode,) = reading.episodes()
    assert reading.source.format == "anthropic-messages"
    assert episode.policy == "Be exact."
    assert [(s.kind.value, s.tool, s.content, s.is_error) for s in episode.steps] == [
        ("message", "", "Pay", False),
        ("thinking", "", "hm", False),
        ("message", "", "I pay.", False),
        ("tool_call", "pay", '{"x":1}', False),
        ("tool_result", "pay", 'no\n{"json":{"code":7}}', True),
    ]


def test_what_is_not_shown_is_a_gap(tmp_path):
    blocks = [
        {"type": "redacted_thinking", "data": "xx"}, {"type": "thinking", "thinking": "", "signature": "s"},
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"q": 1}},
        {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"type": "r", "encrypted_content": "zz"}]},
        {"type": "text", "text": "so"}, ASK,
    ]  # fmt: skip
    picture = {"role": "user", "content": [{"type": "image", "source": {"data": "…"}}, {"type": "text", "text": "see"}]}
    (episode,), _ = read(tmp_path, {"messages": [picture, {"role": "assistant", "content": blocks}]})
    kinds = [gap.kind for gap in episode.gaps]
    assert kinds == [GapKind.MEDIA, GapKind.WITHHELD, GapKind.WITHHELD, GapKind.WITHHELD, GapKind.ORPHAN_CALL]
    assert episode.steps[0].content == "[image]"
    assert [s.kind for s in episode.steps[2:4]] == [Kind.GAP, Kind.GAP]
    assert "zz" not in "".join(step.content for step in episode.steps)
    # What follows a server tool's result is a new decision in the same model call.
    assert [(s.turn, s.native) for s in episode.steps[4:]] == [(1, 0), (2, 0), (3, 0), (3, 0)]


def test_a_log_that_repeats_its_history_gives_each_message_once(tmp_path):
    log = [
        pair([USER], reply(CALL["content"], 1, "tool_use"), system="Be exact."),
        pair(
            [USER, CALL, RESULT], {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529
        ),
        pair([USER, CALL, RESULT], reply([{"type": "text", "text": "Done."}], 2)),
        pair([USER], reply([{"type": "text", "text": "No."}], 3)),
    ]
    (retried, again), _ = read(tmp_path, *log)
    assert retried.native_steps == 3
    assert [s.kind.value for s in retried.steps] == [
        "message", "thinking", "message", "tool_call", "tool_result", "gap", "message",
    ]  # fmt: skip
    assert retried.outcome.state is OutcomeState.UNKNOWN  # the retry went through
    assert [s.content for s in again.steps] == ["Refund INV-1", "No."]  # the same question again is another attempt
    assert retried.task_key == again.task_key


def test_a_failed_last_call_is_a_failure(tmp_path):
    (episode,), _ = read(tmp_path, pair([USER], {"type": "error", "error": {"type": "api_error", "message": "m"}}, 500))
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert "api_error: m: HTTP 500" in episode.outcome.detail


def test_a_thread_whose_beginning_is_missing_says_so(tmp_path):
    thread = {"type": "continue", "previous_message_id": "msg_0"}
    (episode,), _ = read(tmp_path, pair([RESULT], reply([{"type": "text", "text": "ok"}], 1), thread=thread))
    assert {gap.kind for gap in episode.gaps} == {GapKind.ORPHAN_RESULT, GapKind.TRUNCATION}


def test_batch_results_without_their_requests_still_show_the_replies(tmp_path):
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": reply([{"type": "text", "text": "hi"}], 1)}}
    episodes, reading = read(tmp_path, line, line)
    assert len({episode.key for episode in episodes}) == 2
    assert "no file beside this one" in reading.notes[0]


def test_our_own_fields(tmp_path):
    fix = {"from_message": 1, "messages": [CALL, RESULT, {"role": "assistant", "content": "It is gone."}], "by": "Ada"}
    talk = TALK | {
        "id": "run-9", "title": "T", "task_id": "refund", "task": "Refund it", "agent": "ap", "policy": "P",
        "outcome": {"state": "failed", "detail": "claimed success"},
        "label": {"message": 3, "reason": "untrue", "category": "D2", "by": "Ada"}, "correction": fix,
    }  # fmt: skip
    (episode,), reading = read(tmp_path, talk, name="one.json")
    assert reading.notes == []
    assert (episode.key, episode.title, episode.task) == ("run-9", "T", "Refund it")
    assert episode.task_key.startswith("task:refund:")
    assert (episode.policy, episode.agent, episode.steps[1].agent) == ("P", "ap", "ap")
    assert (episode.outcome.state, episode.outcome.detail) == (OutcomeState.FAILED, "claimed success")
    assert (episode.labels[0].step, episode.labels[0].category) == (5, "D2")
    (correction,) = episode.corrections
    assert correction.start == 1
    assert [step.index for step in correction.steps] == [1, 2, 3, 4, 5]
    assert correction.steps[0].turn == episode.steps[1].turn
    assert correction.steps[-1].content == "It is gone."


def test_fields_of_ours_that_cannot_be_used_are_noted(tmp_path):
    talk = TALK | {
        "outcome": "great", "reward": "much", "label": {"message": 99, "reason": "?"},
        "corrections": [{"from_message": 99, "messages": [DONE]}, {"from_message": 1, "messages": []},
                        {"from_message": 1, "messages": [{"role": "wizard", "content": "x"}]}, 7],
    }  # fmt: skip
    (episode,), reading = read(tmp_path, talk)
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert episode.corrections == ()
    assert episode.labels[0].step is None
    said = " ".join(reading.notes)
    for words in ("'great'", "reward is no number", "a label points", "begins at a message", "no messages", "wizard"):
        assert words in said


def test_scores_between_none_and_full_are_partial(tmp_path):
    episodes, _ = read(tmp_path, *[TALK | {"score": points} for points in (0, 0.4, 1)])
    assert [episode.outcome.state.value for episode in episodes] == ["failed", "partial", "succeeded"]


def test_an_unknown_role_costs_the_conversation_only(tmp_path):
    episodes, reading = read(tmp_path, TALK, {"messages": [{"role": "wizard", "content": "x"}]}, TALK)
    assert len(episodes) == 2
    assert "wizard" in reading.skipped[0].reason


def test_rows_with_columns_beside_role_and_content_are_left_to_a_mapping(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"run_id": "r1", "role": "user", "content": "hi", "tool_name": "t", "tool_output": "o"}] * 3
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(UnknownFormat, match=r"keys run_id, role, content, tool_name, tool_output\. Nothing"):
        open_source(path)
    path.write_text("\n".join(json.dumps({**message, "timestamp": "2026-01-01T00:00:00Z"}) for message in (USER, DONE)))
    assert open_source(path).source.format == "anthropic-messages"


def test_fields_of_messages_that_are_not_shown_are_noted(tmp_path):
    _, reading = read(tmp_path, {"messages": [{**USER, "cost": 3, "name": "Ann"}, {**DONE, "cost": 1}]})
    assert reading.notes == ["fields of messages that are not shown: cost, name"]
