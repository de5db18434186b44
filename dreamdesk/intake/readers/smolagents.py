"""smolagents runs (Hugging Face, 1.x): ``RunResult.dict()``, or the bare list that ``memory.get_full_steps()`` gives.

A run is ``{output, state, steps, token_usage, timing}``. A step is a task, a plan, or an action: what the model wrote,
the tool calls, what was observed, and the error, if any. `Step.native` is the step's 0-based place in the list. The
history that each action repeats (``model_input_messages``) is left out, but the system prompt is taken from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.chat import Mark, add_call, add_result, add_text, plain
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_ACTION = {"step_number", "model_output"}


class Smolagents:
    """Reads smolagents runs."""

    name = "smolagents"
    version = 1
    unit = "steps"

    def sniff(self, head: Head) -> float:
        """Recognise a run, or action steps in a bare list."""
        for value in head.objects:
            steps = [obj(step) for step in arr(value.get("steps"))]
            if "state" in value and any("task" in step or step.keys() >= _ACTION for step in steps):
                return 1.0
            if {"step_number", "model_input_messages"} <= value.keys():
                return 0.9
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per run."""
        for record in trace.records(split=trace.head.layout is not Layout.ARRAY):
            # A list holds either runs or the steps of one run.
            parts = [record]
            if isinstance(record.value, list) and any("steps" in obj(run) for run in record.value):
                parts = [Record(run, f"element {i}", f"/{i}") for i, run in enumerate(record.value)]
            for part in parts:
                try:
                    yield _episode(part)
                except Unreadable as error:
                    trace.log.skip(part.place, str(error))


def _episode(record: Record) -> Episode:
    run = obj(record.value)
    steps = run.get("steps") if run else record.value
    if not isinstance(steps, list):
        raise Unreadable("it is no smolagents run: the list steps is missing")
    builder = StepBuilder()
    pointer = "/steps" if run else ""
    for position, step in enumerate(map(obj, steps)):
        _add_step(builder, step, position, f"{pointer}/{position}")
    builder.close()
    if not steps:
        builder.gap(GapKind.MISSING, "The run has no steps.")
    task = next((step.content for step in builder.steps if step.actor is Actor.USER), "")
    policy = next((prompt for step in map(obj, steps) if (prompt := _system_prompt(step))), "")
    return Episode(
        key=record.pointer,
        title=one_line(task) or "Run without a task",
        steps=tuple(builder.steps),
        outcome=_outcome(run),
        task_key=task_key(None, "smolagents", task),
        task=task,
        agent="smolagents",
        policy=policy,
        gaps=tuple(builder.gaps),
        native_steps=len(steps),
        native_unit=Smolagents.unit,
        started=instant(obj(run.get("timing")).get("start_time")),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add_step(builder: StepBuilder, step: dict[str, Json], native: int, pointer: str) -> None:
    timing = obj(step.get("timing"))
    start, end = instant(timing.get("start_time")), instant(timing.get("end_time"))
    tokens = integer(obj(step.get("token_usage")).get("output_tokens"))
    builder.next_turn()
    first = builder.next_index

    def mark(where: str) -> Mark:
        return Mark(native, start, tokens if builder.next_index == first else None, pointer=f"{pointer}/{where}")

    if "task" in step:
        add_text(builder, Actor.USER, Kind.MESSAGE, step["task"], mark("task"))
        if images := len(arr(step.get("task_images"))):
            builder.gap(GapKind.MEDIA, f"{images} images of the task are not shown.", first)
        return
    if "system_prompt" in step:
        add_text(builder, Actor.SYSTEM, Kind.MESSAGE, step["system_prompt"], mark("system_prompt"))
        return
    if "plan" in step:
        add_text(builder, Actor.AGENT, Kind.THINKING, step["plan"], mark("plan"))
        return
    calls = [obj(call) for call in arr(step.get("tool_calls"))]
    said, final = plain(step.get("model_output")), step.get("action_output")
    if said:
        add_text(builder, Actor.AGENT, Kind.MESSAGE, said, mark("model_output"))
    elif final not in (None, "") and not calls:
        add_text(builder, Actor.AGENT, Kind.MESSAGE, text_of(final), mark("action_output"))
    ids = []
    for i, call in enumerate(calls):
        function = obj(call.get("function")) or call
        ids.append(string(call.get("id")))
        add_call(builder, string(function.get("name")), ids[-1], function.get("arguments"), mark(f"tool_calls/{i}"))
    _add_result(builder, step, ids, Mark(native, end, pointer=pointer))
    if builder.next_index == first:
        builder.missing(GapKind.MISSING, "The step is empty.", native=native, at=start, pointer=pointer)


def _add_result(builder: StepBuilder, step: dict[str, Json], ids: list[str], mark: Mark) -> None:
    """Append what the step's code or calls gave; all of them give one text."""
    error = obj(step.get("error"))
    words = ": ".join(filter(None, (string(error.get("type")), text_of(error.get("message")))))
    observed = plain(step.get("observations"))
    if not (words or observed or (ids and "observations" in step)):
        return
    builder.next_turn()
    text = "\n".join(filter(None, (observed, words)))
    where = "error" if words else "observations"
    at = Mark(mark.native, mark.at, pointer=f"{mark.pointer}/{where}")
    first = add_result(builder, "", ids[0] if ids else "", text, at, is_error=bool(words))
    for call_id in ids[1:]:  # their outputs stand in the one text above
        add_result(builder, "", call_id, "", at, is_error=bool(words))
        builder.gap(GapKind.MISSING, "The output of this call is a part of the first result's text.", first)
    if images := len(arr(step.get("observations_images"))):
        builder.gap(GapKind.MEDIA, f"{images} observed images are not shown.", first)


def _system_prompt(step: dict[str, Json]) -> str:
    if "system_prompt" in step:
        return plain(step["system_prompt"])
    messages = (obj(message) for message in arr(step.get("model_input_messages")))
    return next((plain(m.get("content")) for m in messages if m.get("role") == "system"), "")


def _outcome(run: dict[str, Json]) -> Outcome:
    """The framework's own word: an answer was given in time, or not. It does not say that the answer is right."""
    state = string(run.get("state"))
    if state == "success":
        detail = "the agent gave a final answer in time; nobody checked it"
        return Outcome(OutcomeState.SUCCEEDED, OutcomeSource.STATUS, "/state", detail)
    if state:
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, "/state", f"the run ended with {one_line(state, 60)}")
    return Outcome()


register(Smolagents())
