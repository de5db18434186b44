"""Observations: the records of observability platforms as spans with GenAI attributes.

LangSmith runs, MLflow spans, Weave calls, Braintrust rows, Langfuse observations and the spans of the OpenAI Agents SDK
are trees of the same kind. Each becomes a span, so that one assembly puts all of them together.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dreamdesk.intake.chat_shapes import numbered
from dreamdesk.intake.genai_messages import PartKind
from dreamdesk.intake.genai_spans import Role, model_call, role_of
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import json_text, nested
from dreamdesk.intake.shape import integer, obj, text_of
from dreamdesk.model.canonical import Json

_OPERATIONS = {Role.MODEL: "chat", Role.TOOL: "execute_tool", Role.AGENT: "invoke_agent"}
_GRADER = "dreamdesk.grader"
_PREFIX = re.compile(r"^(tool\.|execute_tool |running tool: )")


def observation(
    *,
    trace: str,
    id: str,
    role: Role,
    name: str,
    parent: str = "",
    start: int | None = None,
    end: int | None = None,
    error: str | None = None,
    agent: str = "",
    heard: list[Json] | None = None,
    said: list[Json] | None = None,
    tools: Json = None,
    model: str = "",
    tokens: Json = None,
    stop: str = "",
    arguments: Json = None,
    result: Json = None,
    call_id: str = "",
    grader: bool = False,
) -> Span:
    """Return a span that says what a platform's record says.

    *error* is why it failed, "" for a failure without words, None when it did not fail. *heard* and *said* are messages
    as `chat_shapes.chat` gives them; *said* is None when the answer was not captured. *stop* is why the model stopped.
    *arguments* and *result* are those of a tool call, or of a span that may turn out to be one. A *grader* and all
    below it judged the run and are no part of it. Times are nanoseconds since 1970 UTC.

    Raises:
        Unreadable: A value cannot be written as JSON.
    """
    numbered(heard or [], said or [])
    found: dict[str, Json] = {
        "gen_ai.operation.name": _OPERATIONS.get(role),
        "gen_ai.agent.name": agent or (name if role is Role.AGENT else None),
        "gen_ai.tool.name": _PREFIX.sub("", name) if role is not Role.MODEL and role is not Role.AGENT else None,
        "gen_ai.tool.call.id": call_id or None,
        "gen_ai.tool.call.arguments": None if arguments is None else text_of(arguments),
        "gen_ai.tool.call.result": None if result is None else text_of(result),
        # Messages travel as JSON text: the store need not walk them, however deep they are.
        "gen_ai.input.messages": json_text(heard) if heard else None,
        "gen_ai.output.messages": json_text(said) if said is not None else None,
        "gen_ai.tool.definitions": json_text(tools) if tools else None,
        "gen_ai.response.model": model or None,
        "gen_ai.usage.output_tokens": int(tokens)
        if isinstance(tokens, float) and 0 <= tokens < 1e9
        else integer(tokens),
        "gen_ai.response.finish_reasons": [stop] if stop else None,
        _GRADER: grader or None,
    }
    if role is Role.OTHER:
        del found["gen_ai.operation.name"]
    attributes = {key: value for key, value in found.items() if value is not None}
    return Span(trace, id, parent, name, "", start or 0, end or 0, error is not None, error or "", attributes)


def without_graders(spans: list[Span]) -> list[Span]:
    """Leave out what graded the run: such spans and all below them."""
    graders = {span.id for span in spans if _GRADER in span.attributes}
    for _ in range(len(spans) if graders else 0):
        below = {span.id for span in spans if span.parent in graders} - graders
        if not below:
            break
        graders |= below
    return [span for span in spans if span.id not in graders]


def with_tools(spans: list[Span]) -> list[Span]:
    """Recognise tool spans, and join each to the call of a model that asked for just this.

    A platform may store a tool call as a plain span: then its name is that of a tool the model was given. Times alone
    cannot tell whose call it is, since some platforms keep milliseconds.
    """
    models = [(span.start, model_call(span)) for span in spans if role_of(span) is Role.MODEL]
    asked = [
        (at, part) for at, call in models for m in call.said or [] for part in m.parts if part.kind is PartKind.CALL
    ]
    names = {tool.name for _, call in models for tool in call.tools} | {part.name for _, part in asked}
    found = []
    for span in spans:
        name = span.text("gen_ai.tool.name")
        role = role_of(span)
        if role is Role.TOOL or (role is Role.OTHER and span.parent and name in names):
            more: dict[str, Json] = {"gen_ai.operation.name": "execute_tool"}
            given = nested(span.text("gen_ai.tool.call.arguments"))
            wrapped = obj(given).get("kwargs") if set(obj(given)) == {"args", "kwargs"} else None
            for at, part in asked if not span.text("gen_ai.tool.call.id") else []:
                if part.name == name and at <= span.start and nested(part.text) in (given, wrapped):
                    more["gen_ai.tool.call.id"] = part.id
                    asked.remove((at, part))
                    break
            span = replace(span, attributes={**span.attributes, **more})
        found.append(span)
    return found
