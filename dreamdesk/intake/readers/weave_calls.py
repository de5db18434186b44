"""W&B Weave calls: what `client.get_calls()` and the export button give (weave 0.54), one JSON object per call.

A call is ``{id, trace_id, parent_id, op_name: "weave:///entity/project/op/NAME:digest", started_at, ended_at, inputs,
output, exception, summary, attributes}``; *exception* is JSON text. What a call is stands in
``attributes.weave.kind`` where the library says so; a call without a kind is a tool call when the model was given a
tool of its name. One trace is one episode; the unit is the model call. Values like "weave:///…/object/…" are
references to another store, so what they hold is missing.

The verdict: annotations and reactions in ``summary.weave.feedback`` where they were exported; else the exception of
the root call.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.grades import Grade
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, GapKind

_KINDS = {"llm": Role.MODEL, "tool": Role.TOOL, "agent": Role.AGENT}
_THUMBS = {"👍": True, "👎": False, ":thumbs_up:": True, ":thumbs_down:": False, ":+1:": True, ":-1:": False}


class Weave:
    """Reads Weave calls."""

    name = "weave"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the name of an op."""
        found = any(head_op(value) and "trace_id" in value for value in head.objects)
        return 0.95 if found else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all calls, then yield one episode per trace."""
        found = Traces(self.unit, trace.log)
        for record in trace.records():
            call = obj(record.value)
            if not string(call.get("id")) or not string(call.get("op_name")):
                trace.log.skip(record.place, "it is no Weave call: id or op_name is missing")
                continue
            try:
                found.add(_span(call))
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
                continue
            trace_id = string(call.get("trace_id")) or string(call["id"])
            if _elsewhere(call.get("output")) or any(map(_elsewhere, obj(call.get("inputs")).values())):
                gap = (GapKind.MISSING, "Some values are only referred to; they are in a Weave store.")
                about = found.about(trace_id)
                about.gaps += [] if gap in about.gaps else [gap]
            feedback = arr(obj(obj(call.get("summary")).get("weave")).get("feedback"))
            for number, item in enumerate(map(obj, feedback)):
                place = f"{record.pointer}/summary/weave/feedback/{number}"
                if grade := _grade(item, place):
                    found.grade(string(call["id"]), grade)
        yield from found.episodes()


def head_op(value: dict[str, Json]) -> bool:
    """Tell whether *value* names a Weave op."""
    return string(value.get("op_name")).startswith("weave:///")


def _elsewhere(value: Json) -> bool:
    return string(value).startswith("weave:///")


def _span(call: dict[str, Json]) -> Span:
    inputs, output = obj(call.get("inputs")), call.get("output")
    given = obj(inputs.get("kwargs")) if "messages" not in inputs else inputs
    kind = string(obj(obj(call.get("attributes")).get("weave")).get("kind"))
    parent = string(call.get("parent_id"))
    role = _KINDS.get(kind, Role.OTHER)
    if role is Role.OTHER and "messages" in given and "model" in given:
        role = Role.MODEL
    if role is Role.OTHER and not parent:
        role = Role.AGENT
    thrown = obj(nested(call.get("exception")))
    words = [string(thrown.get("type")), string(thrown.get("message"))]
    error = ": ".join(filter(None, words)) or text_of(call.get("exception"))[:1000]
    answer, usage = obj(output), obj(obj(output).get("usage"))
    choice = obj(next(iter(arr(answer.get("choices"))), None))
    asked = {key: given[key] for key in ("system", "messages", "contents") if key in given and not _omitted(given[key])}
    return observation(
        trace=string(call.get("trace_id")) or string(call["id"]), id=string(call["id"]), parent=parent, role=role,
        name=string(call["op_name"]).rsplit("/", 1)[-1].split(":")[0],
        start=instant(call.get("started_at")), end=instant(call.get("ended_at")),
        error=error if call.get("exception") else None,
        heard=chat(asked) if role is Role.MODEL else None,
        said=chat(output, "assistant") if role is Role.MODEL and output and not _elsewhere(output) else None,
        tools=given.get("tools") if role is Role.MODEL and isinstance(given.get("tools"), list) else None,
        model=string(answer.get("model")) or string(given.get("model")),
        tokens=usage.get("output_tokens", usage.get("completion_tokens")),
        stop=string(answer.get("stop_reason")) or string(choice.get("finish_reason")),
        arguments=inputs, result=None if output is None or _elsewhere(output) else output,
    )  # fmt: skip


def _omitted(value: Json) -> bool:
    """Tell whether a value is the text of an argument that was not given."""
    return string(value) == "NOT_GIVEN" or (string(value).startswith("<") and "Omit object" in string(value))


def _grade(item: dict[str, Json], place: str) -> Grade | None:
    kind, payload = string(item.get("feedback_type")), obj(item.get("payload"))
    by = string(item.get("creator")) or string(item.get("wb_user_id"))
    if kind.startswith("wandb.reaction"):
        thumb = next((_THUMBS[key] for key in map(string, payload.values()) if key in _THUMBS), None)
        return Grade("reaction", thumb, pointer=place, by=by, human=True, decisive=True)
    if kind.startswith("wandb.note"):
        return Grade("note", None, text_of(payload.get("note")), place, by, human=True)
    name = kind.removeprefix("wandb.").removesuffix(".1")
    value = payload.get("value", payload.get("output"))
    if isinstance(value, dict):  # a scorer's output, keyed by what it scored
        name, value = next(((key, v) for key, v in value.items() if isinstance(v, bool | int | float)), (name, None))
    human = name.startswith("annotation.")
    return Grade(name.removeprefix("annotation."), value, pointer=place, by=by, human=human) if kind else None


register(Weave())
