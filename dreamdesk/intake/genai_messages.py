"""Messages in telemetry attributes, read by their shape.

The attribute ``gen_ai.input.messages`` holds OpenTelemetry's ``parts`` in one producer's spans and a provider's own
content blocks in another's, so nothing is concluded from the key. Known shapes: OpenTelemetry GenAI, Anthropic,
OpenAI chat, Vercel AI.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dreamdesk.intake.parsing import json_text, nested
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import ToolSchema


class PartKind(StrEnum):
    """What a part of a message is."""

    TEXT = "text"
    THINKING = "thinking"
    CALL = "call"
    RESULT = "result"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message. *text* is the text, the arguments of a call or the text of a result."""

    kind: PartKind
    text: str
    id: str = ""
    name: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message: role and parts."""

    role: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "\n".join(part.text for part in self.parts if part.kind is PartKind.TEXT)


def messages(value: Json) -> list[Message]:
    """Return the messages that *value* holds: a list, one message, or either as JSON text."""
    found = nested(value)
    if isinstance(found, dict):
        found = found.get("messages", [found])
    if isinstance(found, str):
        return [Message("user", (Part(PartKind.TEXT, found),))] if found else []
    return [message(obj(nested(item))) for item in arr(found)]


def message(value: dict[str, Json]) -> Message:
    """Return one message."""
    role = string(value.get("role")) or "assistant"
    content = value.get("parts", value.get("content"))
    if role == "tool" and isinstance(content, str):
        call_id = string(value.get("tool_call_id", value.get("id")))
        return Message(role, (Part(PartKind.RESULT, content, call_id, string(value.get("name"))),))
    if isinstance(content, str):
        parts = [Part(PartKind.TEXT, content)] if content else []
    else:
        parts = [
            _part(obj(item)) if isinstance(item, dict) else Part(PartKind.TEXT, text_of(item)) for item in arr(content)
        ]
    for call in map(obj, arr(value.get("tool_calls"))):
        function = obj(call.get("function")) or call
        parts.append(
            Part(
                PartKind.CALL,
                _arguments(function.get("arguments")),
                string(call.get("id")),
                string(function.get("name")),
            )
        )
    return Message(role, tuple(parts))


def _part(part: dict[str, Json]) -> Part:
    kind = string(part.get("type")).replace("-", "_")
    if kind in ("tool_call", "tool_use", "server_tool_call", "server_tool_use"):
        given = _first(part, "arguments", "input", "args", "server_tool_call")
        return Part(PartKind.CALL, _arguments(given), _id(part), string(_first(part, "name", "toolName")))
    if kind in ("tool_call_response", "server_tool_call_response") or kind.endswith("tool_result"):
        output = _first(part, "response", "result", "content", "output", "server_tool_call_response")
        failed = part.get("is_error") is True or string(obj(output).get("type")).startswith("error")
        return Part(PartKind.RESULT, result_text(output), _id(part), string(_first(part, "name", "toolName")), failed)
    if kind in ("reasoning", "thinking", "redacted_thinking"):
        return Part(PartKind.THINKING, text_of(_first(part, "content", "thinking", "text")))
    if kind in ("text", "") and _first(part, "content", "text") is not None:
        return Part(PartKind.TEXT, text_of(_first(part, "content", "text")))
    if kind in ("blob", "file", "uri", "image", "image_url", "audio", "document"):
        return Part(PartKind.MEDIA, f"[{kind}]")
    return Part(PartKind.TEXT, json_text(part))


def result_text(value: Json) -> str:
    """Return a tool's result as text: JSON around a string or text parts is taken off, other JSON stays whole."""
    found = nested(value)
    if isinstance(found, str):
        return found
    if isinstance(found, list) and found and all(_is_text_part(part) for part in found):
        return "\n".join(text_of(_first(obj(part), "text", "content")) for part in found)
    if isinstance(found, dict) and "value" in found and string(found.get("type")).startswith(("json", "text", "error")):
        return text_of(found["value"])
    return text_of(value)


def _is_text_part(value: Json) -> bool:
    """Tell whether *value* is a text and nothing else, so that no field of a record is lost by taking its text."""
    part = obj(value)
    return bool(part) and set(part) <= {"type", "text", "content"} and ("text" in part or "content" in part)


def tool_definitions(value: Json) -> tuple[ToolSchema, ...]:
    """Return the tools that a model call was offered."""
    tools = []
    for item in arr(nested(value)):
        tool = obj(nested(item))
        tool = obj(tool.get("function")) or tool
        parameters = _first(tool, "parameters", "input_schema", "inputSchema")
        json_text(parameters)  # refuses what cannot be written as JSON again
        tools.append(ToolSchema(string(tool.get("name")), string(tool.get("description")), parameters))
    return tuple(tool for tool in tools if tool.name)


def _arguments(value: Json) -> str:
    return value if isinstance(value, str) else json_text({} if value is None else value)


def _id(part: dict[str, Json]) -> str:
    return string(_first(part, "id", "tool_use_id", "tool_call_id", "toolCallId"))


def _first(value: dict[str, Json], *keys: str) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)
