"""Langfuse exports: traces with their observations, from the page of a trace, the public API or a blob export.

- ``{trace: {...}, observations: [...]}``, the download of one trace;
- ``{..., observations: [...], scores: [...]}``, a trace of the public API, alone or in ``{data: [...]}``;
- one observation per line or element, as blob exports write them, in snake case.

An observation is ``{id, traceId, type, name, parentObservationId, startTime, endTime, level, statusMessage, input,
output, model, usageDetails, metadata}``; input and output are objects, JSON text, or JSON text inside JSON text. One
trace is one episode; the unit is the model call. Before mid-2025 there were only the types SPAN and GENERATION: there a
span with the name of a tool that the model was given is a tool call.

The verdict is the scores, in the trace or in a file beside it, that by their name tell whether the task was done; else
the level ERROR of the root. Of other scores, such as toxicity, nobody knows which end is good, so they are only told.
Corrections of the output become corrections.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_messages import result_text
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.grades import Grade, companions
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode

_ROLES = {"GENERATION": Role.MODEL, "TOOL": Role.TOOL, "AGENT": Role.AGENT}
_TYPES = {"SPAN", "EVENT", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL", *_ROLES}
_SNAKE = {
    "traceId": "trace_id", "parentObservationId": "parent_observation_id", "startTime": "start_time",
    "endTime": "end_time", "statusMessage": "status_message", "usageDetails": "usage_details",
    "observationId": "observation_id", "stringValue": "string_value", "dataType": "data_type",
    "longStringValue": "long_string_value",
}  # fmt: skip


class Langfuse:
    """Reads Langfuse exports."""

    name = "langfuse"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise a trace by its observations, and an observation by its type."""
        return 0.95 if any(map(_is_langfuse, head.objects)) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all observations and scores, then yield one episode per trace."""
        found = Traces(self.unit, trace.log)
        for record in trace.records():
            value = obj(record.value)
            parts = enumerate(map(obj, arr(value.get("data")))) if "data" in value else [(-1, value)]
            for number_, part in parts:
                place = f"{record.place}, trace {number_}" if number_ >= 0 else record.place
                pointer = f"/data/{number_}" if number_ >= 0 else ""
                trace.log.saw("traces" if "observations" in part else "observations one by one")
                try:
                    _add(found, part, record if number_ < 0 else None, pointer)
                except Unreadable as error:
                    trace.log.skip(place, str(error))
        for keys in (("traceId", "dataType", "name"), ("trace_id", "data_type", "name")):
            for record in companions(trace, *keys):
                for score in map(obj, arr(obj(record.value).get("data")) or [record.value]):
                    _score(found, score, record.pointer)
        yield from found.episodes()


def _is_langfuse(value: dict[str, Json]) -> bool:
    if "trace" in value and "observations" in value:
        return True
    traces = [obj(item) for item in arr(value.get("data"))[:3]] or [value]
    if any("observations" in t and ("timestamp" in t or "scores" in t or "sessionId" in t) for t in traces):
        return True
    return (
        string(value.get("type")) in _TYPES
        and bool(_get(value, "traceId"))
        and ("level" in value or "start_time" in value)
    )


def _get(value: dict[str, Json], key: str) -> Json:
    """Return a field, which blob exports write in snake case."""
    return value[key] if key in value else value.get(_SNAKE.get(key, key))


def _add(found: Traces, value: dict[str, Json], record: Record | None, pointer: str) -> None:
    if "observations" not in value and "type" in value and _get(value, "traceId"):
        found.add(_span(value, string(_get(value, "traceId"))))
        return
    about = obj(value.get("trace")) or value
    inside = f"{pointer}/trace" if "trace" in value else pointer
    trace = string(about.get("id"))
    if not trace or not isinstance(value.get("observations"), list):
        raise Unreadable("it is no Langfuse trace: its id or the list of observations is missing")
    for item in map(obj, value["observations"]):
        found.add(_span(item, trace))
    known = found.about(trace)
    known.record = record
    known.title = string(about.get("name"))
    for key in ("scores", "corrections"):
        for position, score in enumerate(map(obj, arr(about.get(key)))):
            _score(found, {"traceId": trace, **score}, f"{inside}/{key}/{position}", correction=key == "corrections")


def _span(item: dict[str, Json], trace: str) -> Span:
    parent, kind = string(_get(item, "parentObservationId")), string(item.get("type"))
    if not string(item.get("id")):
        raise Unreadable("an observation has no id")
    metadata = obj(nested(item.get("metadata")))
    attributes = obj(nested(metadata.get("attributes")))
    role = _ROLES.get(kind, Role.OTHER)
    if role is Role.OTHER and not parent:
        role = Role.AGENT
    usage = obj(nested(_get(item, "usageDetails"))) or obj(nested(item.get("usage")))
    given, output = _twice(item.get("input")), _twice(item.get("output"))
    names = (attributes.get("gen_ai.tool.name"), attributes.get("tool.name"))
    tool = next(filter(None, map(string, names)), "") if role is Role.TOOL else ""
    heard, offered = _heard(given, metadata) if role is Role.MODEL else ([], [])
    result, call_id, failed = _tool_output(output)
    error = item.get("level") == "ERROR"
    return observation(
        trace=trace, id=string(item["id"]), parent=parent, role=role, name=tool or string(item.get("name")),
        agent=string(attributes.get("gen_ai.agent.name")) or string(attributes.get("agent_name")),
        start=instant(_get(item, "startTime")), end=instant(_get(item, "endTime")),
        error=string(_get(item, "statusMessage")) if error or (failed and role is Role.TOOL) else None,
        heard=heard, said=chat(output, "assistant") if role is Role.MODEL and output not in (None, "") else None,
        tools=offered, model=string(item.get("model")), tokens=usage.get("output"),
        stop=_stop(output, metadata) if role is Role.MODEL else "",
        arguments=_tool_input(given), result=None if role is Role.MODEL else result, call_id=call_id,
        grader=kind == "EVALUATOR",
    )  # fmt: skip


def _twice(value: Json) -> Json:
    return nested(nested(value))


def _heard(given: Json, metadata: dict[str, Json]) -> tuple[list[Json], list[Json]]:
    """Return the messages and the tools of a generation; LangChain's handler lists the tools among the messages."""
    asked = obj(given)
    config = obj(asked.get("config"))
    offered = arr(asked.get("tools", config.get("tools", metadata.get("tools"))))
    offered = [d for tool in offered for d in arr(obj(tool).get("function_declarations")) or [tool]]
    kept = []
    for message in arr(given):
        function = obj(obj(message).get("content"))
        if obj(message).get("role") == "tool" and function.get("type") == "function":
            offered.append(function)
        else:
            kept.append(message)
    return chat(kept if isinstance(given, list) else given), offered


def _tool_input(given: Json) -> Json:
    found = obj(given)
    return found["input"] if set(found) == {"input"} and isinstance(found["input"], dict) else given


def _tool_output(output: Json) -> tuple[str | None, str, bool]:
    """Return a tool's result as text, the id of its call, and whether the tool's message says that it failed."""
    if output is None:
        return None, "", False
    found = {**obj(output), **obj(obj(output).get("kwargs"))}
    if "tool_call_id" in found or set(obj(output)) == {"content"}:
        call_id, failed = string(found.get("tool_call_id")), found.get("status") == "error"
        return result_text(found.get("content")), call_id, failed or obj(output).get("is_error") is True
    return text_of(output), "", False


def _stop(output: Json, metadata: dict[str, Json]) -> str:
    answer = obj(output)
    choice = obj(next(iter(arr(answer.get("choices")) or arr(output)), None))
    places = (
        answer.get("stop_reason"),
        choice.get("finish_reason"),
        answer.get("finish_reason"),
        metadata.get("stop_reason"),
    )
    return next(filter(None, map(string, places)), "")


def _score(found: Traces, score: dict[str, Json], pointer: str, *, correction: bool = False) -> None:
    """Add one score. A score of the type CORRECTION is what should have been said."""
    kind = string(_get(score, "dataType"))
    long = string(_get(score, "longStringValue"))
    words = string(_get(score, "stringValue")) or long
    value = score.get("value")
    if correction or kind == "CORRECTION":
        value, fixed = None, long or words or string(value)
    else:
        fixed = ""
        if kind == "BOOLEAN" and number(value) in (0, 1):
            value = value == 1
        elif kind in ("CATEGORICAL", "TEXT"):
            value = words or value
    human = score.get("source") == "ANNOTATION"
    by = string(score.get("authorUserId")) or string(score.get("source"))
    comment, place = string(score.get("comment")), f"{pointer}/value"
    grade = Grade(string(score.get("name")), value, comment, place, by, human=human, correction=fixed)
    if of := string(_get(score, "observationId")) or string(_get(score, "traceId")):
        found.grade(of, grade)


register(Langfuse())
