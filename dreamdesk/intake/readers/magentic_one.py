"""Magentic-One runs as a bare list of ``{role, content}``, the form that AgentRx publishes.

The role names the participant: see `participants`. Each entry is one turn and one step; `Step.native` counts from 1,
as the labels of AgentRx do, which are joined by the file's name. There is no verdict in the file; a run with labels
failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.agentrx import agentrx_labels, labels_of
from dreamdesk.intake.building import task_key
from dreamdesk.intake.companions import stem
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.participants import ROLE, participant_step
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import obj, string
from dreamdesk.model.episode import Actor, Episode, Gap, GapKind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line


class MagenticOne:
    """Reads Magentic-One message lists."""

    name = "magentic-one"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise participants that say in brackets what they do."""
        if head.layout is not Layout.ARRAY or not head.objects:
            return 0.0
        roles = [string(value.get("role")) for value in head.objects]
        doing = {match[2] for role in roles if (match := ROLE.fullmatch(role)) and match[2]}
        known = any(words == "thought" or words.startswith("->") for words in doing)
        return 0.95 if known and "content" in head.objects[0] else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the run."""
        for record in trace.records(split=False):
            try:
                yield _episode(trace, record)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))

    def labelled(self, trace: Trace) -> bool:
        """Tell whether labels lie beside *trace*."""
        return bool(agentrx_labels(trace))


def _episode(trace: Trace, record: Record) -> Episode:
    if not isinstance(record.value, list):
        raise Unreadable("it is no list of messages")
    steps = tuple(participant_step(i, obj(entry), f"/{i}", i + 1) for i, entry in enumerate(record.value))
    task = next((step.content for step in steps if step.actor is Actor.USER), "")
    labels = labels_of(agentrx_labels(trace), stem(trace, ".json"), steps)
    outcome = Outcome()
    if labels:
        outcome = Outcome(OutcomeState.FAILED, OutcomeSource.LABEL, "", "annotated as failed by AgentRx")
    gaps: tuple[Gap, ...] = () if steps else (Gap(GapKind.MISSING, "The list of messages is empty."),)
    if any(label.step is None for label in labels):
        gaps += (Gap(GapKind.MISSING, "A marked mistake lies outside the recording."),)
    return Episode(
        key=record.pointer,
        title=one_line(task) or "Run without a question",
        steps=steps,
        outcome=outcome,
        task_key=task_key(None, "Magentic-One", task),
        task=task,
        agent=", ".join(dict.fromkeys(step.agent for step in steps if step.actor is Actor.AGENT)),
        gaps=gaps,
        labels=labels,
        native_steps=len(steps),
        native_unit=MagenticOne.unit,
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


register(MagenticOne())
