"""Message lists and call logs of model APIs and frameworks give their counts, and survive mutation."""

import json

import pytest
from expectations import check
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import open_source
from dreamdesk.intake.reader import Log, Trace
from dreamdesk.model.episode import GapKind, OutcomeState
from dreamdesk.model.errors import UserError


def read(folder, data):
    path = folder / "trace.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    reading = open_source(path)
    return list(reading.episodes()), reading


def lines(*records):
    return "\n".join(map(json.dumps, records))


def told(episode):
    return [(s.actor.value, s.kind.value, s.content, s.native) for s in episode.steps]


CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
SYSTEM, ASK = {"role": "system", "content": "rules"}, {"role": "user", "content": "do it"}
DID = {"role": "assistant", "content": "so", "tool_calls": [CALL], "reasoning_content": "hm"}
GOT = {"role": "tool", "tool_call_id": "c", "content": "Error: no"}
DONE = {"role": "assistant", "content": "done"}
CHAT = {
    "messages": [SYSTEM, ASK, DID, GOT, DONE], "tools": [{"type": "function", "function": {"name": "f"}}],
    "reward": 0, "labels": [{"message": 2, "reason": "why"}],
    "corrections": [{"from_message": 4, "messages": [{"role": "assistant", "content": "sorry"}], "by": "me"}],
}  # fmt: skip


def test_chat_is_read_with_outcome_labels_and_corrections(tmp_path):
    (episode,), reading = read(tmp_path, CHAT)
    assert reading.source.format == "openai-chat"
    assert told(episode) == [
        ("system", "message", "rules", 0),
        ("user", "message", "do it", 0),
        ("agent", "thinking", "hm", 0),
        ("agent", "message", "so", 0),
        ("agent", "tool_call", '{"x": 1}', 0),
        ("tool", "tool_result", "Error: no", 1),
        ("agent", "message", "done", 1),
    ]
    assert [step.turn for step in episode.steps] == [0, 1, 2, 2, 2, 3, 4]
    assert episode.steps[5].is_error
    assert episode.steps[5].tool == "f"
    assert episode.outcome.state is OutcomeState.FAILED
    assert episode.labels[0].step == 2
    assert (episode.corrections[0].start, episode.corrections[0].steps[0].content) == (6, "sorry")
    assert episode.policy == "rules"


@pytest.mark.parametrize("layout", ["list", "pretty", "lines"])
def test_messages_that_stand_alone_are_one_conversation(tmp_path, layout):
    data = {
        "list": CHAT["messages"],
        "pretty": json.dumps(CHAT["messages"], indent=1),
        "lines": lines(*CHAT["messages"]),
    }
    (episode,), reading = read(tmp_path, data[layout])
    assert (len(episode.steps), episode.native_steps, reading.skipped) == (7, 2, [])


def reply(message, stop="stop", **more):
    choice = {"message": message, "finish_reason": stop}
    return {"object": "chat.completion", "model": "m", "created": 7, "choices": [choice], **more}


def test_logged_calls_become_conversations_and_every_message_stands_once(tmp_path):
    other = {"role": "user", "content": "another"}
    log = [
        {"request": {"messages": [SYSTEM, ASK]}, "response": reply(DID, "tool_calls")},
        {"request": {"messages": [SYSTEM, other]}, "response": reply(DONE)},
        {"request": {"messages": [SYSTEM, ASK, DID, GOT]}, "status": 503, "response": {"error": {"message": "busy"}}},
        {"request": {"messages": [SYSTEM, ASK, DID, GOT]}, "response": reply(DONE, "length")},
        {"request": {"messages": [SYSTEM, ASK, DID, GOT]}, "response": reply(DONE)},
    ]
    found, reading = read(tmp_path, lines(*log))
    assert [episode.native_steps for episode in found] == [3, 1, 2]
    assert [step.content for step in found[0].steps] == [
        "rules", "do it", "hm", "so", '{"x": 1}', "Error: no", "busy: HTTP 503", "done"
    ]  # fmt: skip
    assert [gap.kind for gap in found[0].gaps] == [GapKind.MISSING, GapKind.TRUNCATION]
    assert "length" in found[0].outcome.detail
    assert reading.skipped == []


def test_a_reply_that_the_next_request_rewrote_is_told(tmp_path):
    log = [
        {"request": {"messages": [ASK]}, "response": reply(DONE)},
        {"request": {"messages": [ASK, {"role": "assistant", "content": "short"}, ASK]}, "response": reply(DONE)},
    ]
    (episode,), _ = read(tmp_path, lines(*log))
    assert [step.content for step in episode.steps] == ["do it", "done", "short", "do it", "done"]
    assert [gap.kind for gap in episode.gaps] == [GapKind.COMPACTION]


ITEMS = [
    {"role": "user", "content": "do it"},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "x"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "so"}]},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "ok"}]},
    {"type": "reasoning", "summary": []},
    {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "q"}},
]
RESPONSE = {
    "id": "r1", "object": "response", "model": "m", "status": "incomplete", "output": ITEMS[1:4],
    "incomplete_details": {"reason": "max_output_tokens"}, "usage": {"output_tokens": 5},
}  # fmt: skip


def test_lines_of_a_batchs_output_are_calls_without_their_requests(tmp_path):
    chat = {"object": "chat.completion", "choices": [{"message": DONE, "finish_reason": "length"}], "model": "m"}
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}
    response = {"object": "response", "status": "incomplete", "output": [item],
                "incomplete_details": {"reason": "max_output_tokens"}}  # fmt: skip
    failed = {"response": {"status_code": 429, "body": {"error": {"code": "rate_limit", "message": "slow"}}}}
    expired = {"response": None, "error": {"code": "batch_expired", "message": "late"}}
    for body, name in ((chat, "openai-chat"), (response, "openai-responses")):
        good = {"response": {"status_code": 200, "request_id": "r", "body": body}, "error": None}
        data = lines(*({"id": str(i), "custom_id": str(i), **line} for i, line in enumerate((good, failed, expired))))
        found, reading = read(tmp_path, data)
        assert (reading.source.format, reading.skipped) == (name, [])
        assert [e.outcome.state.value for e in found] == ["unknown", "failed", "failed"]
        assert told(found[0]) == [("agent", "message", "done", 0)]
        assert any(gap.kind is GapKind.TRUNCATION for gap in found[0].gaps)
        assert ("slow" in found[1].outcome.detail, "late" in found[2].outcome.detail) == (True, True)


def test_responses_items_of_one_reply_are_one_turn(tmp_path):
    for data in (ITEMS, {"items": ITEMS}, {"input": ITEMS}):
        (episode,), reading = read(tmp_path, data)
        assert reading.source.format == "openai-responses"
        assert [(s.kind.value, s.content, s.turn, s.native) for s in episode.steps] == [
            ("message", "do it", 0, 0),
            ("thinking", "hm", 1, 0),
            ("message", "so", 1, 0),
            ("tool_call", "{}", 1, 0),
            ("tool_result", "ok", 2, 1),
            ("gap", "", 3, 1),
            ("tool_call", '{"action":{"query":"q"}}', 3, 1),
            ("tool_result", "", 4, 1),
        ]
        assert episode.native_steps == 2


def test_responses_that_name_the_previous_one_are_one_conversation(tmp_path):
    then = {"input": ITEMS[4:5], "previous_response_id": "r1"}
    lost = {"input": "hello", "previous_response_id": "gone"}
    last = RESPONSE | {"id": "r2", "output": ITEMS[2:3], "status": "completed"}
    log = [
        {"request": {"input": "do it", "instructions": "rules"}, "response": RESPONSE},
        {"request": then, "response": last},
        {"request": lost, "response": last | {"id": "r3"}},
    ]
    found, _ = read(tmp_path, lines(*log))
    assert [episode.native_steps for episode in found] == [2, 1]
    assert [step.content for step in found[0].steps] == ["do it", "hm", "so", "{}", "ok", "so"]
    assert found[0].policy == "rules"
    assert GapKind.TRUNCATION in {gap.kind for gap in found[0].gaps}
    assert [gap.kind for gap in found[1].gaps] == [GapKind.TRUNCATION]


PARTS = [
    {"role": "user", "parts": [{"text": "do it"}]},
    {"role": "model", "parts": [{"text": "hm", "thought": True}, {"functionCall": {"name": "f", "args": {"x": 1}}}]},
    {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"error": "no"}}}]},
    {"role": "model", "parts": [{"text": "done", "thoughtSignature": "s"}, {"inlineData": {"mimeType": "image/png"}}]},
]


def gemini(contents, answer, stop="STOP"):
    return {
        "request": {"contents": contents, "systemInstruction": {"parts": [{"text": "rules"}]}},
        "response": {"candidates": [{"content": answer, "finishReason": stop}, {}], "modelVersion": "g"},
    }


def test_gemini_calls_and_contents(tmp_path):
    log = lines(gemini(PARTS[:1], PARTS[1]), gemini(PARTS[:3], PARTS[3], "MAX_TOKENS"))
    for data, name in ((log, "rules"), ({"contents": PARTS}, "")):
        (episode,), _ = read(tmp_path, data)
        assert told(episode) == [
            ("user", "message", "do it", 0),
            ("agent", "thinking", "hm", 0),
            ("agent", "tool_call", '{"x":1}', 0),
            ("tool", "tool_result", '{"error":"no"}', 1),
            ("agent", "message", "done", 1),
            ("agent", "message", "[image/png]", 1),
        ]
        assert episode.steps[3].is_error
        assert episode.policy == name


def test_gemini_answers_without_their_requests_and_chunks_of_a_stream(tmp_path):
    def chunk(*parts, **more):
        return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **more}], "modelVersion": "g"}

    called = {"functionCall": {"name": "f", "args": {}}}
    streamed = [chunk({"text": "I "}), chunk({"text": "look."}, called), chunk({"text": ""}, finishReason="STOP")]
    streamed.append(chunk({"text": "Cut"}, finishReason="MAX_TOKENS"))
    for data in (streamed, lines(*streamed)):
        found, reading = read(tmp_path, data)
        assert (reading.source.format, reading.skipped) == ("gemini-contents", [])
        assert [[(s.kind.value, s.content) for s in episode.steps if s.content] for episode in found] == [
            [("message", "I look."), ("tool_call", "{}")],
            [("message", "Cut")],
        ]
        assert GapKind.TRUNCATION in [gap.kind for gap in found[1].gaps]


def test_a_blocked_gemini_prompt_is_a_failed_call(tmp_path):
    blocked = {"request": {"contents": PARTS[:1]}, "response": {"promptFeedback": {"blockReason": "SAFETY"}}}
    (episode,), _ = read(tmp_path, blocked)
    assert episode.outcome.state is OutcomeState.FAILED
    assert "SAFETY" in episode.outcome.detail


PYDANTIC = [
    {
        "kind": "request", "instructions": "rules",
        "parts": [{"part_kind": "user-prompt", "content": ["do it", {"kind": "image-url", "url": "u"}]}],
    },
    {
        "kind": "response", "model_name": "m", "finish_reason": "length", "usage": {"output_tokens": 4},
        "parts": [
            {"part_kind": "thinking", "content": ""},
            {"part_kind": "text", "content": "so"},
            {"part_kind": "tool-call", "tool_name": "f", "tool_call_id": "c", "args": {"x": 1}},
        ],
    },
    {
        "kind": "request",
        "parts": [
            {"part_kind": "retry-prompt", "tool_name": "f", "tool_call_id": "c", "content": [{"msg": "bad"}]},
            {"part_kind": "retry-prompt", "content": "answer in JSON"},
        ],
    },
]  # fmt: skip


def test_pydantic_ai_retries_are_errors_and_cut_replies_are_told(tmp_path):
    (episode,), _ = read(tmp_path, PYDANTIC)
    assert told(episode) == [
        ("user", "message", "do it\n[image-url]", 0),
        ("agent", "gap", "", 0),
        ("agent", "message", "so", 0),
        ("agent", "tool_call", '{"x":1}', 0),
        ("tool", "tool_result", '[{"msg":"bad"}]', None),
        ("system", "message", "answer in JSON", None),
    ]
    assert episode.steps[4].is_error
    assert (episode.policy, episode.model) == ("rules", "m")
    assert {gap.kind for gap in episode.gaps} == {GapKind.MEDIA, GapKind.WITHHELD, GapKind.TRUNCATION}


AI = {
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "so"}, {"type": "tool_use"}],
    "tool_calls": [{"name": "f", "id": "c", "args": {"x": 1}}], "name": "agent",
    "invalid_tool_calls": [{"name": "g", "id": "d", "args": "{oops", "error": "bad JSON"}],
    "response_metadata": {"model_name": "m", "stop_reason": "tool_use"}, "usage_metadata": {"output_tokens": 3},
}  # fmt: skip
TOOL = {"content": "no", "tool_call_id": "c", "name": "f", "status": "error"}


def lc(form, kind, name, body):
    if form == "dict":
        return {"type": kind, "data": body}
    if form == "plain":
        return {"type": kind, **body}
    return {"lc": 1, "type": "constructor", "id": ["langchain", "schema", name], "kwargs": body}


def langchain(form):
    human = lc(form, "human", "HumanMessage", {"content": "do it"})
    return [human, lc(form, "ai", "AIMessage", AI), lc(form, "tool", "ToolMessage", TOOL)]


@pytest.mark.parametrize("form", ["dict", "plain", "constructor"])
def test_langchain_messages_in_three_forms(tmp_path, form):
    (episode,), reading = read(tmp_path, {"messages": langchain(form)})
    assert reading.source.format == "langchain-messages"
    assert told(episode) == [
        ("user", "message", "do it", 0),
        ("agent", "thinking", "hm", 0),
        ("agent", "message", "so", 0),
        ("agent", "tool_call", '{"x":1}', 0),
        ("agent", "tool_call", "{oops", 0),
        ("tool", "tool_result", "no", None),
    ]
    assert episode.steps[5].is_error
    assert episode.steps[1].agent == "agent"
    assert {gap.kind for gap in episode.gaps} == {GapKind.TRUNCATION, GapKind.ORPHAN_CALL}


VERCEL = [
    ASK,
    {
        "role": "assistant",
        "content": [
            {"type": "reasoning", "text": "hm"},
            {"type": "tool-call", "toolCallId": "c", "toolName": "f", "input": {"x": 1}},
        ],
    },
    {
        "role": "tool",
        "content": [
            {"type": "tool-result", "toolCallId": "c", "toolName": "f", "output": {"type": "error-text", "value": "no"}}
        ],
    },
    {"role": "assistant", "content": [{"type": "text", "text": "done"}]},
]


def test_vercel_ai_messages(tmp_path):
    (episode,), reading = read(tmp_path, {"messages": VERCEL, "finishReason": "length"})
    assert reading.source.format == "vercel-ai"
    assert told(episode) == [
        ("user", "message", "do it", 0),
        ("agent", "thinking", "hm", 0),
        ("agent", "tool_call", '{"x":1}', 0),
        ("tool", "tool_result", "no", 1),
        ("agent", "message", "done", 1),
    ]
    assert episode.steps[3].is_error
    assert [gap.kind for gap in episode.gaps] == [GapKind.TRUNCATION]


UI = [
    {"id": "1", "role": "user", "parts": [{"type": "text", "text": "do it"}]},
    {"id": "2", "role": "assistant", "parts": [
        {"type": "step-start"}, {"type": "reasoning", "text": "hm"},
        {"type": "tool-f", "toolCallId": "c", "state": "output-error", "input": {"x": 1}, "errorText": "no"},
        {"type": "dynamic-tool", "toolName": "g", "toolCallId": "d", "state": "output-available", "input": {},
         "output": {"ok": True}},
        {"type": "step-start"}, {"type": "text", "text": "done", "state": "done"}]},
]  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda ui: ui, lambda ui: {"id": "chat", "messages": ui}])
def test_messages_of_the_vercel_ui(tmp_path, wrap):
    (episode,), reading = read(tmp_path, wrap(UI))
    assert (reading.source.format, reading.skipped) == ("vercel-ai", [])
    assert [(s.actor.value, s.kind.value, s.tool, s.content, s.native, s.is_error) for s in episode.steps] == [
        ("user", "message", "", "do it", 0, False),
        ("agent", "thinking", "", "hm", 0, False),
        ("agent", "tool_call", "f", '{"x":1}', 0, False),
        ("agent", "tool_call", "g", "{}", 0, False),
        ("tool", "tool_result", "f", "no", 1, True),
        ("tool", "tool_result", "g", '{"ok":true}', 1, False),
        ("agent", "message", "", "done", 1, False),
    ]
    assert episode.native_steps == 2
    assert [step.pointer.rpartition("/parts/")[2] for step in episode.steps] == ["0", "1", "2", "3", "2", "3", "5"]


SEEDS = {
    "vercel-ui": json.dumps(UI),
    "chat": json.dumps(CHAT),
    "chat-list": json.dumps(CHAT["messages"]),
    "chat-log": lines(
        {"request": {"messages": [SYSTEM, ASK]}, "response": reply(DID), "status": 200},
        {"request": {"messages": [SYSTEM, ASK, DID, GOT]}, "response": reply(DONE)},
    ),
    "items": json.dumps(ITEMS),
    "responses": lines(
        {"request": {"input": "do it"}, "response": RESPONSE},
        {"request": {"input": ITEMS[4:5], "previous_response_id": "r1"}, "response": RESPONSE | {"id": "r2"}},
    ),
    "gemini": lines(gemini(PARTS[:1], PARTS[1]), gemini(PARTS[:3], PARTS[3])),
    "contents": json.dumps({"contents": PARTS}),
    "pydantic": json.dumps(PYDANTIC),
    "langchain": json.dumps({"messages": langchain("dict")}),
    "langchain-lc": json.dumps(langchain("constructor")),
    "vercel": json.dumps({"messages": VERCEL, "finishReason": "stop"}),
}


READ_AS = {
    "chat": "openai-chat", "chat-list": "openai-chat", "chat-log": "openai-chat", "items": "openai-responses",
    "responses": "openai-responses", "gemini": "gemini-contents", "contents": "gemini-contents",
    "pydantic": "pydantic-ai", "langchain": "langchain-messages", "langchain-lc": "langchain-messages",
    "vercel": "vercel-ai", "vercel-ui": "vercel-ai",
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_mutation_breaks_a_reader(tmp_path_factory, seed, data):
    changed = bytearray(SEEDS[seed].encode())
    junk = [b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"\n", b"-1", b"[]", b"{}", b"true"]
    for _ in range(data.draw(st.integers(1, 4))):
        place, removed = data.draw(st.integers(0, len(changed))), data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(junk)))
    survive(tmp_path_factory.mktemp("mutant") / "trace", bytes(changed), READ_AS[seed])


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_wrong_type_breaks_a_reader(tmp_path_factory, seed, data):
    """Any value anywhere in a valid file is replaced by one of another type."""
    lines = [json.loads(line) for line in SEEDS[seed].splitlines()]
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from([spot for line in lines for spot in places(line)]))
        holder[key] = data.draw(
            st.sampled_from([None, True, -1, 2.5, 10**30, "", "x", [], [[]], [None], {}, {"a": []}])
        )
    survive(tmp_path_factory.mktemp("mutant") / "trace", "\n".join(map(json.dumps, lines)).encode(), READ_AS[seed])


def places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from places(item)


def survive(path, data, name):
    """Read *data* as the format *name*: this gives episodes or says what could not be read, and nothing else."""
    path.write_bytes(data)
    try:
        reading = open_source(path, name)
    except UserError:
        return
    assert 0 <= reading.reader.sniff(Trace(path, Log()).head) <= 1
    found = list(reading.episodes())
    assert found or reading.skipped or reading.notes
    for episode in found:
        check(episode)


def test_rows_of_several_conversations_are_left_to_a_mapping_even_with_calls(tmp_path):
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    talk = [
        {"role": "user", "content": "go"}, {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "done"},
    ]  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({**m, "conversation_id": c}) + "\n" for c in ("c1", "c2") for m in talk))
    with pytest.raises(UserError, match="the format is unknown"):
        open_source(path)
    path.write_text("".join(json.dumps({**message, "latency": 3}) + "\n" for message in talk))
    assert open_source(path).source.format == "openai-chat"


def test_an_array_of_rows_with_other_columns_is_left_to_a_mapping(tmp_path):
    rows = [{"role": role, "content": "x", "run_id": "r", "verdict": "fail"} for role in ("system", "user")]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(UserError, match="the format is unknown"):
        open_source(path)
