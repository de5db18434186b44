"""MLflow traces: `Trace.to_json` (one per line or alone) and the JSON of the frame that `search_traces` gives.

- MLflow 3: ``{info: {trace_id, state, request_time, assessments, tags}, data: {spans}}``; a span has ids in base64,
  ``start_time_unix_nano``, ``status: {code, message}`` and *attributes* whose values are each JSON text.
- MLflow 2: ``info: {request_id, status, timestamp_ms}``; a span has ``context: {trace_id, span_id}``, ``parent_id``,
  ``start_time`` in nanoseconds and ``status_code``.
- A row of the frame has the whole trace as JSON text in the column *trace*, or its parts in columns.

One trace is one episode; the unit is the model call. The verdict is the assessments: what a person, a judge or code
said of the trace (feedback), with what was expected (expectation); else the state of the trace.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.grades import Grade
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, GapKind

_ROLES = {"CHAT_MODEL": Role.MODEL, "LLM": Role.MODEL, "TOOL": Role.TOOL, "AGENT": Role.AGENT}


class MlflowTraces:
    """Reads MLflow traces."""

    name = "mlflow"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise a trace by its info and spans, a row of the frame by its columns."""
        for value in head.objects:
            info, data = obj(value.get("info")), value.get("data")
            if ("trace_id" in info or "request_id" in info) and (isinstance(data, dict) or data is None):
                return 0.95
            if "trace_id" in value and "trace_metadata" in value and ("trace" in value or "spans" in value):
                return 0.95
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per trace."""
        found = Traces(self.unit, trace.log)
        for record in trace.records():
            trace.log.saw("a column of a data frame" if "trace" in obj(record.value) else "traces")
            try:
                _add(found, record)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        yield from found.episodes()


def _add(found: Traces, record: Record) -> None:
    row = obj(record.value)
    whole = obj(nested(row["trace"])) if "trace" in row else row
    inside = "" if whole is row else "/trace"
    if "info" not in whole:  # a frame with the parts of the trace in columns
        whole, inside = {"info": row, "data": {"spans": row.get("spans")}}, ""
    info, data = obj(whole["info"]), obj(nested(whole.get("data")))
    trace = string(info.get("trace_id")) or string(info.get("request_id"))
    if not trace:
        raise Unreadable("it is no MLflow trace: info has no trace_id")
    spans = [obj(nested(span)) for span in arr(data.get("spans"))]
    for span in spans:
        found.add(_span(trace, span))
    about = found.about(trace)
    about.record = record
    about.title = string(info.get("request_preview")) or text_of(data.get("request"))[:500]
    if not spans:
        about.gaps.append((GapKind.MISSING, "The trace was exported without its spans."))
        found.add(observation(trace=trace, id="", role=Role.OTHER, name=about.title))
    state = string(info.get("state")) or string(info.get("status"))
    if state.removeprefix("TraceStatus.") == "ERROR":
        about.failed, about.failed_at = _why(spans) or "the trace has the state ERROR", f"{inside}/info/state"
    for number, item in enumerate(map(obj, arr(nested(info.get("assessments"))))):
        _assess(found, trace, item, f"{inside}/info/assessments/{number}")


def _span(trace: str, span: dict[str, Json]) -> Span:
    context, status = obj(span.get("context")), obj(span.get("status"))
    given = {key: nested(value) for key, value in obj(span.get("attributes")).items() if key.startswith("mlflow.")}
    inputs, outputs = given.get("mlflow.spanInputs"), given.get("mlflow.spanOutputs")
    parent = _id(span.get("parent_span_id", span.get("parent_id")))
    kind = string(given.get("mlflow.spanType")) or string(span.get("span_type"))
    role = _ROLES.get(kind, Role.OTHER)
    if role is Role.OTHER and not parent:
        role = Role.AGENT
    asked, answer = obj(inputs), obj(outputs)
    usage = obj(given.get("mlflow.chat.tokenUsage")) or obj(answer.get("usage"))
    choice = obj(next(iter(arr(answer.get("choices"))), None))
    code = string(status.get("code")) or string(status.get("status_code")) or string(span.get("status_code"))
    words = string(status.get("message")) or string(status.get("description")) or string(span.get("status_message"))
    model = role is Role.MODEL
    return observation(
        trace=trace, id=_id(span.get("span_id", context.get("span_id"))), parent=parent, role=role,
        name=string(span.get("name")), start=_time(span, "start_time"), end=_time(span, "end_time"),
        error=words if code.endswith("ERROR") else None,
        heard=chat(given.get("mlflow.chat.messages", inputs)) if model else None,
        said=chat(outputs, "assistant") if model and outputs is not None else None,
        tools=(given.get("mlflow.chat.tools") or asked.get("tools")) if model else None,
        model=string(given.get("mlflow.llm.model")) or string(asked.get("model")) or string(answer.get("model")),
        tokens=usage.get("output_tokens", usage.get("completion_tokens")),
        stop=string(answer.get("stop_reason")) or string(choice.get("finish_reason")),
        arguments=inputs, result=outputs, grader=kind == "EVALUATOR",
    )  # fmt: skip


def _time(span: dict[str, Json], name: str) -> int | None:
    """Return a time in nanoseconds; version 2 named it without the unit."""
    given = span.get(f"{name}_unix_nano", span.get(f"{name}_ns", span.get(name)))
    nanoseconds = integer(given)
    if nanoseconds is not None:
        return nanoseconds if 0 < nanoseconds < 2**63 else None
    return instant(given)


def _id(value: Json) -> str:
    """Return an id as hex: version 3 writes base64, version 2 hex with or without 0x."""
    text = string(value).removeprefix("0x")
    if len(text) == 12 and text.endswith("="):
        try:
            return base64.b64decode(text, validate=True).hex()
        except (binascii.Error, ValueError):
            return text
    return text


def _why(spans: list[dict[str, Json]]) -> str:
    """Return the error of the root span."""
    for span in spans:
        if not span.get("parent_span_id") and not span.get("parent_id"):
            status = obj(span.get("status"))
            return string(status.get("message")) or string(span.get("status_message"))
    return ""


def _assess(found: Traces, trace: str, item: dict[str, Json], place: str) -> None:
    """Add one assessment; one that a later one replaced is marked as no longer valid."""
    if item.get("valid") is False:
        return
    name = string(item.get("assessment_name")) or string(item.get("name"))
    if "expectation" in item:
        about = found.about(trace)
        value = obj(item["expectation"]).get("value", item["expectation"])
        about.expected = "; ".join(filter(None, (about.expected, f"{name} {text_of(value)}")))
        return
    source, feedback = obj(item.get("source")), obj(item.get("feedback"))
    by = string(source.get("source_id")) or string(source.get("source_type"))
    found.grade(
        _id(item.get("span_id")) or trace,
        Grade(name, feedback.get("value"), string(item.get("rationale")), f"{place}/feedback/value", by,
              human=source.get("source_type") == "HUMAN"),
    )  # fmt: skip


register(MlflowTraces())
