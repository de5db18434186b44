"""Model calls that two instruments recorded, each in a trace of its own.

A client library that traces itself, beside a framework's tracing, writes every call once more, as a trace of a single
span without a parent. Such a trace is taken for a repetition of a call inside another trace of the file when both have
the same response id; or, where their times overlap, the same tool-call ids, or the same model, question and answer; or
when it holds neither ids nor content, failed, and ran wholly within one failed call of the same model. What only the
repetition says is not lost: the call gets its attributes where it records no answer itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from dreamdesk.intake.genai_messages import PartKind
from dreamdesk.intake.genai_spans import Role, model_call, role_of
from dreamdesk.intake.otlp_spans import Span, SpanStore
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.shape import obj, string

_ANSWER_ID = re.compile(r'"id": ?"([\w.:-]{12,200})"')
_ANSWERS = ("output.value", "langfuse.observation.output", "traceloop.entity.output")
_LOOK_BACK = 50
"""How many calls that began earlier are looked at for one that was still running."""


@dataclass(slots=True)
class _Call:
    """What tells one model call from another. *talk* stands for model, question and answer."""

    trace: str
    span: str
    start: int
    end: int
    model: str
    failed: bool
    root: bool
    told: tuple[bool, bool, int]
    ids: set[str]
    tool_calls: set[str]
    talk: int | None
    taken: bool = False

    def overlaps(self, other: _Call) -> bool:
        return self.start <= other.end and other.start <= self.end

    def surrounds(self, other: _Call) -> bool:
        return self.start <= other.start and other.end <= self.end


class Doubles:
    """The traces of *store* that only repeat a call of another trace.

    Attributes:
        traces: Their ids.
    """

    def __init__(self, store: SpanStore) -> None:
        self.traces: set[str] = set()
        self._store = store
        self._lenders: dict[str, dict[str, str]] = {}
        traces = store.traces()
        alone = [trace for trace in traces if store.size(trace) == 1]
        if not alone or len(alone) == len(traces):
            return
        known = _Known([call for trace in traces if store.size(trace) > 1 for call in _calls(store, trace)])
        for call in (call for trace in alone for call in _calls(store, trace) if call.root):
            if same := known.same(call):
                same.taken = True
                self.traces.add(call.trace)
                if call.told > same.told and not same.told[0]:
                    self._lenders.setdefault(same.trace, {})[same.span] = call.trace

    def spans(self, trace: str) -> list[Span]:
        """Return the spans of *trace*, calls without an answer completed by what repeats them."""
        spans = self._store.spans(trace)
        for span in spans:
            if lender := self._lenders.get(trace, {}).get(span.id):
                (twin,) = self._store.spans(lender)
                span.attributes = {**span.attributes, **twin.attributes}
                span.events += twin.events
        return spans


class _Known:
    """The calls inside whole traces, found by what identifies them."""

    def __init__(self, calls: list[_Call]) -> None:
        self._calls = sorted(calls, key=lambda call: call.start)
        self._starts = [call.start for call in self._calls]
        self._by_id = {key: call for call in calls for key in call.ids}
        self._by_tool = {key: call for call in calls for key in call.tool_calls}
        self._by_talk = {call.talk: call for call in calls if call.talk is not None}

    def same(self, call: _Call) -> _Call | None:
        """Return the call that *call* repeats."""
        if found := next((self._by_id[key] for key in call.ids if key in self._by_id), None):
            return found
        tools = (self._by_tool[key] for key in call.tool_calls if key in self._by_tool)
        for other in (*tools, *(self._by_talk[talk] for talk in [call.talk] if talk in self._by_talk)):
            if other.overlaps(call):
                return other
        if call.ids or any(call.told[:2]) or not (call.failed and call.model):
            return None
        last = bisect_right(self._starts, call.start)
        for other in reversed(self._calls[max(0, last - _LOOK_BACK) : last]):
            alike = other.failed and other.model == call.model
            if alike and not other.taken and other.surrounds(call):
                return other
        return None


def _calls(store: SpanStore, trace: str) -> list[_Call]:
    found = []
    for span in store.spans(trace):
        if role_of(span) is Role.MODEL:
            try:
                found.append(_call(span))
            except Unreadable:  # told where the trace itself is read
                continue
    return found


def _call(span: Span) -> _Call:
    read = model_call(span)
    said = read.said or []
    output = span.text(*_ANSWERS)
    ids = {span.text("gen_ai.response.id", "llm.response.id", "ai.response.id")}
    answer = obj(nested(output))
    ids |= {string(answer.get("id"))} if "model" in answer else set()
    if span.parent:  # a framework may keep the library's whole answer, and its id within
        ids |= set(_ANSWER_ID.findall(output))
    return _Call(
        trace=span.trace, span=span.id, start=span.start, end=span.end, model=read.model, failed=span.failed,
        root=not span.parent, told=read.told, ids=ids - {""},
        tool_calls={part.id for m in said for part in m.parts if part.kind is PartKind.CALL} - {""},
        talk=hash((read.model, tuple(read.heard), tuple(said))) if read.heard and said else None,
    )  # fmt: skip
