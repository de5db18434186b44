"""Messages of the Anthropic Messages API as steps: one message becomes one turn, each content block a step.

The block types are those of the API reference (https://platform.claude.com/docs/en/api/messages); a type that is not
known here is kept as JSON text. Images and documents stand as "[image]" and "[document]". The blocks of Amazon
Bedrock's Converse API have no type and are told by their one key
(https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html).
"""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.shape import arr, number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, GapKind, Kind, ToolSchema

_ACTORS = {"user": Actor.USER, "assistant": Actor.AGENT, "system": Actor.SYSTEM}
_CALLS = {"tool_use", "server_tool_use", "mcp_tool_use"}
_MEDIA = {"image", "document", "container_upload", "file", "video", "audio"}
KNOWN = _CALLS | {"tool_result", "mcp_tool_result", "thinking", "redacted_thinking"}
"""Block types that no other API's messages have."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is known of the model call that a message belongs to."""

    native: int | None = None
    at: int | None = None
    tokens: int | None = None
    agent: str = ""


def blocks(content: Json) -> list[dict[str, Json]]:
    """Return message content as a list of blocks; what is no block is text."""
    parts = content if isinstance(content, list) else [] if content is None else [content]
    return [_typed(part) if isinstance(part, dict) else {"type": "text", "text": text_of(part)} for part in parts]


def _typed(block: dict[str, Json]) -> dict[str, Json]:
    """Return a block of the Converse API as one of the Messages API; any other block as it is."""
    if len(block) != 1:
        return block
    ((key, value),) = block.items()
    held = obj(value)
    if key == "text" and isinstance(value, str):
        return {"type": "text", "text": value}
    if key == "toolUse" and held:
        return {"type": "tool_use", "id": held.get("toolUseId"), "name": held.get("name"), "input": held.get("input")}
    if key == "toolResult" and held:
        failed = held.get("status") == "error"
        answered = {"tool_use_id": held.get("toolUseId"), "content": held.get("content"), "is_error": failed}
        return {"type": "tool_result", **answered}
    if key == "reasoningContent" and held:
        return {"type": "thinking", "thinking": obj(held.get("reasoningText")).get("text")}
    return block


def plain_text(content: Json) -> str:
    """Return the text blocks of *content*, joined by line breaks."""
    return "\n".join(text_of(block.get("text")) for block in blocks(content) if block.get("type") == "text")


def tool_schemas(tools: Json) -> tuple[ToolSchema, ...]:
    """Return the tools that a request offers."""
    found = []
    for tool in map(obj, arr(tools)):
        parameters = tool.get("input_schema")
        json_text(parameters)  # refuses what cannot be written as JSON again
        found.append(ToolSchema(string(tool.get("name")), string(tool.get("description")), parameters))
    return tuple(found)


def add_message(builder: StepBuilder, message: dict[str, Json], reply: Reply, pointer: str) -> None:
    """Append the steps of one message, which begins a new turn.

    Raises:
        Unreadable: The message has no role that the API knows.
    """
    actor = _ACTORS.get(string(message.get("role")))
    if actor is None:
        raise Unreadable(f"a message has the role {text_of(message.get('role'))[:40]!r}")
    builder.next_turn()
    first = builder.next_index
    for position, block in enumerate(blocks(message.get("content"))):
        place = f"{pointer}/content/{position}" if isinstance(message.get("content"), list) else f"{pointer}/content"
        tokens = reply.tokens if builder.next_index == first else None
        _add_block(builder, actor, block, Reply(reply.native, reply.at, tokens, reply.agent), place)
    if builder.next_index == first:
        note = "The message is empty."
        builder.missing(GapKind.MISSING, note, actor=actor, native=reply.native, at=reply.at, tokens=reply.tokens)


def _add_block(builder: StepBuilder, actor: Actor, block: dict[str, Json], reply: Reply, place: str) -> None:
    kind = string(block.get("type"))
    agent = reply.agent if actor is Actor.AGENT else ""
    if kind in _CALLS:
        _add_call(builder, block, reply, place)
        return
    if kind == "tool_result" or kind.endswith("_tool_result"):
        _add_result(builder, block, reply, place, served=actor is Actor.AGENT)
        return
    text, gap = _shown(kind, block)
    if gap and not (kind in _MEDIA or text):
        builder.missing(
            *gap, text, actor=actor, native=reply.native, agent=agent, at=reply.at, tokens=reply.tokens, pointer=place
        )
        return
    step = builder.add(
        actor, {"thinking": Kind.THINKING, "compaction": Kind.GAP, "fallback": Kind.GAP}.get(kind, Kind.MESSAGE), text,
        native=reply.native, agent=agent, at=reply.at, tokens=reply.tokens, pointer=place,
    )  # fmt: skip
    if gap:
        builder.gap(*gap, step)


def _shown(kind: str, block: dict[str, Json]) -> tuple[str, tuple[GapKind, str] | None]:
    """Return the text of a block and what it does not show."""
    if kind == "text":
        return text_of(block.get("text")), None
    if kind == "thinking":
        text = text_of(block.get("thinking"))
        return text, None if text else (GapKind.WITHHELD, "The model's thinking was not recorded.")
    if kind == "redacted_thinking":
        return "", (GapKind.WITHHELD, "The model's thinking was encrypted.")
    if kind in _MEDIA:
        return f"[{kind}]", (GapKind.MEDIA, f"The {kind.replace('_', ' ')} is not shown.")
    if kind == "compaction":
        return text_of(block.get("content")), (GapKind.COMPACTION, "Earlier messages were replaced by a summary.")
    if kind == "fallback":
        return _json(block), (GapKind.MISSING, "Another model took over here.")
    return _json(block), None


def _add_call(builder: StepBuilder, block: dict[str, Json], reply: Reply, place: str) -> None:
    given = block.get("input")
    step = builder.add(
        Actor.AGENT, Kind.TOOL_CALL, given if isinstance(given, str) else json_text({} if given is None else given),
        native=reply.native, agent=reply.agent, tool=string(block.get("name")), call_id=string(block.get("id")),
        at=reply.at, tokens=reply.tokens, pointer=place,
    )  # fmt: skip
    if isinstance(given, str):
        builder.gap(GapKind.TRUNCATION, "The arguments of this call are cut off.", step)


def _add_result(builder: StepBuilder, block: dict[str, Json], reply: Reply, place: str, *, served: bool) -> None:
    content = block.get("content")
    text, media = _result_text(content)
    body = obj(content)
    failed = block.get("is_error") is True or string(body.get("type")).endswith("_error")
    failed = failed or number(body.get("return_code")) not in (None, 0)
    if served:  # the API ran the tool in the middle of a reply: what follows is a decision of its own
        builder.next_turn()
    step = builder.add(
        Actor.TOOL, Kind.TOOL_RESULT, text, native=reply.native, call_id=string(block.get("tool_use_id")),
        is_error=failed, at=None if served else reply.at, pointer=place,
    )  # fmt: skip
    if media:
        builder.gap(GapKind.MEDIA, "Media in this result are not shown.", step)
    if '"encrypted_content"' in json_text(content):
        builder.gap(GapKind.WITHHELD, "The full result is encrypted.", step)
    if served:
        builder.next_turn()


def _result_text(content: Json) -> tuple[str, bool]:
    if not isinstance(content, list):
        return (text_of(content) if isinstance(content, str | None) else _json(content)), False
    parts, media = [], False
    for part in blocks(content):
        kind = string(part.get("type"))
        media = media or kind in _MEDIA
        parts.append(text_of(part.get("text")) if kind == "text" else f"[{kind}]" if kind in _MEDIA else _json(part))
    return "\n".join(parts), media


def _json(value: Json) -> str:
    return json_text(_readable(value))


def _readable(value: Json) -> Json:
    """Leave out what is there for machines only: encrypted payloads, media data, cache marks."""
    if isinstance(value, dict):
        unread = ("encrypted_content", "encrypted_index", "cache_control", "data", "signature")
        return {key: _readable(item) for key, item in value.items() if key not in unread}
    return [_readable(item) for item in value] if isinstance(value, list) else value
