"""Chat messages of many libraries, brought into the shapes that `genai_messages` reads.

Platforms store what a library gave them: OpenAI chat completions and Responses items, Anthropic messages, LangChain
messages (dumped with constructors, as ``{type, data}``, or plain), Gemini contents, Bedrock Converse blocks. Nothing is
concluded from the platform; each message is read by its shape.
"""

from __future__ import annotations

import ast
import re

from dreamdesk.intake.genai_messages import result_text
from dreamdesk.intake.parsing import json_text, nested
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json

_ROLES = {
    "human": "user", "user": "user", "ai": "assistant", "aimessagechunk": "assistant", "assistant": "assistant",
    "model": "assistant", "system": "system", "developer": "system", "tool": "tool", "function": "tool",
    "humanmessage": "user", "aimessage": "assistant", "systemmessage": "system", "toolmessage": "tool",
    "functionmessage": "tool",
}  # fmt: skip
# A message that a library wrote down as Python shows it; nothing of it is run.
_PYTHON = re.compile(
    r"role='(\w+)' content=(None|'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\") name=\S+ tool_call_id=(?:None|'(\w*)')", re.S
)
_HOLDERS = ("messages", "generations", "choices", "candidates", "contents", "message")


def chat(value: Json, role: str = "user") -> list[Json]:
    """Return the messages that *value* holds, in whatever wrapping; plain text is one message of *role*."""
    for _ in range(2):  # some exports encode a value twice
        value = nested(value)
    if not isinstance(value, list):
        return _item(value, role)
    if value and isinstance(value[0], list):  # LangChain: one list per prompt, and a run has one prompt
        value = value[0]
    items = [nested(item) for item in value]
    called = {string(_function(call).get("name")) for item in items for call in _calls(obj(item))} - {""}
    # One exporter writes the name of the tool where the role belongs.
    items = [{**i, "role": "tool", "name": i["role"]} if string(obj(i).get("role")) in called else i for i in items]
    return [message for item in items for message in _item(item, role)]


def numbered(heard: list[Json], said: list[Json]) -> None:
    """Give ids to the calls and results that have none: by their order, which a repeated history keeps."""
    waiting: list[tuple[str, str]] = []
    count = 0
    for part in (part for message in [*heard, *said] for part in map(obj, arr(obj(message).get("content")))):
        kind, name = string(part.get("type")), string(part.get("name"))
        if kind in ("tool_call", "tool_use"):
            count += 1
            part["id"] = identity(part.get("id")) or f"call {count}"
            waiting.append((name, part["id"]))
        elif kind == "tool_result":
            call_id = identity(part.get("id", part.get("tool_use_id")))
            found = next((w for w in waiting if w[1] == call_id or (not call_id and (not name or name == w[0]))), None)
            if found:
                waiting.remove(found)
                part["id"] = found[1]


def _item(value: Json, role: str) -> list[Json]:
    found = obj(value)
    if not found:
        match = _PYTHON.match(value) if isinstance(value, str) else None
        if match:
            return [_message({"role": match[1], "content": _unquoted(match[2]), "tool_call_id": match[3]}, role)]
        return [] if value in (None, "", {}, []) else [{"role": role, "content": text_of(value)}]
    for key in _HOLDERS:
        if key in found and "role" not in found and isinstance(found[key], list | dict | str):
            return _held(found, key, role)
    if string(found.get("object")) == "response":
        return [m for item in arr(found.get("output")) for m in _item(item, "assistant")]
    if isinstance(found.get("content"), dict) and "parts" in found["content"]:  # Gemini's answer
        return _item(found["content"], role)
    if found.keys() & {"role", "content", "parts", "kwargs", "tool_calls"} or "call_id" in found or _is_typed(found):
        return [_message(found, role)]
    texts = [item for item in found.values() if isinstance(item, str)]
    return [{"role": role, "content": texts[0] if len(found) == len(texts) == 1 else json_text(found)}]


def _is_typed(found: dict[str, Json]) -> bool:
    return string(found.get("type")) in ("human", "ai", "system", "tool", "reasoning", "text", "tool_use")


def _unquoted(literal: str) -> str:
    """Return the text of a Python string literal."""
    try:
        return text_of(ast.literal_eval(literal))
    except (ValueError, SyntaxError, MemoryError):
        return literal


def _held(found: dict[str, Json], key: str, role: str) -> list[Json]:
    held = found[key]
    if key == "generations":  # LangChain: candidates per prompt; the first is what the agent went on with
        first = obj((arr(arr(held)[0]) or arr(held))[0]) if arr(held) and (arr(arr(held)[0]) or held) else {}
        return chat(first.get("message", first.get("text")), "assistant")
    if key in ("choices", "candidates"):
        first = obj(arr(held)[0]) if arr(held) else {}
        return chat(first.get("message", first.get("content", first.get("text"))), "assistant")
    config = obj(found.get("config"))
    system = found.get("system", found.get("system_instruction", config.get("system_instruction")))
    before = [{"role": "system", "content": plain(system)}] if key != "message" and system else []
    return before + chat(held, role if key != "message" else "assistant")


def plain(value: Json) -> str:
    """Return a system prompt, be it text, text parts or a Gemini content, as text."""
    found = nested(value)
    parts = obj(found).get("parts", found)
    if isinstance(parts, list):
        return "\n".join(text_of(obj(part).get("text", obj(part).get("content", part))) for part in parts)
    return text_of(value)


def _message(found: dict[str, Json], role: str) -> Json:
    """Return one message as ``{role, content: parts}``; a tool's message as one ``tool_result`` part."""
    data = {**found, **obj(found.get("kwargs")), **obj(found.get("data") if "role" not in found else None)}
    kind = string(data.get("type")) if "role" not in data else ""
    names = [string(found.get("role")), kind, *map(text_of, arr(found.get("id"))[-1:])]
    role = next((_ROLES[name.lower()] for name in names if name.lower() in _ROLES), role)
    call_id = identity(data.get("call_id", data.get("tool_call_id")))
    if kind == "function_call":
        call = {"type": "tool_call", "id": call_id, "name": data.get("name"), "arguments": data.get("arguments")}
        return {"role": "assistant", "content": [call]}
    parts = arr(data.get("content"))
    if role == "tool" and parts and all("function" in obj(part) for part in parts):  # calls under the wrong role
        return {"role": "assistant", "content": [_call(obj(part)) for part in parts]}
    if kind == "function_call_output" or (role == "tool" and not _holds_results(data)):
        content = data.get("output", data.get("content"))
        return {"role": "tool", "content": [_result(call_id, content, data.get("status") == "error", data)]}
    if kind == "reasoning":
        return {"role": "assistant", "content": [{"type": "reasoning", "content": plain(arr(data.get("summary")))}]}
    return {"role": role, "content": _parts(data) if kind not in ("text", "tool_use") else [data]}


def _holds_results(data: dict[str, Json]) -> bool:
    parts = arr(data.get("parts", data.get("content")))
    return any(string(obj(part).get("type")).startswith("tool") or "toolResult" in obj(part) for part in parts)


def _result(call_id: str, content: Json, failed: bool, data: dict[str, Json]) -> Json:
    name = string(data.get("name"))
    return {"type": "tool_result", "id": call_id, "name": name, "content": result_text(content), "is_error": failed}


def _parts(data: dict[str, Json]) -> list[Json]:
    content = data.get("parts", data.get("content"))
    given = content if isinstance(content, list) else [content] if content not in (None, "") else []
    calls = _calls(data)
    ids = {identity(obj(call).get("id")) for call in calls} - {""}
    parts = [part for part in map(_part, given) if part is not None]
    parts = [p for p in parts if not (p.get("type") in ("tool_use", "tool_call") and identity(p.get("id")) in ids)]
    thought = string(data.get("reasoning_content"))
    if thought and not any(part.get("type") in ("thinking", "reasoning") for part in parts):
        parts.insert(0, {"type": "thinking", "thinking": thought})
    return [*parts, *(_call(obj(call)) for call in calls)]


def _calls(data: dict[str, Json]) -> list[Json]:
    calls = arr(data.get("tool_calls")) or arr(obj(data.get("additional_kwargs")).get("tool_calls"))
    legacy = obj(data.get("function_call"))
    return calls or ([legacy] if legacy else [])


def _function(call: Json) -> dict[str, Json]:
    return obj(obj(call).get("function")) or obj(call)


def _call(call: dict[str, Json]) -> dict[str, Json]:
    function = _function(call)
    given = next((function[key] for key in ("arguments", "args", "input") if function.get(key) is not None), None)
    return {"type": "tool_call", "id": identity(call.get("id")), "name": function.get("name"), "arguments": given}


def _part(given: Json) -> dict[str, Json] | None:
    """Return one part with a ``type`` that `genai_messages` knows; None for a part that holds nothing."""
    if not isinstance(given, dict):
        return {"type": "text", "text": text_of(given)}
    part = {key: value for key, value in given.items() if value is not None}
    kind = string(part.get("type"))
    if kind == "function" and "function" in part:
        return _call(part)
    if kind in ("output_text", "input_text", "refusal"):
        return {"type": "text", "text": part.get("text", part.get("refusal"))}
    for key in ("function_call", "functionCall", "toolUse"):
        if key in part:
            call = obj(part[key])
            return _call({"id": call.get("toolUseId"), **call})
    for key in ("function_response", "functionResponse", "toolResult"):
        if key in part:
            answer = obj(part[key])
            content = answer.get("response", answer.get("content"))
            failed = answer.get("status") == "error" or obj(content).get("status") == "error"
            return obj(_result(identity(answer.get("id", answer.get("toolUseId"))), content, failed, answer))
    if "reasoningContent" in part:
        inner = obj(obj(part["reasoningContent"]).get("reasoningText"))
        return {"type": "thinking", "thinking": text_of(inner.get("text"))}
    if kind:
        return {**part, "id": identity(part["id"])} if isinstance(part.get("id"), list) else part
    if "text" in part:
        return {"type": "thinking" if part.get("thought") is True else "text", "text": text_of(part["text"])}
    if "inline_data" in part or "inlineData" in part or "file_data" in part or "fileData" in part or "image" in part:
        return {"type": "file"}
    return part or None


def identity(value: Json) -> str:
    """Return the id of a call; some producers write it as a list whose last entry names the call."""
    return string(arr(value)[-1]) if arr(value) else string(value)
