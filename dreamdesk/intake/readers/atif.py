"""Agent Trajectory Interchange Format, ATIF 1.0 to 1.8, and the trial folders of Harbor that it comes from.

A trajectory is ``{schema_version: "ATIF-v1.x", agent, steps, ...}``; a step holds a message and, if it is the agent's,
its reasoning, its tool calls and what was observed. `Step.native` is ``step_id``, from 1. Near misses of the format
are read too. Runs of sub-agents that are embedded follow the call that started them.

The format has no verdict. It is taken from the trial's ``result.json`` or ``verifier/reward.*`` in the folder above. A
``result.json`` itself is an episode without steps only when its trajectory is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.chat import Mark, add_call, add_result, add_text, tool_schemas
from dreamdesk.intake.companions import belongings, companion
from dreamdesk.intake.extras import graded
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Record, Trace, one_by_one, register
from dreamdesk.intake.shape import arr, instant, integer, number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, Step
from dreamdesk.model.text import one_line

_ACTORS = {"system": Actor.SYSTEM, "user": Actor.USER, "agent": Actor.AGENT}
_AGENTS_OWN = ("tool_calls", "reasoning_content", "metrics", "llm_call_count")
_DEPTH = 8
_CONTINUED = re.compile(r"agent/[^/]*trajectory[^/]*\.json")


class Atif:
    """Reads ATIF trajectories and Harbor trial results."""

    name = "atif"
    version = 1
    unit = "steps"

    def sniff(self, head: Head) -> float:
        """Recognise the schema's name, or its shape under another name, or a trial result."""
        for value in head.objects:
            version = string(value.get("schema_version"))
            steps = [obj(step) for step in arr(value.get("steps"))[:3]]
            shaped = isinstance(value.get("agent"), dict) and any({"step_id", "source"} <= s.keys() for s in steps)
            if version.startswith("ATIF") or (version and shaped):
                return 1.0
            if shaped or {"task_name", "trial_name", "verifier_result"} <= value.keys():
                return 0.9
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per trajectory."""
        if trace.head.has("trial_name", "verifier_result"):
            if isinstance(obj(companion(trace, "agent", "trajectory.json")).get("steps"), list):
                trace.log.note("this is the verdict of a trial; its steps are in agent/trajectory.json")
                _claim(trace)
                return iter(())
            return one_by_one(trace, _trial)
        result = _result(trace)

        def told(record: Record) -> Episode:
            trace.log.saw(string(obj(record.value).get("schema_version")) or "no schema version")
            return _episode(record, result)

        return one_by_one(trace, told)


def _claim(trace: Trace) -> None:
    """Claim what a trial keeps beside its trajectory: the agent's own log tells the same run once more."""
    kept = (*belongings(trace, "agent"), *belongings(trace, "verifier"), *belongings(trace, depth=0))
    for name, file in kept:
        if name not in ("agent/trajectory.json", trace.name) and not _CONTINUED.fullmatch(name):
            try:
                trace.use(file, name, part=True)
            except OSError as error:
                trace.log.skip(name, error.strerror or str(error))


@dataclass(slots=True)
class _Result:
    """What the trial folder says of a trajectory."""

    outcome: Outcome = field(default_factory=Outcome)
    task_name: str = ""


def _result(trace: Trace) -> _Result:
    """Return what the trial folder around *trace* says."""
    near: list[tuple[str, ...]] = [("result.json",), ("..", "result.json")]
    for place in near:
        result = obj(companion(trace, *place))
        if "verifier_result" in result:
            return _Result(_verdict(result, "/".join(place)), string(result.get("task_name")))
    for name in ("reward.json", "reward.txt"):
        given = companion(trace, "..", "verifier", name)
        reward = number(obj(given).get("reward", given))
        if reward is not None:
            pointer, words = f"../verifier/{name}", f"reward {reward:g}"
            return _Result(Outcome(graded(reward), OutcomeSource.REWARD, pointer, words, reward))
    return _Result()


def _verdict(result: dict[str, Json], name: str) -> Outcome:
    error = obj(result.get("exception_info"))
    words = f"the run raised {one_line(text_of(error.get('exception_type')), 60)}" if error else ""
    rewards = obj(obj(result.get("verifier_result")).get("rewards"))
    points = {key: value for key, given in rewards.items() if (value := number(given)) is not None}
    key = "reward" if "reward" in points else next(iter(points), "")
    if not key or (key != "reward" and len(points) > 1):
        reason = "the verifier gave several rewards and no total" if points else "the verifier gave no reward"
        return Outcome(pointer=f"{name}#/verifier_result", detail=", ".join(filter(None, (reason, words))))
    detail = ", ".join(filter(None, (f"reward {points[key]:g}", words)))
    pointer = f"{name}#/verifier_result/rewards/{key.replace('~', '~0').replace('/', '~1')}"
    return Outcome(graded(points[key]), OutcomeSource.REWARD, pointer, detail, points[key])


def _trial(record: Record) -> Episode:
    """Return the episode of a trial whose trajectory is not there."""
    result = obj(record.value)
    name = string(result.get("task_name"))
    builder = StepBuilder()
    builder.gap(GapKind.MISSING, "The trajectory of this trial is not beside its result.")
    return Episode(
        key=record.pointer,
        title=one_line(string(result.get("trial_name")) or name) or "Trial",
        steps=(),
        outcome=_verdict(result, ""),
        task_key=f"harbor:{name[:120]}" if name else "",
        agent=string(obj(result.get("agent_info")).get("name")),
        gaps=tuple(builder.gaps),
        native_unit=Atif.unit,
        started=instant(result.get("started_at")),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _episode(record: Record, result: _Result) -> Episode:
    run = obj(record.value)
    steps = run.get("steps")
    if not isinstance(steps, list):
        raise Unreadable("it is no ATIF trajectory: the list steps is missing")
    agent = obj(run.get("agent"))
    tree = _Tree(run)
    tree.add_run(steps, "", 0)
    tree.add_unreferenced()
    builder = tree.builder
    builder.close()
    if goes_on := text_of(run.get("continued_trajectory_ref")):
        builder.gap(GapKind.TRUNCATION, f"The run goes on in another file, {one_line(goes_on, 100)}.")
    if not steps:
        builder.gap(GapKind.MISSING, "The trajectory has no steps.")
    first = _first(builder.steps, Actor.USER)
    name = string(agent.get("name"))
    model = string(agent.get("model_name")) or string(agent.get("model"))
    return Episode(
        key=record.pointer,
        title=one_line(first) or one_line(result.task_name) or "Trajectory without a user message",
        steps=tuple(builder.steps),
        outcome=result.outcome,
        task_key=f"harbor:{result.task_name[:120]}" if result.task_name else task_key(None, name, first),
        task=first,
        agent=f"{name} {string(agent.get('version'))}".strip(),
        model=model or next((string(obj(s).get("model_name")) for s in steps if obj(s).get("model_name")), ""),
        policy=_first(builder.steps, Actor.SYSTEM),
        tools=tool_schemas(agent.get("tool_definitions")),
        gaps=tuple(builder.gaps),
        native_steps=len(steps),
        native_unit=Atif.unit,
        started=next((step.at for step in builder.steps if step.at is not None), None),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _first(steps: list[Step], actor: Actor) -> str:
    return next((s.content for s in steps if s.actor is actor and s.kind is Kind.MESSAGE and s.content), "")


class _Tree:
    """Builds the steps of a trajectory and of the sub-agents' runs embedded in it."""

    def __init__(self, run: dict[str, Json]) -> None:
        self.builder = StepBuilder()
        self._calls: dict[str, int] = {}
        embedded = [(i, obj(sub)) for i, sub in enumerate(arr(run.get("subagent_trajectories")))]
        self._runs = {
            string(sub.get("trajectory_id")) or string(sub.get("session_id")) or f"#{i}": (i, sub)
            for i, sub in embedded
        }

    def add_run(self, steps: list[Json], pointer: str, depth: int, agent: str = "", parent: int | None = None) -> None:
        """Append *steps*; those of a sub-agent have no native index, since labels count the main run."""
        copied = 0
        for position, step in enumerate(map(obj, steps)):
            copied += step.get("is_copied_context") is True
            given = integer(step.get("step_id"))
            native = given if given is not None and given >= 0 else position + 1
            place = f"{pointer}/steps/{position}"
            self._add_step(step, native if depth == 0 else None, place, depth, agent, parent)
        if copied:
            self.builder.gap(GapKind.COMPACTION, f"{copied} steps were copied from an earlier part of the run.", parent)

    def add_unreferenced(self) -> None:
        """Append the runs of sub-agents that no result refers to."""
        while self._runs:
            self._add_sub_agent(next(iter(self._runs)), 1, None)

    def _add_step(
        self, step: dict[str, Json], native: int | None, place: str, depth: int, agent: str, parent: int | None
    ) -> None:
        builder = self.builder
        own = any(step.get(key) is not None for key in _AGENTS_OWN)
        actor = _ACTORS.get(string(step.get("source")), Actor.AGENT if own else Actor.SYSTEM)
        at = instant(step.get("timestamp"))
        name = agent if actor is Actor.AGENT else ""
        tokens = integer(obj(step.get("metrics")).get("completion_tokens"))
        builder.next_turn()
        first = builder.next_index

        def mark(where: str) -> Mark:
            return Mark(native, at, tokens if builder.next_index == first else None, name, f"{place}/{where}", parent)

        if thinking := text_of(step.get("reasoning_content")):
            add_text(builder, actor, Kind.THINKING, thinking, mark("reasoning_content"))
        calls = [obj(call) for call in arr(step.get("tool_calls"))]
        observation = step.get("observation")
        if step.get("message") not in (None, "", []) or not (thinking or calls or observation):
            add_text(builder, actor, Kind.MESSAGE, step.get("message"), mark("message"))
        for i, call in enumerate(calls):
            tool = string(call.get("function_name")) or string(call.get("name"))
            call_id = string(call.get("tool_call_id")) or string(call.get("id"))
            self._calls[call_id] = add_call(builder, tool, call_id, call.get("arguments"), mark(f"tool_calls/{i}"))
        only = string(calls[0].get("tool_call_id")) if len(calls) == 1 else ""
        self._add_results(
            obj(observation), only, Mark(native, at, pointer=f"{place}/observation", parent=parent), depth
        )

    def _add_results(self, observation: dict[str, Json], only: str, mark: Mark, depth: int) -> None:
        builder = self.builder
        results = arr(observation.get("results")) or ([observation] if "content" in observation else [])
        if not results:
            return
        builder.next_turn()
        for i, result in enumerate(map(obj, results)):
            call_id = string(result.get("source_call_id")) or (only if len(results) == 1 else "")
            here = replace(mark, pointer=f"{mark.pointer}/results/{i}")
            step = add_result(builder, "", call_id, result.get("content"), here)
            for ref in map(obj, arr(result.get("subagent_trajectory_ref"))):
                key = string(ref.get("trajectory_id")) or string(ref.get("session_id"))
                if key in self._runs and depth < _DEPTH:
                    self._add_sub_agent(key, depth + 1, self._calls.get(call_id, step))
                    continue
                where = one_line(string(ref.get("trajectory_path")) or key, 100)
                builder.gap(GapKind.MISSING, f"The run of a sub-agent stands elsewhere: {where}.", step)

    def _add_sub_agent(self, key: str, depth: int, parent: int | None) -> None:
        position, run = self._runs.pop(key)
        name = string(obj(run.get("agent")).get("name")) or key
        pointer = f"/subagent_trajectories/{position}"
        self.add_run(arr(run.get("steps")), pointer, depth, name, parent)


register(Atif())
