"""Gemini supervised tuning on Vertex AI.

Source: cloud.google.com/vertex-ai, "Prepare supervised fine-tuning data" (gemini-supervised-tuning-prepare), and the
reference of Content, FunctionCall, FunctionResponse and FunctionDeclaration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.formats.bedrock_claude import in_turn
from dreamdesk.release.messages import Message

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""Names that a function may have (FunctionDeclaration.name)."""


def row(example: Example) -> dict[str, Json]:
    """Return systemInstruction, where there is one, contents and, where known, tools."""
    opening = next((n for n, message in enumerate(example.said) if message.role != "system"), len(example.said))
    made: dict[str, Json] = {}
    if opening:
        made["systemInstruction"] = {"parts": [{"text": message.content} for message in example.said[:opening]]}
    made["contents"] = contents([*example.said[opening:], example.answer])
    return {**made, "tools": [{"functionDeclarations": _declared(example)}]} if example.tools else made


def contents(said: Sequence[Message]) -> list[dict[str, Json]]:
    """Return *said* as contents of user and model in turn; results are parts of the user's.

    Raises:
        Unfit: a system message stands in the middle, or the agent speaks twice in a row.
    """
    made: list[dict[str, Json]] = []
    for message in said:
        if message.role == "system":
            raise Unfit("a system message stands in the middle of the conversation")
        role = "model" if message.role == "assistant" else "user"
        if made and made[-1]["role"] == role:
            if role == "model":
                raise Unfit("the agent speaks twice in a row")
            made[-1]["parts"] += _parts(message)
        else:
            made.append({"role": role, "parts": _parts(message)})
    if made[0]["role"] != "user":
        raise Unfit("the conversation does not begin with the user")
    return made


def _parts(message: Message) -> list[dict[str, Json]]:
    if message.role == "tool":
        _check_name(message.tool)
        return [{"functionResponse": {"name": message.tool, "response": {"output": message.content}}}]
    for call in message.calls:
        _check_name(call.tool)
    calls = [{"functionCall": {"name": call.tool, "args": call.arguments}} for call in message.calls]
    return [*([{"text": message.content}] if message.content else []), *calls]


def _declared(example: Example) -> list[dict[str, Json]]:
    for tool in example.tools:
        _check_name(tool["function"]["name"])
    return [tool["function"] for tool in example.tools]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Unfit("a tool has a name that Gemini does not take")


FORMAT = Format(
    path="sft/gemini.jsonl",
    config="gemini",
    title="Supervised tuning of Gemini on Vertex AI",
    columns={"systemInstruction": "object", "contents": "json", "tools": "json"},
    row=row,
    rule=lambda made: in_turn([part["role"] for part in made["contents"]], "user", "model", answered=True),
)
