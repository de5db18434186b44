"""OpenTelemetry spans out of OTLP/JSON in all the forms that exporters write, and a store that holds them off the heap.

Forms (https://opentelemetry.io/docs/specs/otlp/): ``resourceSpans`` with ``scopeSpans`` (formerly
``instrumentationLibrarySpans``), Tempo's ``batches`` and ``trace``, ``resourceLogs``, camel and snake case, ids in hex
or base64, enums as numbers or names, 64-bit integers as text; and the flat objects of the Python SDK's
ConsoleSpanExporter.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from tempfile import SpooledTemporaryFile

from dreamdesk.intake.parsing import parse
from dreamdesk.intake.shape import arr, instant, integer, number, obj, string, text_of
from dreamdesk.model.canonical import Json

_IN_MEMORY = 32 << 20
_VALUES = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "string_value", "int_value",
           "double_value", "bool_value", "bytes_value")  # fmt: skip


@dataclass(slots=True)
class Event:
    """An event of a span, or a log record that names the span. *body* is null for a span event."""

    name: str
    attributes: dict[str, Json]
    body: Json = None


@dataclass(slots=True)
class Span:
    """One span. Times are nanoseconds since 1970 UTC; *parent* is "" for a root; *message* tells of the error.

    *pointer* says where in the file it stands, as a JSON Pointer behind that of its record.
    """

    trace: str
    id: str
    parent: str
    name: str
    service: str
    start: int
    end: int
    failed: bool
    message: str
    attributes: dict[str, Json]
    events: list[Event] = field(default_factory=list)
    pointer: str = ""

    @property
    def is_root(self) -> bool:
        """Tell whether it stands for the whole run: it has no parent, or Langfuse calls it the root all the same."""
        return not self.parent or self.attributes.get("langfuse.internal.is_app_root") is True

    def text(self, *keys: str) -> str:
        """Return the first of the attributes *keys* that is there, as text; else ""."""
        return next((text_of(self.attributes[key]) for key in keys if self.attributes.get(key) is not None), "")


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A log record that belongs to a span."""

    trace: str
    span: str
    event: Event


Wrong = Callable[[str], None]
"""Is told the place of something that is of another type than it must be."""


def is_otlp(value: Json) -> bool:
    """Tell whether *value* is an OTLP request or one flat span."""
    found = _unwrapped(value)
    if any(key in found for key in ("resourceSpans", "resource_spans", "resourceLogs", "resource_logs")):
        return True
    if any("scopeSpans" in obj(b) or "instrumentationLibrarySpans" in obj(b) for b in arr(found.get("batches"))):
        return True
    return bool(_flat(found))


def decode(value: Json, pointer: str = "", wrong: Wrong = lambda place: None) -> Iterator[Span | LogRecord]:
    """Yield the spans and log records of the request at *pointer*, or the span that one flat object is.

    *wrong* is told the place of everything that is of another type than the protocol says.
    """
    found = _unwrapped(value)
    if _flat(found):
        yield span_of(found, string(obj(obj(found.get("resource")).get("attributes")).get("service.name")), pointer)
        return
    pointer += "/trace" if found is not value else ""
    for at, group in _each(found, pointer, "resourceSpans", "resource_spans", "batches", wrong=wrong):
        service = text_of(attributes(obj(group.get("resource")).get("attributes")).get("service.name"))
        for inner, scope in _each(group, at, "scopeSpans", "scope_spans", "instrumentationLibrarySpans", wrong=wrong):
            yield from (span_of(span, service, place) for place, span in _each(scope, inner, "spans", wrong=wrong))
    for at, group in _each(found, pointer, "resourceLogs", "resource_logs", wrong=wrong):
        for inner, scope in _each(group, at, "scopeLogs", "scope_logs", "instrumentationLibraryLogs", wrong=wrong):
            for _, log in _each(scope, inner, "logRecords", "log_records", wrong=wrong):
                trace, span = (_id(_first(log, *keys)) for keys in (("traceId", "trace_id"), ("spanId", "span_id")))
                yield LogRecord(trace, span, _event(log))


def _unwrapped(value: Json) -> dict[str, Json]:
    """Return the request inside ``{trace: request}``, which Tempo's second API writes, or *value* itself."""
    found = obj(value)
    inner = obj(found.get("trace"))
    return inner if inner.keys() & {"resourceSpans", "batches"} else found


def attributes(value: Json) -> dict[str, Json]:
    """Return OTLP attributes, a list of key-value pairs, or a plain object, as a dict."""
    if isinstance(value, dict):
        return value
    return {string(pair.get("key")): _any(pair.get("value")) for pair in map(obj, arr(value))}


def _any(value: Json) -> Json:
    """Return the value inside an OTLP AnyValue, whose other members may be there as null."""
    if not isinstance(value, dict):
        return value
    for key in _VALUES:
        if value.get(key) is not None:
            found = value[key]
            return integer(found) if key in ("intValue", "int_value") else found
    for key in ("arrayValue", "array_value"):
        if value.get(key) is not None:
            return [_any(item) for item in arr(obj(value[key]).get("values"))]
    for key in ("kvlistValue", "kvlist_value"):
        if value.get(key) is not None:
            return attributes(arr(obj(value[key]).get("values")))
    return None


def _each(
    value: dict[str, Json], pointer: str, *keys: str, wrong: Wrong = lambda place: None
) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the objects of the lists under *keys*, each with its place."""
    for key in keys:
        items = value.get(key)
        if items is not None and not isinstance(items, list):
            wrong(f"{pointer}/{key}")
        for number_, item in enumerate(arr(items)):
            if isinstance(item, dict):
                yield f"{pointer}/{key}/{number_}", item
            else:
                wrong(f"{pointer}/{key}/{number_}")


def _first(value: dict[str, Json], *keys: str) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _flat(value: dict[str, Json]) -> bool:
    context = obj(value.get("context"))
    return (
        "trace_id" in context and "span_id" in context and "name" in value and isinstance(value.get("attributes"), dict)
    )


def span_of(value: dict[str, Json], service: str, pointer: str = "") -> Span:
    """Return the span that *value* describes, with OTLP's keys in either case or those of the Python SDK."""
    ids = {**value, **obj(value.get("context"))}
    status = obj(value.get("status"))
    code = _first({**status, **value}, "code", "status_code")
    events = [_event(event) for _, event in _each(value, "", "events")]
    found = attributes(value.get("attributes"))
    if kind := string(value.get("span_kind")):  # Phoenix writes OpenInference's kind beside the attributes
        found = {"openinference.span.kind": kind, **found}
    thrown = next((text_of(e.attributes.get("exception.message")) for e in events if e.name == "exception"), "")
    words = (
        _first({**value, **status}, "message", "description", "status_message"),
        found.get("langfuse.observation.status_message"),
    )
    return Span(
        trace=_id(_first(ids, "traceId", "trace_id")),
        id=_id(_first(ids, "spanId", "span_id")),
        parent=_id(_first(value, "parentSpanId", "parent_span_id", "parent_id")),
        name=string(value.get("name")),
        service=service,
        start=_time(_first(value, "startTimeUnixNano", "start_time_unix_nano", "start_time")),
        end=_time(_first(value, "endTimeUnixNano", "end_time_unix_nano", "end_time")),
        failed=code == 2 or string(code).endswith("ERROR") or found.get("langfuse.observation.level") == "ERROR",
        message=next((text for text in map(text_of, words) if text), thrown),
        attributes=found,
        events=events,
        pointer=pointer,
    )


def _event(value: dict[str, Json]) -> Event:
    found = attributes(value.get("attributes"))
    name = text_of(_first(value, "name", "eventName", "event_name")) or text_of(found.get("event.name"))
    return Event(name, found, _any(value.get("body")))


def _id(value: Json) -> str:
    """Return a trace or span id as lower-case hex; an id in no known encoding as it is; an id of zeros as ""."""
    text = string(value).removeprefix("0x")
    if len(text) in (12, 24):  # 8 or 16 bytes in base64
        with contextlib.suppress(binascii.Error, ValueError):
            text = base64.b64decode(text, validate=True).hex()
    text = text.lower() if len(text) in (16, 32) else text
    return text if text.strip("0") else ""


def _time(value: Json) -> int:
    """Return nanoseconds for OTLP's nanoseconds (a number or text) or ISO 8601 text; 0 when there is no time."""
    found = integer(value)
    if found is not None and found > 1e14:
        return min(found, 2**63 - 1)
    return instant(value if number(value) is None else None) or 0


class SpanStore:
    """Holds the spans of a file by trace. Beyond 32 MB they go to a temporary file; only their places stay in memory.

    Of two spans with one id the later counts: exporters repeat a batch when they are unsure that it arrived.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as the store
        self._spans: dict[str, dict[str, tuple[int, int]]] = {}
        self._logs: dict[str, list[tuple[int, int]]] = {}
        self.repeated = 0

    def add(self, item: Span | LogRecord) -> None:
        """Store a span or a log record."""
        start = self._file.seek(0, 2)
        self._file.write(json.dumps(asdict(item)).encode())
        place = (start, self._file.tell() - start)
        if isinstance(item, LogRecord):
            self._logs.setdefault(item.trace, []).append(place)
            return
        spans = self._spans.setdefault(item.trace, {})
        self.repeated += item.id in spans
        spans[item.id] = place

    def traces(self) -> list[str]:
        """Return the ids of the traces, in the order in which they were first seen."""
        return list(self._spans)

    def size(self, trace: str) -> int:
        """Return the number of spans of *trace*."""
        return len(self._spans[trace])

    def ids(self) -> set[str]:
        """Return the ids of all traces and spans."""
        return {*self._spans, *(span for spans in self._spans.values() for span in spans)}

    def spans(self, trace: str) -> list[Span]:
        """Return the spans of *trace* by start time, each with the log records that name it among its events."""
        found: dict[str, Span] = {}
        for place in self._spans[trace].values():
            value = self._load(place)
            value["events"] = [Event(**event) for event in value["events"]]
            found[value["id"]] = Span(**value)
        for place in self._logs.get(trace, []):
            value = self._load(place)
            if span := found.get(value["span"]):
                span.events.append(Event(**value["event"]))
        return sorted(found.values(), key=lambda span: span.start)

    def close(self) -> None:
        """Give the temporary file back."""
        self._file.close()

    def _load(self, place: tuple[int, int]) -> dict[str, Json]:
        self._file.seek(place[0])
        return obj(parse(self._file.read(place[1]))[0])
