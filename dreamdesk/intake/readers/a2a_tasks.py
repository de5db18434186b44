"""Tasks of the Agent2Agent protocol (Linux Foundation), versions 0.3 and 1.0: what one agent delegated to another.

A task is ``{id, contextId, status: {state, message?, timestamp}, history: [{messageId, role, parts}], artifacts?}``.
Version 1.0 writes ``TASK_STATE_COMPLETED`` and ``ROLE_AGENT``, version 0.3 ``completed``, ``agent`` and a *kind* on
every object. Tasks may stand alone or inside a JSON-RPC answer. Only the delegation is recorded: what the agent did in
between is not. The unit is the agent's message; `Step.native` of a message is how many of those came before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line


class A2aTasks:
    """Reads tasks of the Agent2Agent protocol."""

    name = "a2a-tasks"
    version = 1
    unit = "agent messages"

    def sniff(self, head: Head) -> float:
        """Recognise a task by its id, its context and its state."""
        return 1.0 if any(_is_task(task) for value in head.objects[:3] for _, task in _tasks(value)) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per task."""
        for record in trace.records():
            tasks = list(_tasks(obj(record.value)))
            for pointer, task in tasks:
                place = f"{record.place}, {pointer}" if pointer else record.place
                try:
                    yield _episode(record, task, pointer)
                except Unreadable as error:
                    trace.log.skip(place, str(error))


def _tasks(value: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the tasks that *value* is or wraps, with their pointers."""
    pointer = ""
    for key in ("result", "task"):
        if isinstance(value.get(key), dict) and "status" not in value:
            value, pointer = obj(value[key]), f"{pointer}/{key}"
    if isinstance(value.get("tasks"), list):
        yield from ((f"{pointer}/tasks/{i}", obj(task)) for i, task in enumerate(arr(value["tasks"])))
    else:
        yield pointer, value


def _is_task(task: dict[str, Json]) -> bool:
    state = string(obj(task.get("status")).get("state"))
    known = state.startswith("TASK_STATE_") or task.get("kind") == "task"
    return bool("id" in task and state and known and ("contextId" in task or "history" in task))


def _episode(record: Record, task: dict[str, Json], pointer: str) -> Episode:
    if not _is_task(task):
        what = string(task.get("kind")) or "another object"
        raise Unreadable(f"it is no task of the Agent2Agent protocol ({one_line(what, 40)})")
    status = obj(task.get("status"))
    messages = [(f"/history/{i}", obj(message)) for i, message in enumerate(arr(task.get("history")))]
    shown = {string(message.get("messageId")) for _, message in messages} - {""}
    last = obj(status.get("message"))
    if last and string(last.get("messageId")) not in shown:
        messages.append(("/status/message", last))
    builder, answers = StepBuilder(), 0
    at = instant(status.get("timestamp"))
    for place, message in messages:
        by_agent = string(message.get("role")).lower().endswith("agent")
        builder.next_turn()
        _add_parts(builder, Actor.AGENT if by_agent else Actor.USER, message, answers, f"{pointer}{place}")
        answers += by_agent
    for position, artifact in enumerate(map(obj, arr(task.get("artifacts")))):
        builder.next_turn()
        _add_parts(builder, Actor.AGENT, artifact, answers, f"{pointer}/artifacts/{position}")
    builder.gap(GapKind.MISSING, "Only the delegation was recorded, not what the agent did to answer it.")
    said = next((step.content for step in builder.steps if step.actor is Actor.USER and step.content.strip()), "")
    whole = not pointer
    return Episode(
        key=f"{record.pointer}{pointer}"[:200],
        title=one_line(said) or f"Agent2Agent task {one_line(text_of(task.get('id')), 60)}",
        steps=tuple(builder.steps),
        outcome=_outcome(status, pointer),
        task_key=task_key(None, "a2a", said),
        task=said,
        agent="Agent2Agent",
        gaps=tuple(builder.gaps),
        native_steps=answers,
        native_unit=A2aTasks.unit,
        started=at,
        offset=record.offset if whole else 0,
        length=record.length if whole else 0,
        sha256=record.sha256 if whole else "",
    )


def _add_parts(builder: StepBuilder, actor: Actor, holder: dict[str, Json], native: int, pointer: str) -> None:
    texts, hidden = [], False
    for part in map(obj, arr(holder.get("parts"))):
        if isinstance(part.get("text"), str):
            texts.append(string(part["text"]))
        elif "data" in part:
            texts.append(json_text(part["data"]))
        else:
            texts.append("[file]")
            hidden = True
    text = "\n".join(texts)
    if name := string(holder.get("name")):
        text = f"{name}\n{text}"
    step = builder.add(actor, Kind.MESSAGE, text, native=native, pointer=pointer)
    if hidden:
        builder.gap(GapKind.MISSING, "Not shown: file.", step)


def _outcome(status: dict[str, Json], pointer: str) -> Outcome:
    state = string(status.get("state")).removeprefix("TASK_STATE_").lower()
    place, words = f"{pointer}/status/state", f"the agent reports the task as {one_line(state, 40)}"
    if state == "failed":
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, place, words)
    return Outcome(pointer=place, detail=f"{words}; that is no verdict")


register(A2aTasks())
