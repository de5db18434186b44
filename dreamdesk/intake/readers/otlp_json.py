"""OpenTelemetry traces of agents: OTLP/JSON, console dumps, and what Jaeger, Tempo and Phoenix export.

One trace is one episode. The unit is the model call, failed ones included; `Step.native` is the 0-based number of the
call. Spans may stand in any order, twice, and over many lines, so the whole file is read before the first episode
comes out; `otlp_spans.SpanStore` keeps that off the heap. Content that a producer sends as log records is looked for
in the file itself and in a companion beside it, whose name says "logs" where this one's says "traces".

The verdict: judgements first, be they evaluation results in the trace (``gen_ai.evaluation.*``) or annotations and
scores of its root in a file beside it, as far as their name, or in the trace a word such as "pass", tells whether the
task was done; else an agent or root span with the status ERROR, which means failed. A trace without errors proves
nothing, so its outcome is unknown. A bad judgement of a part of the run marks the step that the part is.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import task_key
from dreamdesk.intake.genai_spans import agent_name, dialect_of, error_of
from dreamdesk.intake.grades import Grade, verdict
from dreamdesk.intake.otlp_doubles import Doubles
from dreamdesk.intake.otlp_episode import Assembly
from dreamdesk.intake.otlp_spans import LogRecord, Span, SpanStore, decode, is_otlp
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import obj, string
from dreamdesk.intake.span_exports import exported, is_export
from dreamdesk.intake.span_scores import Grades, best_value, inside, joined
from dreamdesk.model.episode import Actor, Episode, Label, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line


class OtlpJson:
    """Reads OTLP/JSON."""

    name = "otlp-json"
    version = 2
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the keys of OTLP requests, of console dumps and of what trace stores export."""
        return 0.95 if any(is_otlp(value) or is_export(value) for value in head.values) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all spans, then yield one episode per trace that holds model or tool calls."""
        store = SpanStore()
        try:
            grades = self._fill(store, trace)
            joined(trace, store, grades)
            doubles, plumbing = Doubles(store), 0
            for trace_id in store.traces():
                if trace_id in doubles.traces:
                    continue
                try:
                    episode = _episode(trace_id, doubles.spans(trace_id), grades, self.unit)
                except Unreadable as error:
                    trace.log.skip(f"trace {one_line(trace_id, 40)}", str(error))
                    continue
                if episode.steps:
                    yield episode
                else:
                    plumbing += 1
            if plumbing:
                trace.log.note(f"traces without any model or tool call that is known here: {plumbing}; not imported")
            if count := len(doubles.traces):
                trace.log.duplicates += count
                trace.log.note(f"traces of one span that repeat a model call of another trace: {count}; collapsed")
            if store.repeated:
                trace.log.duplicates += store.repeated
                trace.log.note(f"spans that stood in the file again: {store.repeated}; the last of each was taken")
        finally:
            store.close()

    def _fill(self, store: SpanStore, trace: Trace) -> Grades:
        """Read all spans and log records into *store*; return the judgements that stand among them."""
        spans = logs = 0
        grades: Grades = {}
        for record in trace.records():
            if not (is_otlp(record.value) or is_export(record.value)):
                trace.log.skip(record.place, "it holds no spans or log records")
                continue
            before = spans + logs
            for item in self._items(record, trace):
                if isinstance(item, Span) and not (item.id and item.trace):
                    trace.log.skip(record.place, "a span has no id")
                    continue
                store.add(item)
                trace.log.saw(dialect_of(item) if isinstance(item, Span) else "log records")
                spans += isinstance(item, Span)
                logs += not isinstance(item, Span)
            if spans + logs == before:
                trace.log.note("a request or export without any span or log record that can be read")
            for of, grade in inside(record.value, record.pointer):
                grades.setdefault(of, []).append(grade)
        if not spans and logs:
            trace.log.note("this file holds log records only; they are read with the traces file beside it")
        beside = trace.name.replace("traces", "logs").replace("trace", "log")
        companion = trace.beside(beside) if beside != trace.name else None
        if companion and self.sniff(companion.head):
            trace.use(companion.file, beside)
            trace.log.note(f"content comes from {beside} beside this file")
            for record in companion.records():
                for item in decode(record.value):
                    if not isinstance(item, Span):
                        store.add(item)
        return grades

    def _items(self, record: Record, trace: Trace) -> Iterator[Span | LogRecord]:
        if is_otlp(record.value):
            words = "it is of another type than OTLP says"
            return decode(record.value, record.pointer, lambda place: trace.log.skip(one_line(place, 120), words))
        return exported(
            record.value, record.pointer, lambda n: trace.log.skip(f"{record.place}, item {n}", "it is no span")
        )


def _episode(trace_id: str, spans: list[Span], grades: Grades, unit: str) -> Episode:
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
        outcome=_outcome(assembly, trace_id, grades),
        task_key=task_key(top.text("task.id"), agent, first),
        task=first,
        agent=agent,
        model=", ".join(dict.fromkeys(call.model for call in calls if call.model)),
        policy=next((call.policy for call in calls if call.policy), ""),
        tools=next((call.tools for call in calls if call.tools), ()),
        gaps=tuple(assembly.builder.gaps),
        labels=tuple(_labels(assembly, grades)),
        native_steps=len(calls),
        native_unit=unit,
        started=min((span.start for span in spans if span.start), default=None),
    )


def _outcome(assembly: Assembly, trace_id: str, grades: Grades) -> Outcome:
    roots = _roots(assembly)
    own = [grade for span in assembly.spans for grade in _evaluations(span)]
    own += [grade for key in (trace_id, *(span.id for span in roots)) for grade in grades.get(key, [])]
    if decided := verdict(own):
        return decided
    words = "; ".join(map(str, own))
    last = assembly.models[-1] if assembly.models else None
    failed = next((span for span in roots if span.failed), None)
    why = f"{one_line(failed.name, 60)}: {error_of(failed)}" if failed else ""
    if failed is None and last is not None and last.failed and not assembly.tops:
        failed, why = last, f"the last model call failed: {error_of(last)}"
    if failed:
        detail = "; ".join(filter(None, [why, words]))
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, failed.pointer, detail)
    return Outcome(detail=words[:1000])


def _roots(assembly: Assembly) -> list[Span]:
    """Return the spans that stand for the run as a whole: the uppermost agents, and the root spans."""
    return assembly.tops + [span for span in assembly.spans if span.is_root and span not in assembly.tops]


def _labels(assembly: Assembly, grades: Grades) -> Iterator[Label]:
    roots = {span.id for span in _roots(assembly)}
    for span in assembly.spans:
        for grade in grades.get(span.id, []) if span.id not in roots else []:
            if grade.state is OutcomeState.FAILED and (grade.decides or grade.human):
                step = assembly.step_of(span)
                native = assembly.builder.steps[step].native if step is not None else None
                yield Label(step, native, reason=grade.comment, category=grade.name, by=grade.by)


def _evaluations(span: Span) -> Iterator[Grade]:
    """Yield the evaluations that *span* holds, in its attributes and its events."""
    events = [{**event.attributes, **obj(nested(event.body))} for event in span.events]
    for found in [span.attributes, *events]:
        words, why = (string(found.get(f"gen_ai.evaluation.{key}")) for key in ("score.label", "explanation"))
        value = best_value(words or None, found.get("gen_ai.evaluation.score.value"))
        if value is not None:
            name = string(found.get("gen_ai.evaluation.name")) or "evaluation"
            # A word such as "pass" tells which end is good; a number does only where its name does.
            yield Grade(name, value, why, span.pointer, decisive=isinstance(value, str))


register(OtlpJson())
