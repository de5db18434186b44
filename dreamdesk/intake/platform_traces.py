"""Traces of observability platforms, put together to episodes.

A reader turns each record into an `observations.observation` and adds the grades that people and programs gave;
`Traces` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dreamdesk.intake.building import task_key
from dreamdesk.intake.genai_messages import tool_definitions
from dreamdesk.intake.genai_spans import agent_name, error_of
from dreamdesk.intake.grades import Grade, verdict
from dreamdesk.intake.observations import with_tools, without_graders
from dreamdesk.intake.otlp_episode import Assembly
from dreamdesk.intake.otlp_spans import Span, SpanStore
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Log, Record
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import (
    Actor,
    Episode,
    GapKind,
    ImportedCorrection,
    Kind,
    Label,
    Outcome,
    OutcomeSource,
    OutcomeState,
    Step,
)
from dreamdesk.model.text import one_line


@dataclass(slots=True)
class About:
    """What a platform says of a whole trace, apart from its spans.

    Attributes:
        title, agent: Used where the spans say nothing.
        task_id: Attempts at one task share it.
        failed: Why the platform itself calls the trace failed; None when it does not.
        failed_at: Pointer of that.
        expected: The answer that was wanted.
        record: The one record that holds the trace, when one does.
        tools: What the agent could call, where the model calls do not say.
    """

    title: str = ""
    agent: str = ""
    task_id: str = ""
    failed: str | None = None
    failed_at: str = ""
    expected: str = ""
    record: Record | None = None
    tools: Json = None
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


class Traces:
    """Collects observations and grades by trace, and gives the episodes."""

    def __init__(self, unit: str, log: Log) -> None:
        self._unit, self._log = unit, log
        self._store = SpanStore()
        self._grades: dict[str, list[Grade]] = {}
        self._about: dict[str, About] = {}

    def add(self, span: Span) -> None:
        """Add a span; a later one with the same id replaces it."""
        self._store.add(span)

    def grade(self, of: str, grade: Grade) -> None:
        """Add a grade of the trace or span whose id is *of*."""
        self._grades.setdefault(of, []).append(grade)

    def about(self, trace: str) -> About:
        """Return what is known of a trace, to be filled in."""
        return self._about.setdefault(trace, About())

    def episodes(self) -> Iterator[Episode]:
        """Yield one episode per trace that holds a model or tool call; list the others. Ends the collecting."""
        try:
            plumbing = 0
            for trace in self._store.traces():
                try:
                    episode = self._episode(trace)
                except Unreadable as error:
                    self._log.skip(f"trace {one_line(trace, 40)}", str(error))
                    continue
                if episode.steps:
                    yield episode
                else:
                    plumbing += 1
            if plumbing:
                self._log.note(f"traces without any model or tool call that is known here: {plumbing}; not imported")
            if self._store.repeated:
                self._log.duplicates += self._store.repeated
                self._log.note(f"records that stood in the file again: {self._store.repeated}; the last was taken")
        finally:
            self._store.close()

    def _episode(self, trace: str) -> Episode:
        spans = with_tools(without_graders(self._store.spans(trace)))
        assembly = Assembly(spans)
        assembly.build()
        about, steps = self.about(trace), assembly.builder.steps
        for kind, words in about.gaps:
            assembly.builder.gap(kind, words)
        first = next((step.content for step in steps if step.actor is Actor.USER), "")
        top = next(iter(assembly.tops or spans), None)
        agent = about.agent or (agent_name(top) if top else "")
        ids = {span.id for span in spans}
        roots = {trace} | {span.id for span in spans if span.parent not in ids}
        own = [grade for key in roots for grade in self._grades.get(key, [])]
        record = about.record or Record(None, "", "")
        return Episode(
            key=trace,
            title=one_line(first) or one_line(about.title or (top.name if top else "")) or "Trace without content",
            steps=tuple(steps),
            outcome=_outcome(assembly, own, about),
            task_key=task_key(about.task_id, agent, first),
            task=first,
            agent=agent,
            model=", ".join(dict.fromkeys(call.model for call in assembly.calls if call.model)),
            policy=next((call.policy for call in assembly.calls if call.policy), ""),
            tools=next((call.tools for call in assembly.calls if call.tools), tool_definitions(about.tools)),
            gaps=tuple(assembly.builder.gaps),
            labels=tuple(self._labels(assembly, ids - roots)),
            corrections=tuple(self._corrections(assembly, sorted(ids | roots))),
            native_steps=len(assembly.calls),
            native_unit=self._unit,
            started=min((span.start for span in spans if span.start), default=None),
            offset=record.offset,
            length=record.length,
            sha256=record.sha256,
        )

    def _labels(self, assembly: Assembly, parts: set[str]) -> Iterator[Label]:
        """A bad grade of a part of the run marks the step that the part is."""
        for span in assembly.spans:
            for grade in self._grades.get(span.id, []) if span.id in parts else []:
                if grade.state is OutcomeState.FAILED and (grade.decides or grade.human):
                    step = assembly.step_of(span)
                    native = assembly.builder.steps[step].native if step is not None else None
                    yield Label(step, native, reason=grade.comment, category=grade.name, by=grade.by)

    def _corrections(self, assembly: Assembly, keys: list[str]) -> Iterator[ImportedCorrection]:
        spans, steps = {span.id: span for span in assembly.spans}, assembly.builder.steps
        for key in keys:
            for grade in self._grades.get(key, []):
                if not grade.correction:
                    continue
                start = assembly.step_of(spans[key]) if key in spans else None
                if start is None:  # a correction of the run as a whole is one of what it said last
                    last = next((s.turn for s in reversed(steps) if s.actor is Actor.AGENT), None)
                    start = next((s.index for s in steps if s.turn == last and s.actor is Actor.AGENT), None)
                if start is None:
                    self._log.note("a correction belongs to no step of the agent; it was not used")
                    continue
                fixed = Step(start, Actor.AGENT, Kind.MESSAGE, grade.correction, steps[start].turn)
                yield ImportedCorrection(start, (fixed,), grade.by, grade.comment)


def _outcome(assembly: Assembly, grades: list[Grade], about: About) -> Outcome:
    """The verdict: what people said, else what programs said, else that the run ended in an error; else unknown."""
    expected = [f"expected: {one_line(about.expected, 120)}"] if about.expected else []
    if decided := verdict(grades):
        return replace(decided, detail="; ".join([decided.detail, *expected]))
    words = [*map(str, grades), *expected]
    why, pointer = about.failed, about.failed_at
    ids = {span.id for span in assembly.spans}
    for span in [*assembly.tops, *(s for s in assembly.spans if s.parent not in ids)]:
        if why is None and span.failed:
            why = f"{one_line(span.name, 60)}: {error_of(span)}"
    if why is None and assembly.models and assembly.models[-1].failed:
        why = f"the last model call failed: {error_of(assembly.models[-1])}"
    if why is not None:
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, pointer, "; ".join([one_line(why, 500), *words]))
    return Outcome(detail="; ".join(words)[:1000])
