"""Messages of the OpenAI Chat Completions API as steps: what many agents store, each with its own wrapper.

A message is ``{role, content, tool_calls?, tool_call_id?, name?, refusal?, reasoning_content?}``; it becomes one turn:
thinking, text, then the tool calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.parsing import json_text
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, GapKind, Kind, ToolSchema

ACTORS = {
    "system": Actor.SYSTEM,
    "developer": Actor.SYSTEM,
    "user": Actor.USER,
    "assistant": Actor.AGENT,
    "tool": Actor.TOOL,
    "function": Actor.TOOL,
}
# Named here because an attribute of an enum takes long to look up (Python 3.11).
_SYSTEM, _AGENT, _TOOL = Actor.SYSTEM, Actor.AGENT, Actor.TOOL
_MESSAGE, _CALL, _RESULT = Kind.MESSAGE, Kind.TOOL_CALL, Kind.TOOL_RESULT
_TEXTS = {"text", "input_text", "output_text", "refusal", "thinking", "reasoning"}
_REASONING = {"thinking_blocks", "reasoning_content", "reasoning"}

_FAILED = re.compile(r"Error\b|An error occurred while running the tool\b")


@dataclass(slots=True)  # not frozen: one or two are made for every step, and a frozen one costs three times as much
class Mark:
    """What every step of one message shares: see `Step`."""

    native: int | None = None
    at: int | None = None
    tokens: int | None = None
    agent: str = ""
    pointer: str = ""
    parent: int | None = None


def text_and_media(content: Json) -> tuple[str, str]:
    """Return the text of a message's content, and the kinds of media in it that are not shown ("" for none)."""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        return text_of(content), ""
    texts, media = [], dict[str, None]()
    for part in content:
        given = obj(part)
        kind = string(given.get("type")) or "text"
        if isinstance(part, str) or kind in _TEXTS or isinstance(given.get("text"), str):
            texts.append(part if isinstance(part, str) else text_of(given.get("text", given.get(kind, part))))
        else:
            name = kind.removeprefix("input_").removesuffix("_url")
            media[name] = None
            texts.append(f"[{name}]")
    return "\n".join(texts), ", ".join(media)


def plain(content: Json) -> str:
    """Return the text of a message's content."""
    return text_and_media(content)[0]


def add_text(builder: StepBuilder, actor: Actor, kind: Kind, content: Json, mark: Mark) -> int:
    """Append one step of text; media in it become a gap. Return its index."""
    text, media = text_and_media(content)
    step = builder.add(
        actor, kind, text, native=mark.native, agent=mark.agent, at=mark.at, tokens=mark.tokens, parent=mark.parent,
        pointer=mark.pointer,
    )  # fmt: skip
    if media:
        builder.gap(GapKind.MEDIA, f"Not shown: {media}.", step)
    return step


def add_call(builder: StepBuilder, tool: str, call_id: str, arguments: Json, mark: Mark) -> int:
    """Append one tool call of the agent: a JSON text as recorded, anything else as canonical JSON."""
    text = arguments if isinstance(arguments, str) else json_text({} if arguments is None else arguments)
    return builder.add(
        _AGENT, _CALL, text, native=mark.native, agent=mark.agent, tool=tool, call_id=call_id,
        at=mark.at, tokens=mark.tokens, parent=mark.parent, pointer=mark.pointer,
    )  # fmt: skip


def add_result(
    builder: StepBuilder, tool: str, call_id: str, content: Json, mark: Mark, *, is_error: bool = False
) -> int:
    """Append one tool result."""
    text, media = text_and_media(content)
    step = builder.add(
        _TOOL, _RESULT, text, native=mark.native, tool=tool, call_id=call_id, is_error=is_error,
        at=mark.at, parent=mark.parent, pointer=mark.pointer,
    )  # fmt: skip
    if media:
        builder.gap(GapKind.MEDIA, f"Not shown: {media}.", step)
    return step


def failed_text(text: str) -> bool:
    """Tell whether a tool's text says that it failed, for formats that have no flag: common libraries begin so."""
    return bool(_FAILED.match(text))


def thinking_of(message: dict[str, Json]) -> str:
    """Return the reasoning that some servers put beside the content of a message."""
    if _REASONING.isdisjoint(message):
        return ""
    blocks = [text_of(obj(block).get("thinking")) for block in arr(message.get("thinking_blocks"))]
    return plain(message.get("reasoning_content")) or plain(message.get("reasoning")) or "\n".join(filter(None, blocks))


def add_message(builder: StepBuilder, message: dict[str, Json], mark: Mark, *, is_error: bool = False) -> None:
    """Append the steps of one message, which begins a new turn; *is_error* says that a tool result is an error.

    The first step of a message has its tokens.
    """
    builder.next_turn()
    actor = ACTORS.get(string(message.get("role")), _SYSTEM)
    name, content = string(message.get("name")), message.get("content")
    if actor is _TOOL:
        add_result(builder, name, string(message.get("tool_call_id")), content, mark, is_error=is_error)
        return
    agent, thinking = name, ""
    if actor is _AGENT:
        agent, thinking = mark.agent or name, thinking_of(message)
    calls = _calls(message)
    texts: list[tuple[str, Kind, Json]] = [("/reasoning_content", Kind.THINKING, thinking)] if thinking else []
    if not content and (refusal := string(message.get("refusal"))):
        texts.append(("/refusal", _MESSAGE, refusal))
    elif content not in (None, "", []) or not (calls or thinking):
        texts.append(("/content", _MESSAGE, content))
    part = Mark(mark.native, mark.at, mark.tokens, agent, "", mark.parent)
    for place, kind, text in texts:
        part.pointer = mark.pointer and mark.pointer + place
        add_text(builder, actor, kind, text, part)
        part.tokens = None
    for place, call in calls:
        function = obj(call.get("function")) or obj(call.get("custom"))
        part.pointer = mark.pointer and mark.pointer + place
        given = function.get("arguments", function.get("input"))
        add_call(builder, string(function.get("name")), string(call.get("id")), given, part)
        part.tokens = None


def _calls(message: dict[str, Json]) -> list[tuple[str, dict[str, Json]]]:
    """Return the tool calls of a message with their places in it."""
    calls = [(f"/tool_calls/{position}", obj(call)) for position, call in enumerate(arr(message.get("tool_calls")))]
    if legacy := obj(message.get("function_call")):
        calls.append(("/function_call", {"function": legacy}))
    return calls


def tool_schemas(tools: Json) -> tuple[ToolSchema, ...]:
    """Return the tools of a request, in the form of Chat Completions or of the Responses API."""
    found = []
    for tool in map(obj, arr(tools)):
        function = obj(tool.get("function")) or tool
        parameters = function.get("parameters", function.get("input_schema"))
        json_text(parameters)  # refuses what cannot be written as JSON again
        name = string(function.get("name")) or string(tool.get("type"))
        found.append(ToolSchema(name, string(function.get("description")), parameters))
    return tuple(found)
