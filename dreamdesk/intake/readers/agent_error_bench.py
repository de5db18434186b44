"""AgentErrorBench: failed runs in ALFWorld, WebShop and GAIA with the critical error that annotators marked (2025).

A run is ``{messages, metadata: {model, won, environment, ...}}``; the user's first message is the task, the later ones
are what the environment answered. `Step.native` of the agent's steps is the number of its turn, from 1, which is how
the labels count. These stand in a file of their own beside the run or one folder up, as ``[{trajectory_id,
critical_failure_step, critical_failure_module, step_annotations}]``; a run is known there by its file's name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.chat import Mark, add_message, add_result, plain
from dreamdesk.intake.companions import companion, stem
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Label, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.text import one_line

_LABELS = tuple(f"{kind}labels.json" for kind in ("", "gaia_", "alfworld_", "webshop_"))


class AgentErrorBench:
    """Reads AgentErrorBench runs."""

    name = "agent-error-bench"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise messages with metadata that say who won."""
        for value in head.objects:
            facts = obj(value.get("metadata"))
            if "messages" in value and "won" in facts and "environment" in facts:
                return 1.0
        return 0.85 if head.has("messages", "metadata", "won", "environment") else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per run."""
        marked = _marked(trace)
        for record in trace.records():
            try:
                yield _episode(trace, record, marked)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))

    def labelled(self, trace: Trace) -> bool:
        """Tell whether labels lie beside *trace*."""
        return bool(_marked(trace))


def _marked(trace: Trace) -> dict[str, dict[str, Json]]:
    names = dict.fromkeys((*_LABELS, *(name for name in trace.siblings() if "label" in name.lower())))
    places: list[tuple[str, ...]] = [(name,) for name in names] + [("..", name) for name in _LABELS]
    records = [obj(record) for place in places for record in arr(companion(trace, *place))]
    return {string(r.get("trajectory_id")): r for r in reversed(records) if "critical_failure_step" in r}


def _episode(trace: Trace, record: Record, marked: dict[str, dict[str, Json]]) -> Episode:
    run = obj(record.value)
    messages, facts = run.get("messages"), obj(run.get("metadata"))
    if not isinstance(messages, list):
        raise Unreadable("it is no AgentErrorBench run: the list messages is missing")
    environment = string(facts.get("environment"))
    builder, turns = StepBuilder(), 0
    for position, message in enumerate(map(obj, messages)):
        own = message.get("role") == "assistant"
        turns += own
        mark = Mark(turns if own else None, pointer=f"/messages/{position}")
        if turns and message.get("role") == "user":
            builder.next_turn()
            add_result(builder, environment, "", message.get("content"), mark)
        else:
            add_message(builder, message, mark)
    builder.close()
    if not messages:
        builder.gap(GapKind.MISSING, "No message was recorded.")
    task = next((plain(obj(m).get("content")) for m in messages if obj(m).get("role") == "user"), "")
    name = stem(trace, ".json") if not record.pointer else ""
    label = _label(marked.get(name, {}), builder.steps)
    if label and label.step is None:
        builder.gap(GapKind.MISSING, "The marked mistake lies outside the recording.")
    return Episode(
        key=record.pointer,
        title=one_line(task) or f"Run {one_line(name, 60)}".strip(),
        steps=tuple(builder.steps),
        outcome=_outcome(facts, label),
        task_key=task_key(None, environment, task),
        task=task,
        agent=environment,
        model=string(facts.get("model")),
        gaps=tuple(builder.gaps),
        labels=(label,) if label else (),
        native_steps=len(messages),
        native_unit=AgentErrorBench.unit,
        started=instant(facts.get("timestamp")),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _label(record: dict[str, Json], steps: list[Step]) -> Label | None:
    if not record:
        return None
    native = integer(record.get("critical_failure_step"))
    step = next((s.index for s in steps if s.actor is Actor.AGENT and native is not None and s.native == native), None)
    module = string(record.get("critical_failure_module"))
    notes = (obj(note) for note in arr(record.get("step_annotations")))
    words = next((obj(note.get(module)) for note in notes if integer(note.get("step")) == native), {})
    category = string(words.get("failure_type")) or module
    return Label(step, native, "", text_of(words.get("reasoning")), category, "AgentErrorBench")


def _outcome(facts: dict[str, Json], label: Label | None) -> Outcome:
    won = facts.get("won")
    if isinstance(won, bool):
        state = OutcomeState.SUCCEEDED if won else OutcomeState.FAILED
        return Outcome(state, OutcomeSource.VERDICT, "/metadata/won", f"won is {str(won).lower()}")
    if label:
        return Outcome(OutcomeState.FAILED, OutcomeSource.LABEL, "", "annotated as failed by AgentErrorBench")
    return Outcome()


register(AgentErrorBench())
