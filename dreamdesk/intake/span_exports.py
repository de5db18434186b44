"""Spans as trace stores give them out again: Jaeger's UI and Arize Phoenix. Each is brought into one flat form.

- Jaeger UI JSON (https://www.jaegertracing.io/docs/latest/architecture/apis/): ``{data: [{traceID, spans,
  processes}]}``, times in microseconds, attributes as ``tags``, events as ``logs``, the status among the tags;
- Phoenix REST (https://arize.com/docs/phoenix): ``{data: [span]}`` of ``/spans`` and of ``/spans/otlpv1``, which writes
  OTLP without its wrapping, and ``{data: [{trace_id, spans}]}`` of ``/traces``, which leaves all attributes out;
- the Phoenix command line: ``{traceId, spans, rootSpan}``;
- rows of the Phoenix data frame of spans: the columns ``context.span_id`` and ``attributes.*``, lists nested again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dreamdesk.intake.otlp_spans import Span, span_of
from dreamdesk.intake.parsing import nested
from dreamdesk.intake.shape import arr, integer, obj, string
from dreamdesk.model.canonical import Json

_COLUMN = "attributes."


def is_export(value: Json) -> bool:
    """Tell whether *value* is an export of a trace store."""
    return any(_form(item) for item in _items(obj(value))[:3])


def exported(value: Json, pointer: str, skip: Callable[[int], None]) -> Iterator[Span]:
    """Yield the spans of the export at *pointer*; *skip* is told the position of every item that is no span."""
    for position, item in enumerate(_items(obj(value))):
        at = f"{pointer}/data/{position}" if "data" in obj(value) else pointer
        spans = [(f"{at}/spans/{n}", obj(span)) for n, span in enumerate(arr(item.get("spans")))]
        form = _form(item)
        if form == "jaeger":
            services = {key: string(obj(it).get("serviceName")) for key, it in obj(item.get("processes")).items()}
            yield from (_jaeger(span, services, place) for place, span in spans)
        elif form == "trace":
            trace = item.get("traceId") or item.get("trace_id")
            yield from (span_of({"trace_id": trace, **span}, "", place) for place, span in spans)
        elif form == "row":
            yield span_of(_unrowed(item), "", at)
        elif form == "span":
            yield span_of(item, "", at)
        else:
            skip(position)


def _items(value: dict[str, Json]) -> list[dict[str, Json]]:
    return list(map(obj, arr(value["data"]))) if "data" in value else [value]


def _form(item: dict[str, Json]) -> str:
    """Return which form *item* has, or ""."""
    spans = [obj(span) for span in arr(item.get("spans"))]
    if "traceID" in item and any("spanID" in span for span in spans):
        return "jaeger"
    if ("trace_id" in item or "traceId" in item) and any(
        "span_id" in {**span, **obj(span.get("context"))} for span in spans
    ):
        return "trace"
    if "context.span_id" in item and "context.trace_id" in item:
        return "row"
    named = "name" in item and ("start_time" in item or "start_time_unix_nano" in item)
    ids = {**item, **obj(item.get("context"))}
    return "span" if named and "attributes" in item and "trace_id" in ids and "span_id" in ids else ""


def _jaeger(span: dict[str, Json], services: dict[str, str], pointer: str) -> Span:
    tags = _fields(span.get("tags"))
    above = [obj(item) for item in arr(span.get("references"))]
    above = [item for item in above if item.get("traceID", span.get("traceID")) == span.get("traceID")] or [{}]
    child_of = next((item for item in above if item.get("refType") == "CHILD_OF"), above[0])
    start, lasting = integer(span.get("startTime")) or 0, integer(span.get("duration")) or 0
    failed = tags.get("otel.status_code") == "ERROR" or tags.get("error") in (True, "true")
    logs = [_fields(obj(log).get("fields")) for log in arr(span.get("logs"))]
    flat: dict[str, Json] = {
        "trace_id": span.get("traceID"),
        "span_id": span.get("spanID"),
        "parent_id": child_of.get("spanID"),
        "name": span.get("operationName"),
        "start_time": start * 1000,
        "end_time": (start + lasting) * 1000,
        "status_code": "ERROR" if failed else "OK",
        "status_message": tags.get("otel.status_description"),
        "attributes": tags,
        "events": [{"name": log.get("event", ""), "attributes": log} for log in logs],
    }
    return span_of(flat, services.get(string(span.get("processID")), ""), pointer)


def _fields(value: Json) -> dict[str, Json]:
    return {string(field.get("key")): field.get("value") for field in map(obj, arr(value))}


def _unrowed(row: dict[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in row.items():
        if key.startswith(_COLUMN) and value is not None:
            _flatten(found, key.removeprefix(_COLUMN), value)
    events = nested(row.get("events"))
    return {
        **row,
        "trace_id": row["context.trace_id"],
        "span_id": row["context.span_id"],
        "attributes": found,
        "events": events if isinstance(events, list) else [],
    }


def _flatten(found: dict[str, Json], name: str, value: Json) -> None:
    """Write a list of objects as one attribute per field again; a data frame makes whole numbers to fractions."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for position, item in enumerate(value):
            for key, inner in obj(item).items():
                _flatten(found, f"{name}.{position}.{key}", inner)
    elif value is not None:
        found[name] = int(value) if isinstance(value, float) and value.is_integer() else value
