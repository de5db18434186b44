"""Messages that were flattened into one attribute per field, put together again.

Three producers do so: OpenInference (``llm.input_messages.0.message.content``), older OpenLLMetry
(``gen_ai.prompt.0.content``) and the tools of both (``llm.tools.0.tool.json_schema``,
``llm.request.functions.0.name``).
"""

from __future__ import annotations

from dreamdesk.intake.genai_messages import Message, Part, PartKind, message
from dreamdesk.intake.parsing import nested
from dreamdesk.intake.shape import obj, string
from dreamdesk.model.canonical import Json

_WRAPPERS = ("message", "message_content", "tool_call", "tool")


def flattened_messages(found: dict[str, Json], *prefixes: str) -> list[Message]:
    """Return the messages under the first of *prefixes* that has any."""
    for prefix in prefixes:
        if items := unflatten(found, prefix):
            return [_message(obj(item)) for item in items]
    return []


def flattened_tools(found: dict[str, Json]) -> list[Json]:
    """Return the definitions of the tools that a model call was offered."""
    functions = unflatten(found, "llm.request.functions")
    tools = [obj(tool).get("json_schema", tool) for tool in unflatten(found, "llm.tools")]
    return [{**obj(item), "parameters": nested(obj(item).get("parameters"))} for item in functions] or tools


def unflatten(found: dict[str, Json], prefix: str) -> list[Json]:
    """Return the list whose parts stand under ``prefix.<i>.…``, in the order of their numbers, wrappers taken off."""
    tree: dict[str, Json] = {}
    for key, value in found.items():
        if not key.startswith(prefix + "."):
            continue
        *path, last = key[len(prefix) + 1 :].split(".")[:32]
        branch = tree
        for name in path:
            child = branch.setdefault(name, {})
            if not isinstance(child, dict):  # a field that is also a branch: the branch counts
                child = branch[name] = {}
            branch = child
        branch.setdefault(last, value)
    items = _lists(tree)
    return items if isinstance(items, list) else []


def _lists(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    if value and all(key.isascii() and key.isdigit() and len(key) < 9 for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    plain: dict[str, Json] = {}
    for key, item in value.items():
        inner = _lists(item)
        plain.update(inner if key in _WRAPPERS and isinstance(inner, dict) else {key: inner})
    return plain


def _message(item: dict[str, Json]) -> Message:
    role = string(item.get("role")) or "assistant"
    content = item.get("contents", item.get("content"))
    if role == "thinking":
        return Message("assistant", (Part(PartKind.THINKING, string(content)),))
    blocks = nested(content)
    if role != "tool" and isinstance(blocks, list) and blocks and all("type" in obj(block) for block in blocks):
        content = [{**obj(block), **obj(obj(block).get("function"))} for block in blocks]
        if item.get("tool_calls"):  # OpenInference repeats each call among the contents
            content = [block for block in content if block["type"] != "tool_use"]
    return message({**item, "role": role, "content": content})
