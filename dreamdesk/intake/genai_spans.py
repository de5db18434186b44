"""What a span means in an agent's run: a model call, a tool call, an agent, or plumbing; and what it says.

Attribute names: OpenTelemetry GenAI semantic conventions
(https://github.com/open-telemetry/semantic-conventions-genai) and the names that OpenLLMetry, the Anthropic SDK, the
Vercel AI SDK, OpenInference, Laminar and Langfuse use beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dreamdesk.intake.chat_shapes import chat, numbered
from dreamdesk.intake.genai_flattened import flattened_messages, flattened_tools
from dreamdesk.intake.genai_messages import Message, Part, PartKind, message, messages, result_text, tool_definitions
from dreamdesk.intake.otlp_spans import Event, Span
from dreamdesk.intake.parsing import json_text, nested
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import ToolSchema


class Role(StrEnum):
    """What a span is in an agent's run."""

    MODEL = "model"
    TOOL = "tool"
    AGENT = "agent"
    OTHER = "other"


# Attribute, then its values for each role; the first attribute that a span has decides.
_ROLES: tuple[tuple[str, dict[str, Role]], ...] = (
    ("gen_ai.operation.name", {
        "chat": Role.MODEL, "generate_content": Role.MODEL, "text_completion": Role.MODEL, "execute_tool": Role.TOOL,
        "invoke_agent": Role.AGENT, "invoke_workflow": Role.AGENT, "create_agent": Role.OTHER,
    }),
    ("traceloop.span.kind", {"tool": Role.TOOL, "workflow": Role.AGENT, "agent": Role.AGENT}),
    ("openinference.span.kind", {"LLM": Role.MODEL, "TOOL": Role.TOOL, "AGENT": Role.AGENT}),
    ("langfuse.observation.type", {"generation": Role.MODEL, "tool": Role.TOOL, "agent": Role.AGENT}),
    ("lmnr.span.type", {"LLM": Role.MODEL, "TOOL": Role.TOOL}),
    ("ai.operationId", {
        "ai.generateText.doGenerate": Role.MODEL, "ai.streamText.doStream": Role.MODEL, "ai.toolCall": Role.TOOL,
        "ai.generateObject.doGenerate": Role.MODEL, "ai.streamObject.doStream": Role.MODEL,
        "ai.generateText": Role.AGENT, "ai.streamText": Role.AGENT,
    }),
)  # fmt: skip
_EVENT_ROLES = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_TOKENS = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion")
_STOPS = ("anthropic.message.stop_reason", "llm.finish_reason", "gen_ai.completion.0.finish_reason",
          "langfuse.observation.metadata.stop_reason")  # fmt: skip
# What was sent to the provider and came back, as it was.
_SENT = ("langfuse.observation.input", "gcp.vertex.agent.llm_request", "lmnr.span.input", "input.value")
_RECEIVED = ("langfuse.observation.output", "gcp.vertex.agent.llm_response", "lmnr.span.output", "output.value")
CUT = {"max_tokens", "length", "model_context_window_exceeded"}


_DIALECTS = (
    ("langfuse.observation.type", "Langfuse"), ("lmnr.span.type", "Laminar"),
    ("openinference.span.kind", "OpenInference"), ("ai.operationId", "AI SDK before 7"),
    ("gcp.vertex.agent.event_id", "Google ADK"), ("gcp.vertex.agent.llm_request", "Google ADK"),
    ("gen_ai.prompt.0.role", "OpenLLMetry, flattened"), ("traceloop.span.kind", "OpenLLMetry"),
    ("gen_ai.input.messages", "GenAI conventions"), ("gen_ai.provider.name", "GenAI conventions"),
    ("gen_ai.operation.name", "GenAI conventions"), ("gen_ai.system", "GenAI conventions before 1.37"),
)  # fmt: skip


def dialect_of(span: Span) -> str:
    """Return by whose names *span* says what it says; "" for a span that says nothing of an agent."""
    return next((name for key, name in _DIALECTS if key in span.attributes), "")


def role_of(span: Span) -> Role:
    """Return what *span* is."""
    for key, roles in _ROLES:
        if key in span.attributes:
            return roles.get(text_of(span.attributes[key]), Role.OTHER)
    asks = "llm.request.type" in span.attributes or "gen_ai.system" in span.attributes
    return Role.MODEL if asks and "gen_ai.request.model" in span.attributes else Role.OTHER


@dataclass(slots=True)
class ModelCall:
    """What a model span says. *said* is None when the span does not record what the model answered."""

    heard: list[Message]
    said: list[Message] | None
    policy: str
    tools: tuple[ToolSchema, ...]
    model: str
    tokens: int | None
    cut: str
    error: str

    @property
    def told(self) -> tuple[bool, bool, int]:
        """How much it says, to be compared: an answer first, then a question, then tools."""
        return self.said is not None, bool(self.heard), len(self.tools)


def model_call(span: Span) -> ModelCall:
    """Read a model span: its attributes first, else its events or the log records that belong to it."""
    found = dict(span.attributes)
    for event in span.events:
        if event.name == "gen_ai.client.inference.operation.details":
            found = {**event.attributes, **obj(event.body), **found}
    heard = messages(found.get("gen_ai.input.messages", found.get("ai.prompt.messages")))
    heard = heard or flattened_messages(found, "llm.input_messages", "gen_ai.prompt")
    said = messages(found["gen_ai.output.messages"]) if "gen_ai.output.messages" in found else _vercel_answer(found)
    said = said or flattened_messages(found, "llm.output_messages", "gen_ai.completion") or None
    policy = "\n".join(item.text for item in heard if item.role in ("system", "developer"))
    if "gen_ai.system_instructions" in found:
        policy = message({"role": "system", "parts": nested(found["gen_ai.system_instructions"])}).text
    if not heard and said is None:
        heard, said = _from_events(span.events)
        policy = "\n".join(item.text for item in heard if item.role == "system")
    if not heard and said is None:
        heard, said = _as_sent(found)
        policy = "\n".join(item.text for item in heard if item.role == "system")
    stops = [text_of(stop) for stop in arr(nested(found.get("gen_ai.response.finish_reasons")))]
    stops += [text_of(nested(found.get(key))) for key in _STOPS]
    tools = _either(found, "gen_ai.tool.definitions", "ai.prompt.tools")
    return ModelCall(
        heard=[item for item in heard if item.role not in ("system", "developer")],
        said=said,
        policy=policy,
        tools=tool_definitions(tools) or tool_definitions(flattened_tools(found)),
        model=span.text(
            "gen_ai.response.model",
            "gen_ai.request.model",
            "ai.model.id",
            "llm.model_name",
            "langfuse.observation.model.name",
        ),
        tokens=integer(_either({**found, **_usage(found)}, *_TOKENS)),
        cut=next((stop for stop in stops if stop in CUT), ""),
        error=error_of(span),
    )


def _usage(found: dict[str, Json]) -> dict[str, Json]:
    usage = obj(nested(found.get("langfuse.observation.usage_details")))
    return {_TOKENS[0]: usage["output"]} if "output" in usage else {}


def _as_sent(found: dict[str, Json]) -> tuple[list[Message], list[Message] | None]:
    """Read the request and the answer as they went over the wire, for producers that keep nothing else."""
    heard, said = chat(_either(found, *_SENT)), chat(_either(found, *_RECEIVED), "assistant")
    numbered(heard, said)
    return [message(obj(item)) for item in heard], [message(obj(item)) for item in said] or None


def error_of(span: Span) -> str:
    """Return why *span* failed, or ""."""
    if not span.failed:
        return ""
    return (
        ": ".join(dict.fromkeys(filter(None, (span.text("error.type"), span.message))))
        or "the span has the status ERROR"
    )


def _vercel_answer(found: dict[str, Json]) -> list[Message] | None:
    if "ai.response.text" not in found and "ai.response.toolCalls" not in found:
        return None
    calls = []
    for call in map(obj, arr(nested(found.get("ai.response.toolCalls")))):
        given = _either(call, "input", "args")
        arguments = given if isinstance(given, str) else json_text(given)
        calls.append(Part(PartKind.CALL, arguments, string(call.get("toolCallId")), string(call.get("toolName"))))
    text = text_of(found.get("ai.response.text"))
    return [Message("assistant", (*((Part(PartKind.TEXT, text),) if text else ()), *calls))]


def _either(value: dict[str, Json], *keys: str) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _from_events(events: list[Event]) -> tuple[list[Message], list[Message] | None]:
    """Read the message events of conventions 1.36 and older; content may stand in the body or in the attributes."""
    heard: list[Message] = []
    said: list[Message] | None = None
    for event in events:
        body = {**event.attributes, **obj(nested(event.body))}
        if event.name == "gen_ai.content.prompt":
            heard += messages(body.get("gen_ai.prompt"))
        elif event.name == "gen_ai.content.completion":
            said = [*(said or []), *messages(body.get("gen_ai.completion"))]
        elif event.name == "gen_ai.choice":
            answer = obj(nested(body.get("message"))) or body
            said = [*(said or []), message({**answer, "role": "assistant"})]
        elif role := _EVENT_ROLES.get(event.name):
            heard.append(message({**body, "role": role}))
    return heard, said


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a tool span says. *result* is None when the span does not record it."""

    span: str
    id: str
    name: str
    arguments: str
    result: str | None
    is_error: bool
    start: int
    end: int


def tool_call(span: Span) -> ToolCall:
    """Read a tool span."""
    arguments = span.text(
        "gen_ai.tool.call.arguments", "traceloop.entity.input", "ai.toolCall.args", "lmnr.span.input",
        "langfuse.observation.input", "gcp.vertex.agent.tool_call_args", "input.value",
    )  # fmt: skip
    given = obj(nested(arguments))
    if set(given) == {"args", "kwargs"} and not given["args"]:  # how OpenLLMetry and Langfuse record a Python call
        arguments = json_text(given["kwargs"])
    output = span.text(
        "gen_ai.tool.call.result", "anthropic.tool_result.content", "traceloop.entity.output", "ai.toolCall.result",
        "lmnr.span.output", "langfuse.observation.output", "gcp.vertex.agent.tool_response", "output.value",
    )  # fmt: skip
    call_id = span.text("gen_ai.tool.call.id", "ai.toolCall.id")
    answer = obj(nested(output))
    wrapped = obj(answer.get("data")) or obj(answer.get("kwargs"))
    if "tool_call_id" in wrapped:  # a tool message of LangChain
        output, call_id = text_of(wrapped.get("content")), call_id or string(wrapped["tool_call_id"])
    failed = span.failed or bool(span.text("error.type"))
    return ToolCall(
        span=span.id,
        id="" if call_id.startswith("<") else call_id,  # the Google ADK writes "<not specified>"
        name=span.text("gen_ai.tool.name", "traceloop.entity.name", "ai.toolCall.name", "tool.name") or span.name,
        arguments=arguments,
        result=result_text(output) if output else span.message if failed and span.message else None,
        is_error=failed,
        start=span.start,
        end=span.end,
    )


def agent_name(span: Span) -> str:
    """Return the name of the agent that *span* runs, or ""."""
    name = span.text(
        "gen_ai.agent.name", "gen_ai.workflow.name", "traceloop.entity.name", "ai.telemetry.functionId", "agent.name"
    )
    kinds = (span.text("openinference.span.kind"), span.text("langfuse.observation.type"))
    return name or (span.name if "AGENT" in kinds or "agent" in kinds else "")
