"""Traces of the OpenAI Agents SDK: what a TracingProcessor writes, and what the backend exporter sends (0.24).

``{object: "trace", id, workflow_name, group_id, metadata}`` and ``{object: "trace.span", id, trace_id, parent_id,
started_at, ended_at, span_data: {type, …}, error: {message, data}}``, one per line, children before parents and the
trace last; or all of them in ``{data: [...]}``. Span types: agent, response or generation (a model call), function,
handoff, guardrail, mcp_tools, custom. One trace is one episode; the unit is the model call.

A response span holds only the id of the response, so what the model was told and answered is missing; the function
spans show which tools it called. A handoff stands as a call of the tool "handoff". A run failed when its agent span or
its last model call has an error; the SDK turns an error inside a tool into an answer, which is no failure by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode

_ROLES = {
    "agent": Role.AGENT, "response": Role.MODEL, "generation": Role.MODEL, "function": Role.TOOL, "handoff": Role.TOOL,
}  # fmt: skip


class OpenAiAgents:
    """Reads traces of the OpenAI Agents SDK."""

    name = "openai-agents"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the object types."""
        return 0.95 if any(_kind(item) for value in head.objects for item in _items(value)) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all spans, then yield one episode per trace."""
        found = Traces(self.unit, trace.log)
        for record in trace.records():
            for item in _items(obj(record.value)):
                try:
                    if not _kind(item):
                        raise Unreadable("it is no trace and no span of the OpenAI Agents SDK")
                    if item["object"] == "trace":
                        _about(found, item)
                    else:
                        found.add(_span(item))
                        _about_agent(found, item)
                        _note_guardrail(item, trace)
                except Unreadable as error:
                    trace.log.skip(record.place, str(error))
        yield from found.episodes()


def _items(value: dict[str, Json]) -> list[dict[str, Json]]:
    return [obj(item) for item in arr(value.get("data"))] if "object" not in value and "data" in value else [value]


def _kind(item: dict[str, Json]) -> bool:
    if not string(item.get("id")):
        return False
    is_span = item.get("object") == "trace.span" and isinstance(item.get("span_data"), dict)
    return is_span or (item.get("object") == "trace" and "workflow_name" in item)


def _about(found: Traces, item: dict[str, Json]) -> None:
    about = found.about(string(item["id"]))
    about.title = " ".join(filter(None, (string(item.get("workflow_name")), string(item.get("group_id")))))


def _about_agent(found: Traces, item: dict[str, Json]) -> None:
    """Keep the names of the tools that the agents of a trace have; nothing else of the tools is recorded."""
    names = arr(obj(item["span_data"]).get("tools")) if obj(item["span_data"]).get("type") == "agent" else []
    about = found.about(string(item.get("trace_id")))
    new = [{"name": name} for name in names if isinstance(name, str) and {"name": name} not in arr(about.tools)]
    about.tools = [*arr(about.tools), *new]


def _span(item: dict[str, Json]) -> Span:
    data, error = obj(item["span_data"]), item.get("error")
    kind = string(data.get("type"))
    role = _ROLES.get(kind, Role.OTHER)
    usage, response = obj(data.get("usage")), obj(data.get("response"))
    said = response or data.get("output")
    model = role is Role.MODEL
    arguments, result, name = data.get("input"), data.get("output"), string(data.get("name"))
    if kind == "handoff":
        name, result = "handoff", data.get("to_agent")
        arguments = {key: data.get(key) for key in ("from_agent", "to_agent")}
    return observation(
        trace=string(item.get("trace_id")), id=string(item["id"]), parent=string(item.get("parent_id")), role=role,
        name=name or kind, start=instant(item.get("started_at")), end=instant(item.get("ended_at")),
        error=_error(error) if error else None, heard=chat(data.get("input")) if model else None,
        said=chat(said, "assistant") if model and said else None,
        tools=response.get("tools"), model=string(data.get("model")) or string(response.get("model")),
        tokens=usage.get("output_tokens", usage.get("completion_tokens")),
        arguments=arguments if role is Role.TOOL else None, result=result if role is Role.TOOL else None,
    )  # fmt: skip


def _error(error: Json) -> str:
    found = obj(error)
    data = obj(found.get("data"))
    inner = data.get("error", data or None)
    return ": ".join(filter(None, (string(found.get("message")) or text_of(error)[:500], text_of(inner)[:1000])))


def _note_guardrail(item: dict[str, Json], trace: Trace) -> None:
    data = obj(item["span_data"])
    if data.get("type") == "guardrail" and data.get("triggered") is True:
        trace.log.note(f"a guardrail of the agent was triggered: {text_of(data.get('name'))[:80]}")


register(OpenAiAgents())
