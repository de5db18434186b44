"""tau-bench results: an array of attempts, or one attempt, as `run.py` of tau-bench (Sierra, 2024) writes them.

An attempt is ``{task_id, reward, info, traj, trial}``; *traj* holds chat messages of the roles system, user,
assistant and tool. Each message is one turn. `Step.native` counts messages from 1, the system prompt included, which
is how published labels for these traces count. The reward is the verdict. A tool's error is only told by its text,
which begins "Error". The labels of AgentRx are joined where their file lies beside the attempts or one folder up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.agentrx import Marked, agentrx_labels, labels_of
from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.extras import graded
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Record, Trace, one_by_one, register
from dreamdesk.intake.shape import arr, number, obj, string, text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource
from dreamdesk.model.text import one_line

_ACTORS = {
    "system": Actor.SYSTEM,
    "user": Actor.USER,
    "assistant": Actor.AGENT,
    "tool": Actor.TOOL,
    "function": Actor.TOOL,
}


class TauBench:
    """Reads tau-bench results."""

    name = "tau-bench"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise the four keys of an attempt."""
        if head.has("task_id", "reward", "info", "traj"):
            return 1.0
        return 0.8 if head.has("task_id", "reward", "info") and b'"traj"' in head.text else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per attempt."""
        marked = agentrx_labels(trace)
        return one_by_one(trace, lambda record: _labelled(_episode(record, self.unit), record, marked))

    def labelled(self, trace: Trace) -> bool:
        """Tell whether labels lie beside *trace*."""
        return bool(agentrx_labels(trace))


def _labelled(episode: Episode, record: Record, marked: Marked) -> Episode:
    """Add the labels of AgentRx, whose attempts have the key *records*: elsewhere its task numbers mean other tasks."""
    attempt = obj(record.value)
    if not marked or "records" not in attempt:
        return episode
    return replace(episode, labels=labels_of(marked, text_of(attempt["task_id"]), episode.steps))


def _episode(record: Record, unit: str) -> Episode:
    attempt = obj(record.value)
    if "task_id" not in attempt or not isinstance(attempt.get("traj"), list):
        raise Unreadable("it is no tau-bench attempt: task_id or the list traj is missing")
    info = obj(attempt.get("info"))
    messages = arr(attempt["traj"])
    builder = StepBuilder()
    for position, message in enumerate(messages):
        _add_message(builder, message if isinstance(message, dict) else {"content": message}, position)
    builder.close()
    task = string(obj(info.get("task")).get("instruction"))
    first_user = next((step.content for step in builder.steps if step.actor is Actor.USER), "")
    policy = next((step.content for step in builder.steps if step.actor is Actor.SYSTEM), "")
    if not messages:
        builder.gap(GapKind.MISSING, f"No message was recorded. {one_line(text_of(info.get('error')), 500)}".strip())
    task_id = text_of(attempt["task_id"])
    return Episode(
        key=record.pointer,
        title=one_line(first_user or task) or f"Task {one_line(task_id, 40)}",
        steps=tuple(builder.steps),
        outcome=_outcome(attempt, info, crashed=not messages),
        # The task number alone would mix up domains; the instruction is the same in every trial of a task.
        task_key=f"tau-bench:{task_id[:80]}:{digest(task or policy)[:12]}",
        task=task or first_user,
        policy=policy,
        gaps=tuple(builder.gaps),
        native_steps=len(messages),
        native_unit=unit,
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add_message(builder: StepBuilder, message: dict[str, Json], position: int) -> None:
    native, pointer = position + 1, f"/traj/{position}"
    actor = _ACTORS.get(string(message.get("role")), Actor.SYSTEM)
    builder.next_turn()
    text = _text(message.get("content"))
    if actor is Actor.TOOL:
        builder.add(
            actor, Kind.TOOL_RESULT, text, native=native, tool=string(message.get("name")),
            call_id=string(message.get("tool_call_id")), is_error=text.startswith("Error"), pointer=pointer,
        )  # fmt: skip
        return
    calls = [(f"{pointer}/tool_calls/{i}", obj(call)) for i, call in enumerate(arr(message.get("tool_calls")))]
    functions = [(place, string(call.get("id")), obj(call.get("function"))) for place, call in calls]
    if legacy := obj(message.get("function_call")):
        functions.append((f"{pointer}/function_call", "", legacy))
    if text or not functions:
        builder.add(
            actor, Kind.MESSAGE, text, native=native, agent=string(message.get("name")), pointer=f"{pointer}/content"
        )
    for place, call_id, function in functions:
        builder.add(
            actor, Kind.TOOL_CALL, text_of(function.get("arguments")), native=native, call_id=call_id,
            tool=string(function.get("name")), pointer=place,
        )  # fmt: skip


def _text(content: Json) -> str:
    if isinstance(content, str):
        return content
    parts = [text_of(obj(part).get("text", part)) for part in arr(content)]
    return "\n".join(parts) if parts else text_of(content)


def _outcome(attempt: dict[str, Json], info: dict[str, Json], *, crashed: bool) -> Outcome:
    if crashed:
        return Outcome(
            detail=f"the run crashed: {one_line(text_of(info.get('error')), 200) or 'no message was recorded'}"
        )
    reward = number(attempt.get("reward"))
    if reward is None:
        return Outcome(detail="the attempt has no reward")
    details = [f"reward {reward:g}"]
    result = obj(obj(info.get("reward_info")).get("info"))
    if number(result.get("r_actions")) == 0:
        details.append("the database did not end in the expected state")
    if missed := [one_line(key, 40) for key, told in obj(result.get("outputs")).items() if told is False]:
        details.append(f"the user was not told: {', '.join(missed)}")
    return Outcome(graded(reward), OutcomeSource.REWARD, "/reward", ", ".join(details), reward)


register(TauBench())
