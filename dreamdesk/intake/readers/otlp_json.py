"""OpenTelemetry traces of agents as OTLP/JSON: files of the Collector, of SDK exporters, and console dumps.

One trace is one episode. The unit is the model call, failed ones included; `Step.native` is the 0-based number of the
call. Spans may stand in any order, twice, and over many lines, so the whole file is read before the first episode
comes out; `otlp_spans.SpanStore` keeps that off the heap. Content that a producer sends as log records is looked for
in the file itself and in a companion beside it, whose name says "logs" where this one's says "traces".

The verdict: evaluation results first (``gen_ai.evaluation.*``); else an agent or root span with the status ERROR, which
means failed. A trace without errors proves nothing, so its outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import task_key
from dreamdesk.intake.extras import graded
from dreamdesk.intake.genai_spans import agent_name, error_of
from dreamdesk.intake.otlp_episode import Assembly
from dreamdesk.intake.otlp_spans import Span, SpanStore, decode, is_otlp
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import number, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_PASSED = {"pass", "passed", "correct", "true", "success", "yes", "good"}
_FAILED = {"fail", "failed", "incorrect", "false", "failure", "no", "bad"}


class OtlpJson:
    """Reads OTLP/JSON."""

    name = "otlp-json"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the keys of OTLP requests and of console dumps."""
        return 0.95 if any(map(is_otlp, head.values)) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all spans, then yield one episode per trace that holds model or tool calls."""
        store = SpanStore()
        try:
            self._fill(store, trace)
            plumbing = 0
            for trace_id in store.traces():
                try:
                    episode = _episode(trace_id, store.spans(trace_id), self.unit)
                except Unreadable as error:
                    trace.log.skip(f"trace {one_line(trace_id, 40)}", str(error))
                    continue
                if episode.steps:
                    yield episode
                else:
                    plumbing += 1
            if plumbing:
                trace.log.note(f"traces without any model or tool call that is known here: {plumbing}; not imported")
            if store.repeated:
                trace.log.note(f"spans that stood in the file again: {store.repeated}; the last of each was taken")
        finally:
            store.close()

    def _fill(self, store: SpanStore, trace: Trace) -> None:
        spans = logs = 0
        for record in trace.records():
            if not is_otlp(record.value):
                trace.log.skip(record.place, "it holds no spans or log records")
                continue
            for item in decode(record.value):
                store.add(item)
                spans += isinstance(item, Span)
                logs += not isinstance(item, Span)
        if not spans and logs:
            trace.log.note("this file holds log records only; they are read with the traces file beside it")
        beside = trace.path.name.replace("traces", "logs").replace("trace", "log")
        companion = trace.beside(beside) if beside != trace.path.name else None
        if companion and self.sniff(companion.head):
            trace.log.note(f"content comes from {beside} beside this file")
            for record in companion.records():
                for item in decode(record.value):
                    if not isinstance(item, Span):
                        store.add(item)


def _episode(trace_id: str, spans: list[Span], unit: str) -> Episode:
    assembly = Assembly(spans)
    assembly.build()
    steps = assembly.builder.steps
    first = next((step.content for step in steps if step.actor is Actor.USER), "")
    top = (assembly.tops or spans)[0]
    agent = agent_name(top) or next((name for s in assembly.tops if (name := agent_name(s))), "") or top.service
    talk = next((text for s in spans if (text := s.text("gen_ai.conversation.id", "session.id"))), "")
    calls = assembly.calls
    return Episode(
        key=trace_id,
        title=one_line(first) or one_line(" ".join(filter(None, (top.name, talk)))) or "Trace without content",
        steps=tuple(steps),
        outcome=_outcome(assembly),
        task_key=task_key(top.text("task.id", "gen_ai.task.id"), agent, first),
        task=first,
        agent=agent,
        model=", ".join(dict.fromkeys(call.model for call in calls if call.model)),
        policy=next((call.policy for call in calls if call.policy), ""),
        tools=next((call.tools for call in calls if call.tools), ()),
        gaps=tuple(assembly.builder.gaps),
        native_steps=len(calls),
        native_unit=unit,
        started=min((span.start for span in spans if span.start), default=None),
    )


def _outcome(assembly: Assembly) -> Outcome:
    graded_as = [grade for span in assembly.spans for grade in _grades(span)]
    if graded_as:
        states = [state for state, _ in graded_as]
        worst = (OutcomeState.FAILED, OutcomeState.PARTIAL, OutcomeState.SUCCEEDED)
        state = next((state for state in worst if state in states), OutcomeState.UNKNOWN)
        return Outcome(state, OutcomeSource.SCORE, "", "; ".join(detail for _, detail in graded_as)[:500])
    ids = {span.id for span in assembly.spans}
    judged = assembly.tops + [span for span in assembly.spans if span.parent not in ids and span not in assembly.tops]
    for span in judged:
        if span.failed and (span in assembly.tops or not span.parent):
            return Outcome(
                OutcomeState.FAILED, OutcomeSource.STATUS, "", f"{one_line(span.name, 60)}: {error_of(span)}"
            )
    last = assembly.models[-1] if assembly.models else None
    if last is not None and last.failed and not assembly.tops:
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, "", f"the last model call failed: {error_of(last)}")
    return Outcome()


def _grades(span: Span) -> Iterator[tuple[OutcomeState, str]]:
    """Yield the evaluations that *span* holds, as the state that each stands for and in words."""
    events = [{**event.attributes, **obj(nested(event.body))} for event in span.events]
    for found in [span.attributes, *events]:
        points = number(found.get("gen_ai.evaluation.score.value"))
        label = string(found.get("gen_ai.evaluation.score.label"))
        if points is None and not label:
            continue
        by_label = {**dict.fromkeys(_PASSED, OutcomeState.SUCCEEDED), **dict.fromkeys(_FAILED, OutcomeState.FAILED)}
        state = by_label.get(label.lower()) or (OutcomeState.UNKNOWN if points is None else graded(points))
        name = one_line(string(found.get("gen_ai.evaluation.name")), 60) or "evaluation"
        words = [f"{name}:", label, "" if points is None else f"{points:g}", _why(found)]
        yield state, " ".join(filter(None, words))


def _why(found: dict[str, Json]) -> str:
    text = string(found.get("gen_ai.evaluation.explanation"))
    return f"({one_line(text, 200)})" if text else ""


register(OtlpJson())
