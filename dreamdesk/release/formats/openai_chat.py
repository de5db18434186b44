"""OpenAI chat fine-tuning, which Together and Fireworks read, too: arguments as JSON text, calls joined by ids.

Sources: openai-openapi, FineTuneChatRequestInput and FineTuneChatCompletionRequestAssistantMessage; the guides to
supervised fine-tuning of OpenAI, Together and Fireworks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.messages import Call, Message

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names that a function may have (openai-openapi, FunctionObject.name)."""


def row(example: Example) -> dict[str, Json]:
    """Return messages, in which the corrected turn alone has weight, and, where known, tools."""
    said = [
        {**message, "weight": 0} if message["role"] == "assistant" else message for message in messages(example.said)
    ]
    return with_tools(example, {"messages": [*said, {**answer(example.answer), "weight": 1}]})


def with_tools(example: Example, made: dict[str, Json]) -> dict[str, Json]:
    """Return *made* with the tools that the agent could call, where known.

    Raises:
        Unfit: one has a name that OpenAI does not take.
    """
    for tool in example.tools:
        _check_name(tool["function"]["name"])
    return {**made, "tools": example.tools, "parallel_tool_calls": True} if example.tools else made


def answer(message: Message) -> dict[str, Json]:
    """Return the agent's turn *message*, which nothing follows."""
    return _assistant(message, [f"call_{number}" for number in range(1, len(message.calls) + 1)])


def messages(said: Sequence[Message]) -> list[dict[str, Json]]:
    """Return *said* in OpenAI's shape.

    Results find their calls by the recorded ids, else by the tool's name, else by their order. The ids are counted
    anew, so that equal conversations make equal rows.

    Raises:
        Unfit: a call has no result, or a result no call, which OpenAI refuses.
    """
    made: list[dict[str, Json]] = []
    waiting: list[tuple[str, Call]] = []
    for message in said:
        if message.role == "tool":
            made.append({"role": "tool", "tool_call_id": _take(waiting, message), "content": message.content})
            continue
        if waiting:
            raise Unfit("a call in the recording has no result")
        if message.role == "assistant":
            before = sum(len(other.get("tool_calls", ())) for other in made)
            ids = [f"call_{before + number}" for number in range(1, len(message.calls) + 1)]
            waiting = list(zip(ids, message.calls, strict=True))
            made.append(_assistant(message, ids))
        else:
            made.append({"role": message.role, "content": message.content})
    if waiting:
        raise Unfit("a call in the recording has no result")
    return made


def _take(waiting: list[tuple[str, Call]], message: Message) -> str:
    """Take the call that the result *message* answers out of *waiting*; return its id."""
    tests = (
        lambda call: call.id == message.call_id != "",
        lambda call: call.tool == message.tool,
        lambda call: not message.tool,
    )
    for test in tests:
        for place, (identity, call) in enumerate(waiting):
            if test(call):
                del waiting[place]
                return identity
    raise Unfit("a result in the recording has no call")


def _assistant(message: Message, ids: Sequence[str]) -> dict[str, Json]:
    made: dict[str, Json] = {"role": "assistant", "content": message.content}
    if not message.calls:
        return made
    calls = []
    for identity, call in zip(ids, message.calls, strict=True):
        _check_name(call.tool)
        function = {"name": call.tool, "arguments": canonical(call.arguments).decode()}
        calls.append({"id": identity, "type": "function", "function": function})
    return {**made, "tool_calls": calls}


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Unfit("a tool has a name that OpenAI does not take")


def rule(row: dict[str, Json]) -> str:
    """Say what is wrong with the weights of *row*, or with how its calls and results fit together."""
    said = row["messages"]
    if [message["weight"] for message in said if "weight" in message] != [0] * (_turns(said) - 1) + [1]:
        return "another turn than the last has weight"
    return unanswered(said[:-1]) if said[-1]["role"] == "assistant" else "it does not end in a turn of the agent"


def unanswered(said: Sequence[dict[str, Json]]) -> str:
    """Say which calls in *said* have no result right after them, or which results no call; "" where all fit."""
    waiting: list[str] = []
    for message in said:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "a result answers no call"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            break
        else:
            waiting = [call["id"] for call in message.get("tool_calls", ())]
    return "a call has no result" if waiting else ""


def _turns(said: Sequence[dict[str, Json]]) -> int:
    return sum(message["role"] == "assistant" for message in said)


FORMAT = Format(
    path="sft/openai_chat.jsonl",
    config="openai_chat",
    title="Supervised fine-tuning with OpenAI, Together or Fireworks: the corrected turn has weight 1, earlier "
    "turns of the agent 0 (TRL ignores weights: use `sft` there). OpenAI asks for 10 rows or more",
    columns={"messages": "json", "tools": "json", "parallel_tool_calls": "bool"},
    row=row,
    rule=rule,
)
