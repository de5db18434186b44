"""Small recorded events and runs of OpenHands, and what tests of tasks share."""

import json

from expectations import check

from dreamdesk.intake.opening import open_source


def read(folder, data, format_name=None, name="trace"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    reading = open_source(path, format_name)
    episodes = list(reading.episodes())
    for episode in episodes:
        check(episode)
    return episodes, reading


def lines(*records):
    return b"\n".join(json.dumps(record).encode() for record in records)


def story(episode):
    return [(step.actor.value, step.kind.value, step.content, step.native) for step in episode.steps]


def event(kind, source="agent", **more):
    return {
        "kind": kind,
        "id": f"{kind}{more.pop('n', '')}",
        "timestamp": "2025-10-30T03:50:30",
        "source": source,
        **more,
    }


def action(n, reply, **more):
    call = {"id": f"c{n}", "name": "bash", "arguments": '{"command": "ls"}'}
    return event("ActionEvent", n=n, **{
        "llm_response_id": reply, "action": {"kind": "BashAction", "command": "ls"}, "tool_name": "bash",
        "tool_call_id": f"c{n}", "tool_call": call, "thought": [], **more,
    })  # fmt: skip


def answer(n, **observation):
    return event(
        "ObservationEvent", "environment", n=n, tool_name="bash", tool_call_id=f"c{n}", observation=observation
    )


SDK = [
    event(
        "SystemPromptEvent", system_prompt={"type": "text", "text": "Be kind"}, tools=[{"function": {"name": "bash"}}]
    ),
    event("MessageEvent", "user", llm_message={"role": "user", "content": [{"type": "text", "text": "List"}]}),
    action(1, "r1", thought=[{"type": "text", "text": "I list"}], reasoning_content="hm"),
    action(2, "r1"),
    answer(1, kind="BashObservation", output="a", error=False),
    answer(2, kind="BashObservation", output="", error="no such file"),
    event("Condensation", "environment", summary="So far: a"),
    event("ConversationStateUpdateEvent", "environment", key="x", value=1),
    action(3, "r2", action=None, thinking_blocks=[{"type": "redacted_thinking"}]),
    event("AgentErrorEvent", tool_name="bash", tool_call_id="c3", error="not JSON"),
    event("PauseEvent", "user"),
    event("HookExecutionEvent", "environment", hook="h"),
]
FIRST = [
    {"id": 0, "source": "agent", "action": "system", "args": {"content": "Be kind", "tools": []}},
    {"id": 1, "source": "user", "action": "message", "args": {"content": "List"}},
    {"id": 2, "source": "environment", "observation": "agent_state_changed", "content": "", "extras": {}},
    {
        "id": 3, "source": "agent", "action": "run", "args": {"command": "ls", "thought": "I list"},
        "tool_call_metadata": {
            "function_name": "bash", "tool_call_id": "t",
            "model_response": {
                "id": "r", "model": "m", "usage": {"completion_tokens": 8},
                "choices": [{"message": {"tool_calls": [{"id": "t", "function": {"arguments": '{"a": 1}'}}]}}],
            },
        },
    },
    {"id": 4, "source": "agent", "observation": "run", "content": "a", "cause": 3},
    {"id": 5, "source": "agent", "action": "read", "args": {"path": "/x", "thought": ""}},
    {"id": 6, "source": "agent", "observation": "read", "content": "text", "cause": 5},
    {"id": 7, "source": "agent", "observation": "error", "content": "wrong parameter"},
    {"id": 8, "source": "agent", "action": "finish", "args": {"message": "done"}},
]  # fmt: skip
RUN = {
    "instance_id": "i-1",
    "test_result": {},
    "instruction": "Do it",
    "metadata": {},
    "history": SDK[2:6],
    "error": None,
}
