"""Small recorded sessions of each format, and what tests of sessions share."""

import json

from dreamdesk.intake.opening import open_source


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


# pi and OpenClaw


def entry(key, parent, kind, **more):
    return {"type": kind, "id": key, "parentId": parent, "timestamp": "2026-07-06T13:17:48.564Z", **more}


def replied(stop, *content, **more):
    usage = {"input": 1, "output": 4}
    return {"role": "assistant", "content": list(content), "model": "m", "usage": usage, "stopReason": stop, **more}


THOUGHT = {"type": "thinking", "thinking": "", "thinkingSignature": "s"}
TOOL_CALL = {"type": "toolCall", "id": "t", "name": "read", "arguments": {"b": 1, "a": 2}}
PI = [
    {"type": "session", "version": 3, "id": "p", "timestamp": "2026-07-06T13:15:50.544Z", "cwd": "/x"},
    entry("1", None, "message", message={"role": "user", "content": "Read it"}),
    entry("2", "1", "message", message=replied("toolUse", THOUGHT, {"type": "text", "text": "I read"}, TOOL_CALL)),
    entry(
        "3", "2", "message",
        message={"role": "toolResult", "toolCallId": "t", "toolName": "read", "isError": True, "content": [
            {"type": "text", "text": "no such file"}, {"type": "image", "data": "", "mimeType": "image/png"}]},
    ),
    entry("4", "3", "message", message=replied("aborted", errorMessage="Request was aborted.")),
    entry("5", "4", "compaction", summary="So far: nothing"),
    entry("6", "5", "custom_message", customType="openclaw.note", content="Waiting"),
    entry("7", "6", "message", message={"role": "bashExecution", "command": "ls", "output": "x", "exitCode": 1}),
    entry("8", "2", "message", message={"role": "user", "content": [{"type": "text", "text": "Again"}]}),
    entry("9", "8", "model_change", modelId="n"),
]  # fmt: skip


# Gemini CLI


def gemini(key, text, **more):
    return {"id": key, "timestamp": "2025-10-27T19:56:04.625Z", "type": "gemini", "content": text, "model": "g", **more}


def answer(**response):
    return [{"functionResponse": {"id": "t", "name": "ls", "response": response}}]


MADE = {"id": "t", "name": "ls", "args": {"p": "."}, "status": "error", "result": answer(error="absolute, please")}
META = {"sessionId": "g", "projectHash": "h", "startTime": "2025-10-27T19:56:01.701Z", "lastUpdated": "x"}
ASKED = {"id": "1", "type": "user", "content": [{"text": "List"}, {"text": "files"}]}
CALLED = gemini("2", "I list", thoughts=[{"subject": "S", "description": "d"}], toolCalls=[MADE], tokens={"output": 21})
CHAT = [{**META, "messages": [ASKED, CALLED, {"id": "3", "type": "info", "content": "quota"}, gemini("4", "Done")]}]
CHAT_LINES = [
    META,
    ASKED,
    gemini("2", "half"),
    CALLED,
    {"$set": {"summary": "Listing files"}},
    gemini("4", "Wrong"),
    {"$rewindTo": "4"},
    gemini("5", "Done"),
    {"$set": {"messages": [{"id": "6", "type": "user", "content": "So far: nothing"}]}},
]
CONTENTS = [
    {"role": "user", "parts": [{"text": "List"}, {"inlineData": {"data": "", "mimeType": "image/png"}}]},
    {"role": "model", "parts": [{"text": "hm", "thought": True}, {"functionCall": {"name": "ls", "args": {}}}]},
    {"role": "user", "parts": answer(error="no")},
    {"role": "model", "parts": [{"text": "Done"}]},
]


# Claude Managed Agents


def event(number, kind, **more):
    return {"id": f"sevt_{number}", "type": kind, "processed_at": f"2026-05-01T10:00:{number:02}Z", **more}


def words(text):
    return [{"type": "text", "text": text}]


OVERLOADED = {"type": "model_overloaded_error", "message": "busy", "retry_status": {"type": "exhausted"}}
RUBRIC = {"type": "text", "content": "R"}
USAGE = {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}


def ended(number, start, tokens, *, is_error=False):
    usage = {**USAGE, "output_tokens": tokens}
    key = f"sevt_{start}"
    return event(number, "span.model_request_end", model_request_start_id=key, is_error=is_error, model_usage=usage)


def graded(number, verdict, outcome="outc_1"):
    return event(
        number, "span.outcome_evaluation_end", result=verdict, explanation="why", iteration=0, outcome_id=outcome,
        outcome_evaluation_start_id="sevt_0", usage=USAGE,
    )  # fmt: skip


def stopped(number, reason, **more):
    return event(number, "session.status_idle", stop_reason={"type": reason}, **more)


MANAGED = [
    event(1, "user.define_outcome", description="A report", outcome_id="outc_1", rubric=RUBRIC),
    event(2, "user.message", content=words("Begin")),
    event(3, "session.status_running"),
    event(4, "span.model_request_start"),
    event(5, "agent.thinking"),
    event(6, "agent.message", content=[*words("I look"), {"type": "redacted"}]),
    event(7, "agent.tool_use", name="bash", input={"b": 1, "a": 2}, evaluated_permission="allow"),
    event(
        8, "agent.mcp_tool_use", name="pay", mcp_server_name="bank", input={}, evaluated_permission="ask",
        evaluation={"type": "always_ask"},
    ),
    ended(9, 4, 9),
    event(10, "user.tool_confirmation", result="deny", tool_use_id="sevt_8", deny_message="not yet"),
    event(11, "agent.tool_result", tool_use_id="sevt_7", content=words("no such file"), is_error=True),
    event(12, "agent.mcp_tool_result", mcp_tool_use_id="sevt_8", is_error=True),
    event(13, "session.thread_created", agent_name="scout", session_thread_id="sthr_2"),
    event(14, "span.model_request_start"),
    event(15, "agent.thread_message_sent", to_session_thread_id="sthr_2", content=words("Look round")),
    ended(16, 14, 3),
    event(17, "agent.tool_use", name="grep", input={}, session_thread_id="sthr_2", evaluated_permission="ask"),
    event(18, "agent.thread_message_received", from_session_thread_id="sthr_2", from_agent_name="scout",
          content=words("Found")),
    event(19, "agent.thread_context_compacted"),
    event(20, "span.model_request_start"),
    ended(21, 20, 0, is_error=True),
    event(22, "session.error", error=OVERLOADED),
    graded(23, "needs_revision"),
    event(24, "workflow_run.created", name="w", workflow_run_id="wr_1", phases=[]),
    event(25, "user.interrupt"),
    graded(26, "max_iterations_reached"),
    stopped(27, "end_turn"),
]  # fmt: skip
AGENT = {
    "type": "agent", "id": "agent_1", "name": "Clerk", "version": 3, "model": {"id": "claude-x"}, "system": "Be kind",
    "tools": [{"type": "agent_toolset_20260401"}, {"type": "custom", "name": "look", "input_schema": {}}],
}  # fmt: skip
SESSION = {"type": "session", "id": "sesn_1", "title": "Monthly report", "agent": AGENT, "outcome_evaluations": []}
