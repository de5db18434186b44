"""SWE-agent trajectories, versions 0.x and 1.x (Princeton NLP, 2024 on): one ``.traj`` document per run.

The document is ``{trajectory, history, info, environment?, replay_config?}``. A trajectory item ``{thought, action,
observation, ...}`` is one decision with its result; `Step.native` is its 0-based index. From *history* come the
system prompt, the task and, in function-calling runs, the tool calls with their ids; messages marked ``is_demo`` belong
to another task and are left out. A retry run holds its *attempts*; each is an episode.

The action is a text command unless the model called functions. "submitted" says nothing about success: the verdict
comes from the SWE-bench files beside the trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import Mark, add_call, add_message, add_result, add_text, plain, thinking_of
from dreamdesk.intake.companions import stem
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.intake.swe_verdicts import is_instance, issue_of, verdict
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import counted, one_line

_COMMAND = re.compile(r"\s*([A-Za-z_][\w.-]{0,40})(?=\s|$)")
_LIMITS = ("exit_cost", "exit_context", "exit_format", "exit_total_cost", "early_exit")


class SweAgent:
    """Reads SWE-agent trajectories."""

    name = "swe-agent"
    version = 1
    unit = "trajectory items"

    def sniff(self, head: Head) -> float:
        """Recognise a trajectory of actions and observations; the other keys may stand far behind it."""
        for value in head.objects:
            items = [obj(item) for item in arr(value.get("trajectory"))[:2]]
            if any({"action", "observation"} <= item.keys() for item in items):
                return 1.0
            if "trajectory" in value and head.has("trajectory", "history", "info"):
                return 0.9
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the run, or each attempt of a retry run."""
        for record in trace.records():
            run = obj(record.value)
            attempts = [(i, obj(a)) for i, a in enumerate(arr(run.get("attempts"))) if "trajectory" in obj(a)]
            if not attempts:
                attempts = [(-1, run)]
            for number, attempt in attempts:
                place = record.place if number < 0 else f"attempt {number} of {record.place}"
                chosen = number < 0 or attempt.get("trajectory") == run.get("trajectory")
                try:
                    yield _episode(trace, record, attempt, number, chosen=chosen)
                except Unreadable as error:
                    trace.log.skip(place, str(error))


def _episode(trace: Trace, record: Record, run: dict[str, Json], number: int, *, chosen: bool) -> Episode:
    items = run.get("trajectory")
    if not isinstance(items, list):
        raise Unreadable("it is no SWE-agent run: the list trajectory is missing")
    pointer = "" if number < 0 else f"/attempts/{number}"
    history = [(i, obj(message)) for i, message in enumerate(arr(run.get("history")))]
    shown = [(i, message) for i, message in history if message.get("is_demo") is not True]
    if len(shown) < len(history):
        trace.log.note(f"of a demonstration of another task left out: {counted(len(history) - len(shown), 'message')}")
    builder = StepBuilder()
    for position, message in shown:
        if message.get("role") == "assistant":
            break
        add_message(builder, message, Mark(pointer=f"{pointer}/history/{position}"))
    said = [message for _, message in shown if message.get("role") == "assistant"]
    for position, item in enumerate(map(obj, items)):
        own = said.pop(0) if said and said[0].get("action") in (item.get("action"), None) else {}
        _add_item(builder, item, own, Mark(position, pointer=f"{pointer}/trajectory/{position}"))
    builder.close()
    if not items:
        builder.gap(GapKind.MISSING, "The trajectory is empty.")
    policy = next((plain(m.get("content")) for _, m in shown if m.get("role") == "system"), "")
    task = next((plain(m.get("content")) for _, m in shown if m.get("role") == "user"), "")
    settings = obj(nested(run.get("replay_config")))
    instance = stem(trace, ".traj", ".traj.json")
    info = obj(run.get("info"))
    version = string(info.get("swe_agent_version"))
    return Episode(
        key=f"{record.pointer}{pointer}",
        title=one_line(issue_of(task)) or f"SWE-agent run {one_line(instance, 60)}",
        steps=tuple(builder.steps),
        outcome=_outcome(trace, info, instance, chosen=chosen),
        task_key=f"swe:{instance}" if is_instance(instance) else f"swe:{digest(task)[:16]}" if task else "",
        task=task,
        agent=f"SWE-agent {version}".strip(),
        model=string(obj(obj(settings.get("agent")).get("model")).get("name")),
        policy=policy,
        gaps=tuple(builder.gaps),
        native_steps=len(items),
        native_unit=SweAgent.unit,
        offset=0 if pointer else record.offset,
        length=0 if pointer else record.length,
        sha256="" if pointer else record.sha256,
    )


def _add_item(builder: StepBuilder, item: dict[str, Json], own: dict[str, Json], mark: Mark) -> None:
    """Append one decision and its result; *own* is the message of the history that it came from."""
    builder.next_turn()
    place = mark.pointer

    def at(key: str) -> Mark:
        return Mark(mark.native, pointer=f"{place}/{key}")

    if thinking := thinking_of(own) or thinking_of(item):
        add_text(builder, Actor.AGENT, Kind.THINKING, thinking, at("thinking_blocks"))
    thought, action = text_of(item.get("thought")), text_of(item.get("action"))
    said = thought or ("" if action else text_of(item.get("response")))
    if said or not (action or thinking):
        add_text(builder, Actor.AGENT, Kind.MESSAGE, said, at("thought"))
    calls = [obj(call) for call in arr(own.get("tool_calls")) or arr(item.get("tool_calls"))]
    for call in calls:
        function = obj(call.get("function"))
        name, given = string(function.get("name")), function.get("arguments")
        add_call(builder, name, string(call.get("id")), given, at("action"))
    if action.strip() and not calls:
        command = _COMMAND.match(action)
        add_call(builder, command[1] if command else "shell", "", {"command": action}, at("action"))
    builder.next_turn()
    if item.get("observation") is not None:
        only = string(calls[0].get("id")) if len(calls) == 1 else ""
        add_result(builder, "", only, item["observation"], at("observation"))
    elif action:
        builder.gap(GapKind.ORPHAN_CALL, "No observation of this action was recorded.", builder.next_index - 1)


def _outcome(trace: Trace, info: dict[str, Json], instance: str, *, chosen: bool) -> Outcome:
    if not chosen:
        return Outcome(detail="another attempt of this run was submitted")
    if found := verdict(trace, instance, instance):
        return found
    status = string(info.get("exit_status"))
    words = f"the run ended with {one_line(status, 60)}" if status else "the run has no exit status"
    calls = integer(obj(info.get("model_stats")).get("api_calls"))
    words += f" after {calls} model calls" if calls else ""
    if not info.get("submission") and status.endswith(_LIMITS):
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, "/info/exit_status", f"{words} and nothing to submit")
    return Outcome(pointer="/info/exit_status" if status else "", detail=f"{words}; that is no verdict")


register(SweAgent())
