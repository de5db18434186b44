"""tau2-bench results (Sierra, 2025): one file with all simulations, or one file per simulation.

The results file is ``{timestamp, info, tasks, simulations}``. Newer versions write ``results.json`` without
simulations and a folder ``simulations`` with one file each; then the task and the policy come from the results file
one folder up. A simulation is ``{id, task_id, trial, termination_reason, reward_info, messages | ticks, review}``.

- *messages*: each is a turn; the user can call tools too (requestor "user"). `Step.native` is ``turn_idx``.
- *ticks* (full-duplex voice): consecutive chunks of one speaker are one turn; `Step.native` is the tick's id. Speech
  recorded without its words stands as a gap.

The verdict is ``reward_info.reward``; a run that the infrastructure ended has none. The errors of a review become
labels, with the correct behaviour in their reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.companions import companion
from dreamdesk.intake.extras import graded
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, number, obj, string, text_of
from dreamdesk.intake.tau2_ticks import add_ticks
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Label, Outcome, OutcomeSource, Step
from dreamdesk.model.text import one_line

_ACTORS = {"system": Actor.SYSTEM, "user": Actor.USER, "assistant": Actor.AGENT, "tool": Actor.TOOL}
_NOT_THE_AGENT = {"infrastructure_error", "user_error", "unexpected_error"}


class Tau2Bench:
    """Reads tau2-bench results and single simulations."""

    name = "tau2-bench"
    version = 1
    unit = "messages or ticks"

    def sniff(self, head: Head) -> float:
        """Recognise the keys of a results file or of a simulation."""
        for value in head.objects:
            info = obj(value.get("info"))
            if "environment_info" in info and "agent_info" in info:
                return 1.0
            if {"task_id", "termination_reason"} <= value.keys() and ("messages" in value or "ticks" in value):
                return 1.0
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per simulation."""
        for record in trace.records():
            value = obj(record.value)
            if "simulations" in value:
                for position, simulation in enumerate(arr(value["simulations"])):
                    place = f"{record.pointer}/simulations/{position}"
                    part = Record(simulation, f"simulation {position}", place)
                    yield from _read(trace, part, value)
            elif "termination_reason" in value:
                yield from _read(trace, record, obj(companion(trace, "..", "results.json")))
            elif "environment_info" in obj(value.get("info")):
                trace.log.note("these results hold no simulations; they are in the files of the folder simulations")
            else:
                trace.log.skip(record.place, "it is neither a tau2-bench result nor a simulation")


def _read(trace: Trace, record: Record, results: dict[str, Json]) -> Iterator[Episode]:
    trace.log.saw("full duplex (ticks)" if obj(record.value).get("ticks") else "messages")
    try:
        yield _episode(record, results)
    except Unreadable as error:
        trace.log.skip(record.place, str(error))


def _episode(record: Record, results: dict[str, Json]) -> Episode:
    run, info = obj(record.value), obj(results.get("info"))
    messages, ticks = run.get("messages"), run.get("ticks")
    if not (isinstance(messages, list) or isinstance(ticks, list)):
        raise Unreadable("it is no tau2-bench simulation: both messages and ticks are missing")
    builder = StepBuilder()
    if isinstance(messages, list) and (messages or not ticks):
        for position, message in enumerate(messages):
            _add_message(builder, obj(message), position, f"/messages/{position}")
        unit, length = "messages", len(messages)
    else:
        add_ticks(builder, arr(ticks))
        unit, length = "ticks", len(arr(ticks))
    builder.close()
    if not builder.steps:
        builder.gap(GapKind.MISSING, "Nothing of the conversation was recorded.")
    task_id = text_of(run.get("task_id"))
    task = _task(task_id, results)
    heard = next((step.content for step in builder.steps if step.actor is Actor.USER and step.content), "")
    domain = obj(info.get("environment_info"))
    agent = obj(info.get("agent_info"))
    policy = string(run.get("policy")) or string(domain.get("policy"))
    return Episode(
        key=f"{string(run.get('id'))[:200]} {record.pointer}".strip(),
        title=one_line(heard or task) or f"Task {one_line(task_id, 40)}",
        steps=tuple(builder.steps),
        outcome=_outcome(run),
        task_key=f"tau2-bench:{string(domain.get('domain_name'))[:40]}:{task_id[:80]}:{digest(task or policy)[:12]}",
        task=task or heard,
        agent=string(agent.get("implementation")),
        model=string(agent.get("llm")),
        policy=policy,
        gaps=tuple(builder.gaps),
        labels=tuple(_labels(run, builder.steps)),
        native_steps=length,
        native_unit=unit,
        started=instant(run.get("start_time")),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add_message(builder: StepBuilder, message: dict[str, Json], position: int, pointer: str) -> None:
    """Append one message; a MultiToolMessage holds the results of several calls."""
    inner = arr(message.get("tool_messages"))
    if inner:
        for number_, part in enumerate(inner):
            _add_message(builder, obj(part), position, f"{pointer}/tool_messages/{number_}")
        return
    turn = integer(message.get("turn_idx"))
    native = turn if turn is not None and turn >= 0 else position
    actor, at = _ACTORS.get(string(message.get("role")), Actor.SYSTEM), instant(message.get("timestamp"))
    tokens = integer(obj(message.get("usage")).get("completion_tokens"))
    text = text_of(message.get("content"))
    builder.next_turn()
    if actor is Actor.TOOL:
        builder.add(
            actor, Kind.TOOL_RESULT, text, native=native, call_id=string(message.get("id")),
            is_error=message.get("error") is True, at=at, pointer=pointer,
        )  # fmt: skip
        return
    calls = list(map(obj, arr(message.get("tool_calls"))))
    if text or not calls:
        builder.add(actor, Kind.MESSAGE, text, native=native, at=at, tokens=tokens, pointer=f"{pointer}/content")
    for number_, call in enumerate(calls):
        builder.add(
            actor, Kind.TOOL_CALL, text_of(call.get("arguments")), native=native, tool=string(call.get("name")),
            call_id=string(call.get("id")), at=at, tokens=None if text or number_ else tokens,
            pointer=f"{pointer}/tool_calls/{number_}",
        )  # fmt: skip


def _task(task_id: str, results: dict[str, Json]) -> str:
    """Return what the simulated user was told of the task *task_id*."""
    task = next((t for t in map(obj, arr(results.get("tasks"))) if text_of(t.get("id")) == task_id), {})
    told = obj(task.get("user_scenario")).get("instructions")
    if not isinstance(told, dict):
        return text_of(told)
    words = (text_of(told.get(key)) for key in ("reason_for_call", "known_info", "unknown_info", "task_instructions"))
    return "\n\n".join(filter(None, words))


def _outcome(run: dict[str, Json]) -> Outcome:
    ended, grade = string(run.get("termination_reason")), obj(run.get("reward_info"))
    words = f"the run ended with {one_line(ended, 40)}" if ended else ""
    if ended in _NOT_THE_AGENT:
        return Outcome(detail=f"{words}, which is not the agent's doing")
    reward = number(grade.get("reward"))
    if reward is None:
        return Outcome(detail=", ".join(filter(None, ("the simulation has no reward", words))))
    details = [f"reward {reward:g}", words]
    for part, points in obj(grade.get("reward_breakdown")).items():
        if number(points) is not None and points < 1:
            details.append(f"{one_line(part, 40)} {points:g}")
    words = ", ".join(filter(None, details))
    return Outcome(graded(reward), OutcomeSource.REWARD, "/reward_info/reward", words, reward)


def _labels(run: dict[str, Json], steps: list[Step]) -> Iterator[Label]:
    """Yield the errors that reviews found."""
    reviews = [run.get("review"), run.get("user_only_review"), *arr(run.get("reviews"))]
    for error in (obj(error) for review in reviews for error in arr(obj(review).get("errors"))):
        native = integer(error.get("turn_idx", error.get("tick_id")))
        step = next((s.index for s in steps if native is not None and s.native == native), None)
        right = string(error.get("correct_behavior"))
        reason = text_of(error.get("reasoning")) + (f"\nCorrect behavior: {right}" if right else "")
        category = string(error.get("error_type")) or string(error.get("severity"))
        yield Label(step, native, string(error.get("source")), reason.strip(), category, "tau2-bench review")


register(Tau2Bench())
