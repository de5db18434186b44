"""LangChain messages in three forms.

These are ``messages_to_dict`` (``{type, data}``), ``dumps`` (``{lc: 1, type: "constructor", kwargs}``), and plain
dumps. Read are lists of messages, alone or under *messages*, as one document, an array, or JSON lines. The message
types are human, ai, system, tool and function; a ToolMessage with status "error" failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import Mark, add_call, add_result, add_text, plain, tool_schemas
from dreamdesk.intake.dialogue import CUT_ENDS, Dialogue, episodes, told
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema

_ACTORS = {
    "human": Actor.USER, "ai": Actor.AGENT, "system": Actor.SYSTEM, "tool": Actor.TOOL, "function": Actor.TOOL,
    "HumanMessageChunk": Actor.USER, "AIMessageChunk": Actor.AGENT, "SystemMessageChunk": Actor.SYSTEM,
    "ToolMessageChunk": Actor.TOOL, "chat": Actor.USER, "remove": Actor.SYSTEM,
}  # fmt: skip
_CALLS = ("tool_use", "function_call", "tool_call")


class LangChainMessages:
    """Reads LangChain messages."""

    name = "langchain-messages"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("messages",)

    def sniff(self, head: Head) -> float:
        """Recognise the message types in one of their three forms."""
        messages = [m for value in head.values for m in [value, *arr(value), *arr(obj(value).get("messages"))]]
        dumped = [obj(m) for m in messages if isinstance(obj(m).get("data"), dict) or "lc" in obj(m)]
        if any(self.fits(m) for m in dumped):
            return 0.95
        bare = [obj(m) for m in messages if "role" not in obj(m) and "content" in obj(m)]
        return 0.7 if bare and all(self.fits(m) for m in bare) and _common(bare) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per list of messages."""
        return episodes(trace, self, map(_with_facts, told(trace, self)))

    def fits(self, message: Json) -> bool:
        """Tell whether *message* is one of LangChain."""
        kind, body = _opened(message)
        return kind in _ACTORS and ("content" in body or "tool_calls" in body)

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        return _ACTORS.get(_opened(message)[0]) is Actor.AGENT

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append one message as one turn."""
        kind, body = _opened(message)
        actor = _ACTORS.get(kind)
        if actor is None:
            raise Unreadable(f"a message has the type {text_of(obj(message).get('type'))[:40]!r}")
        builder.next_turn()
        name, content = string(body.get("name")), body.get("content")
        if actor is Actor.TOOL:
            failed = body.get("status") == "error"
            add_result(builder, name, string(body.get("tool_call_id")), content, mark, is_error=failed)
        elif actor is Actor.AGENT:
            _add_reply(builder, body, replace(mark, agent=mark.agent or name))
        else:
            add_text(builder, actor, Kind.MESSAGE, content, replace(mark, agent=name))

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools of a wrapper."""
        return tool_schemas(value)


def _common(messages: list[dict[str, Json]]) -> bool:
    """Tell whether plain messages hold what only this library writes."""
    return any({"additional_kwargs", "response_metadata", "tool_call_id", "tool_calls"} & m.keys() for m in messages)


def _opened(message: Json) -> tuple[str, dict[str, Json]]:
    """Return the type of a message in any of the three forms, and its fields."""
    given = obj(message)
    kwargs = given.get("kwargs") if given.get("type") == "constructor" else None
    body = obj(kwargs) if kwargs is not None else obj(given.get("data")) or given
    kind = string(body.get("type")) or string(given.get("type"))
    names = arr(given.get("id"))
    if kind == "constructor" and names:
        kind = string(names[-1]).removesuffix("Chunk").removesuffix("Message").lower()
    if kind == "chat" and body.get("role") == "assistant":
        kind = "ai"
    return kind, body


def _add_reply(builder: StepBuilder, body: dict[str, Json], mark: Mark) -> None:
    content = body.get("content")
    parts = content if isinstance(content, list) else [content] if content else []
    tokens = integer(obj(body.get("usage_metadata")).get("output_tokens"))
    first = builder.next_index

    def here() -> Mark:
        return replace(mark, tokens=tokens if builder.next_index == first else None)

    calls = [obj(call) for call in arr(body.get("tool_calls"))]
    broken = [obj(call) for call in arr(body.get("invalid_tool_calls"))]
    reasoning = plain(obj(body.get("additional_kwargs")).get("reasoning_content"))
    if reasoning:
        add_text(builder, Actor.AGENT, Kind.THINKING, reasoning, here())
    for part in parts:
        kind = string(obj(part).get("type"))
        if kind in ("thinking", "reasoning", "redacted_thinking"):
            if text := plain([part]) if obj(part).get(kind) or obj(part).get("text") else "":
                add_text(builder, Actor.AGENT, Kind.THINKING, text, here())
            else:
                note = "The model's thinking was not recorded."
                builder.missing(GapKind.WITHHELD, note, native=mark.native, agent=mark.agent, pointer=mark.pointer)
        elif kind not in _CALLS or not (calls or broken):  # calls stand in tool_calls too
            add_text(builder, Actor.AGENT, Kind.MESSAGE, [part], here())
    for call in calls:
        add_call(builder, string(call.get("name")), string(call.get("id")), call.get("args"), here())
    for call in broken:
        step = add_call(builder, string(call.get("name")), string(call.get("id")), call.get("args"), here())
        builder.gap(GapKind.TRUNCATION, f"This call could not be parsed. {text_of(call.get('error'))}".strip(), step)


def _with_facts(item: tuple[Dialogue, Record]) -> tuple[Dialogue, Record]:
    """Take the model and the way the replies ended from the messages."""
    talk, record = item
    for entry in talk.entries:
        kind, body = _opened(entry.message)
        about = obj(body.get("response_metadata"))
        if _ACTORS.get(kind) is not Actor.AGENT:
            continue
        talk.model = string(about.get("model_name")) or string(about.get("model")) or talk.model
        talk.stop = string(about.get("stop_reason")) or string(about.get("finish_reason"))
        talk.stop = "" if talk.stop == "tool_use" else talk.stop
        if talk.stop in CUT_ENDS:
            entry.gaps.append((GapKind.TRUNCATION, f"The reply was cut off ({talk.stop})."))
    return talk, record


register(LangChainMessages())
