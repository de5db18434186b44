"""Judgements of spans and traces that a trace store keeps apart from the spans.

Phoenix exports annotations, ``{span_id, name, annotator_kind, result: {label, score, explanation}}``, and Langfuse
scores, ``{traceId, observationId, name, value, dataType, comment, source}``, bare or as an event ``{type, body}``; each
as a list, in ``{data: [...]}`` or one per line. They lie beside the trace in a file whose name says what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.grades import Grade
from dreamdesk.intake.otlp_spans import SpanStore
from dreamdesk.intake.reader import Trace
from dreamdesk.intake.shape import arr, number, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.text import one_line

_NAMES = ("annotation", "score", "feedback", "evaluation")
_MAX_BESIDE = 100
Grades = dict[str, list[Grade]]
"""Judgements by the id of the span or trace that they are of."""


def joined(trace: Trace, store: SpanStore, grades: Grades) -> None:
    """Add the judgements beside *trace* of the spans and traces in *store*; the log says where they came from."""
    names = _beside(trace)
    ids = store.ids() if names else set()
    for name in names:
        count = 0
        beside = trace.beside(name)
        for record in beside.records() if beside else ():
            for of, grade in judgements(record.value, record.pointer):
                if of in ids:
                    grades.setdefault(of, []).append(grade)
                    count += 1
        if count and beside:
            trace.use(beside.file, name)
            trace.log.note(f"{count} judgements were joined from {one_line(name, 80)} beside this file")


def judgements(value: Json, pointer: str = "") -> Iterator[tuple[str, Grade]]:
    """Yield the judgements in *value*, each with the id of the span or trace that it is of."""
    data = obj(value).get("data")
    items = [(f"{pointer}/data/{n}", i) for n, i in enumerate(arr(data))] if data is not None else [(pointer, value)]
    for place, item in items:
        found = obj(item)
        found = obj(found.get("body")) if string(found.get("type")) == "score-create" else found
        of, grade = _annotation(found, place) if "annotator_kind" in found else _score(found, place)
        if of and grade.name and grade.value is not None:
            yield of, grade


def inside(value: Json, pointer: str = "") -> Iterator[tuple[str, Grade]]:
    """Yield the annotations that the command line of Phoenix writes into ``{traceId, spans, annotations}``."""
    found = obj(value)
    for number_, span in enumerate(map(obj, arr(found.get("spans")))):
        of = string(obj(span.get("context")).get("span_id", span.get("span_id")))
        for place, item in enumerate(map(obj, arr(span.get("annotations")))):
            yield of, _annotation(item, f"{pointer}/spans/{number_}/annotations/{place}")[1]
    for place, item in enumerate(map(obj, arr(found.get("annotations")))):
        yield string(found.get("traceId")), _annotation(item, f"{pointer}/annotations/{place}")[1]


def best_value(label: Json, points: Json) -> Json:
    """Return the label where it is known to be good or bad, else the number, else the label."""
    known = Grade("", label).state is not OutcomeState.UNKNOWN
    return label if known or number(points) is None else points


def _beside(trace: Trace) -> list[str]:
    names = trace.names_beside(".json", ".jsonl")
    return [name for name in names if any(word in name.lower() for word in _NAMES)][:_MAX_BESIDE]


def _annotation(found: dict[str, Json], place: str) -> tuple[str, Grade]:
    result = obj(found.get("result"))
    kind = string(found.get("annotator_kind"))
    value = best_value(string(result.get("label")) or None, result.get("score"))
    by = string(found.get("user_id")) or kind
    of = string(found.get("span_id")) or string(found.get("trace_id"))
    comment = string(result.get("explanation"))
    return of, Grade(string(found.get("name")), value, comment, f"{place}/result", by, human=kind == "HUMAN")


def _score(found: dict[str, Json], place: str) -> tuple[str, Grade]:
    kind = string(found.get("dataType", found.get("data_type")))
    value = found.get("value")
    if kind == "BOOLEAN" and number(value) in (0, 1):
        value = value == 1
    elif kind in ("CATEGORICAL", "TEXT"):
        value = string(found.get("stringValue", found.get("string_value"))) or value
    of = next((string(found.get(key)) for key in ("observationId", "observation_id", "traceId", "trace_id")
               if string(found.get(key))), "")  # fmt: skip
    source, comment = string(found.get("source")), string(found.get("comment"))
    return of, Grade(string(found.get("name")), value, comment, f"{place}/value", source, human=source == "ANNOTATION")
