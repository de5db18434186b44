"""Braintrust log rows: what a project's logs or an experiment export, and the raw rows of POST /logs3 (0.47).

A row is ``{id, span_id, root_span_id, span_parents, span_attributes: {name, type}, input, output, expected, error,
scores, metadata, metrics: {start, end, completion_tokens}, created}``. In raw streams a row with ``_is_merge`` holds
only what is new of the row with the same id, and the two are merged, objects key by key, as the server does. One root
is one episode; the unit is the model call. Spans of the type score graded the run and are left out.

The verdict is the scores of the root, from 0 to 1 by definition; what was expected is told with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.grades import Grade
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode

_TYPES = {"llm": Role.MODEL, "tool": Role.TOOL, "task": Role.AGENT}


class Braintrust:
    """Reads Braintrust log rows."""

    name = "braintrust"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the ids of a row."""
        return 0.95 if head.has("root_span_id", "span_id") and not head.has("op_name") else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Merge the rows that belong together, then yield one episode per root."""
        found = Traces(self.unit, trace.log)
        rows: dict[str, dict[str, Json]] = {}
        places: dict[str, tuple[str, str]] = {}
        merged = 0
        for record in trace.records():
            row = obj(record.value)
            key = string(row.get("id")) or string(row.get("span_id"))
            if not key or not string(row.get("root_span_id")):
                trace.log.skip(record.place, "it is no Braintrust row: id or root_span_id is missing")
                continue
            if row.get("_is_merge") is True and key in rows:
                rows[key] = _merged(rows[key], row)
                merged += 1
            else:
                rows[key] = row
                places[key] = record.place, record.pointer
        if merged:
            trace.log.note(f"partial rows that were merged into the row with their id: {merged}")
        for key, row in rows.items():
            place, pointer = places[key]
            try:
                found.add(_span(row))
                _judge(found, row, pointer)
            except Unreadable as error:
                trace.log.skip(place, str(error))
        yield from found.episodes()


def _merged(old: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    """Return *old* with what *new* adds; the objects of the first level are merged, all else is replaced."""
    result = dict(old)
    for key, value in new.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = {**result[key], **value} if both else value
    return result


def _span(row: dict[str, Json]) -> Span:
    about, metadata, metrics = (obj(row.get(key)) for key in ("span_attributes", "metadata", "metrics"))
    parents = [string(parent) for parent in arr(row.get("span_parents"))]
    kind = string(about.get("type"))
    role = _TYPES.get(kind, Role.OTHER)
    if role is Role.OTHER and not any(parents) and not kind:
        role = Role.AGENT
    output, error = row.get("output"), row.get("error")
    answer = obj(output)
    choice = obj(next(iter(arr(output) or arr(answer.get("choices"))), None))
    model = role is Role.MODEL
    return observation(
        trace=string(row["root_span_id"]), id=_span_id(row), parent=next(filter(None, parents), ""), role=role,
        name=string(about.get("name")), start=instant(metrics.get("start")) or instant(row.get("created")),
        end=instant(metrics.get("end")), error=_last_line(error) if error else None,
        heard=chat(row.get("input")) if model else None,
        said=chat(output, "assistant") if model and output is not None else None,
        tools=metadata.get("tools") if model and isinstance(metadata.get("tools"), list) else None,
        model=string(metadata.get("model")) if model else "",
        tokens=metrics.get("completion_tokens") if model else None,
        stop=string(answer.get("stop_reason")) or string(choice.get("finish_reason")),
        arguments=row.get("input"), result=output, grader=kind in ("score", "scorer"),
    )  # fmt: skip


def _span_id(row: dict[str, Json]) -> str:
    return string(row.get("span_id")) or string(row.get("id"))


def _last_line(error: Json) -> str:
    """Return the last line of a traceback, which names the error; the rest only tells where."""
    lines = [line for line in text_of(error).splitlines() if line.strip()]
    return "" if not lines else lines[-1].strip() if lines[0].startswith("Traceback") else text_of(error)


def _judge(found: Traces, row: dict[str, Json], pointer: str) -> None:
    comment = string(obj(row.get("metadata")).get("comment"))
    for name, points in obj(row.get("scores")).items():
        if number(points) is not None:
            place = f"{pointer}/scores/{name}"
            found.grade(_span_id(row), Grade(name, points, comment, place, "Braintrust score", decisive=True))
    about = found.about(string(row["root_span_id"]))
    if not arr(row.get("span_parents")):
        about.expected = text_of(row.get("expected"))
        origin = obj(row.get("origin"))
        about.task_id = string(origin.get("id")) or about.task_id
        about.title = text_of(row.get("input"))[:500]


register(Braintrust())
