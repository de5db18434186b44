"""Trajectories of OpenHands (All Hands AI, 2024 on), in the three ways in which it keeps them.

- Evaluation output, one line per run: ``{instance_id, test_result, instruction, metadata, history, error, instance}``.
- A trajectory: a list of events. Its verdict, if any, is the ``eval_*.json`` beside a ``traj_*.json``.
- A conversation of the SDK: ``base_state.json`` with a folder *events* of one file per event. The state file stands for
  the conversation; a single event file gives no episode of its own.

See `openhands_events` for the events. A crashed grader and a run that its infrastructure broke are unknown, not failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.intake.building import task_key
from dreamdesk.intake.companions import companion
from dreamdesk.intake.openhands_events import Events, is_event
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, number, obj, string, text_of
from dreamdesk.intake.swe_verdicts import is_instance, issue_of, verdict
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_LIMIT = re.compile(r"maximum (?:iteration|budget)|max(?:imum)?[ _]iterations?|stuck|AgentStuck", re.I)
_EVENT_FILE = re.compile(r"(?:event-)?(\d{1,9})(?:-[\w-]{1,80})?\.json")
_MAX_EVENTS = 200_000


class OpenHands:
    """Reads trajectories of OpenHands."""

    name = "openhands"
    version = 1
    unit = "events"

    def sniff(self, head: Head) -> float:
        """Recognise a line of evaluation output, the state of a conversation, or events."""
        if any({"instance_id", "history"} <= value.keys() for value in head.objects) and head.has(
            "instance_id", "test_result", "history"
        ):
            return 1.0
        if any(_is_state(value) for value in head.objects[:1]):
            return 0.9
        return 0.9 if head.objects and is_event(head.objects[0]) else 0.0

    def adopts(self, trace: Trace) -> bool:
        """Tell whether a verdict lies beside an empty trajectory."""
        return _beside(trace) is not None

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the runs of an evaluation, or the one conversation."""
        events, seen = Events(trace.log), False
        for record in trace.records():
            value = obj(record.value)
            try:
                if "history" in value:
                    yield _run(trace, record, value)
                    seen = True
                elif _is_state(value):
                    yield _conversation(trace, value)
                    seen = True
                elif not is_event(value):
                    raise Unreadable("it is no event and no run of OpenHands")
                elif events.count >= _MAX_EVENTS:
                    raise Unreadable(f"a conversation of more than {_MAX_EVENTS:,} events is not read further")
                else:
                    events.add(value, record.pointer)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        if trace.head.layout is Layout.DOCUMENTS and events.count == 1:
            trace.log.note("this is one event of a conversation, which is read by its base_state.json")
        elif events.count or not (seen or trace.log.skipped):
            yield _trajectory(trace, events)


def _is_state(value: dict[str, Json]) -> bool:
    return {"id", "agent"} <= value.keys() and {"kind", "llm"} <= obj(value["agent"]).keys() and "steps" not in value


def _run(trace: Trace, record: Record, run: dict[str, Json]) -> Episode:
    history, instance = run.get("history"), text_of(run.get("instance_id"))
    if history is not None and not isinstance(history, list):
        raise Unreadable("it is no run of OpenHands: the list history is missing")
    events = Events(trace.log)
    about = obj(run.get("metadata"))
    told = text_of(run.get("instruction"))
    for position, event in enumerate(arr(history)[:_MAX_EVENTS]):
        pairs = [obj(item) for item in event] if isinstance(event, list) else [obj(event)]  # early output: pairs
        if not position and told and string(pairs[0].get("source") if pairs else None) == "agent":
            _tell(events, told, pairs[0])
        for item in pairs[:1] if len(pairs) < 2 else pairs:
            events.add(item, f"/history/{position}")
    if len(arr(history)) > _MAX_EVENTS:
        events.builder.gap(GapKind.TRUNCATION, f"Events after the first {_MAX_EVENTS:,} were not read.")
    outcome = _graded(run, "/test_result") or (verdict(trace, "", instance) if is_instance(instance) else None)
    outcome = outcome or _ended(run, events)
    model = obj(about.get("llm")) or obj(about.get("llm_config"))
    return _episode(
        events, record.pointer, outcome, instance=instance, task=told, record=record,
        agent=string(about.get("agent_class")), model=string(model.get("model")),
    )  # fmt: skip


def _tell(events: Events, told: str, first: dict[str, Json]) -> None:
    """Show the task before the first decision, where the history leaves it out."""
    if first.get("action") in ("system", "message") or first.get("kind") == "SystemPromptEvent":
        return
    events.builder.add(Actor.USER, Kind.MESSAGE, told, pointer="/instruction")


def _conversation(trace: Trace, state: dict[str, Json]) -> Episode:
    events, folder = Events(trace.log), trace.file.home.folder("events")
    try:
        names = folder.names() if folder is not None else []
    except OSError as error:
        raise Unreadable(f"the folder events beside it cannot be read ({error.strerror})") from error
    numbered = sorted((int(match[1]), match[0]) for match in map(_EVENT_FILE.fullmatch, names) if match)
    if not numbered:
        events.builder.gap(GapKind.MISSING, "The folder events beside the state of the conversation is missing.")
    for _, name in numbered[:_MAX_EVENTS]:
        event = companion(trace, "events", name, part=True)
        if is_event(event):
            try:
                events.add(event, "")
            except Unreadable as error:
                trace.log.skip(f"events/{name}", str(error))
        elif event is not None:
            trace.log.skip(f"events/{name}", "it is no event of OpenHands")
    missing = (numbered[-1][0] + 1 - len(numbered)) if numbered else 0
    if missing > 0:
        events.builder.gap(GapKind.MISSING, f"{missing} event files are missing between the first and the last.")
    agent = obj(state.get("agent"))
    status = string(state.get("execution_status")) or string(state.get("agent_status"))
    detail = f"the conversation was left {one_line(status, 40)}; that is no verdict" if status else ""
    model = string(obj(agent.get("llm")).get("model"))
    return _episode(
        events, text_of(state.get("id")), Outcome(detail=detail), agent=string(agent.get("kind")), model=model
    )


def _trajectory(trace: Trace, events: Events) -> Episode:
    if not events.count:
        events.builder.gap(GapKind.MISSING, "The trajectory is empty.")
    return _episode(events, "", _beside(trace) or _ended({}, events))


def _beside(trace: Trace) -> Outcome | None:
    """Return the verdict in the ``eval_*.json`` beside a ``traj_*.json``."""
    name = trace.name
    beside = f"eval_{name.removeprefix('traj_')}"
    if not name.startswith("traj_"):
        return None
    return _graded({"test_result": companion(trace, beside)}, f"{beside}#")


def _episode(
    events: Events, key: str, outcome: Outcome, *, instance: str = "", task: str = "", agent: str = "", model: str = "",
    record: Record | None = None,
) -> Episode:  # fmt: skip
    builder = events.builder
    builder.close()
    if not builder.steps and not builder.gaps:
        builder.gap(GapKind.MISSING, "No event was recorded.")
    task = task or events.task
    swe = is_instance(instance)
    return Episode(
        key=key[:200],
        title=one_line(issue_of(task)) or f"OpenHands run {one_line(instance or key, 60)}".strip(),
        steps=tuple(builder.steps),
        outcome=outcome,
        task_key=f"swe:{instance}" if swe else task_key(instance or None, "OpenHands", task),
        task=task,
        agent=f"OpenHands {one_line(agent, 60)}".strip(),
        model=model or events.model,
        policy=events.policy,
        tools=events.tools,
        gaps=tuple(builder.gaps),
        native_steps=events.count,
        native_unit=OpenHands.unit,
        started=events.started,
        offset=record.offset if record else 0,
        length=record.length if record else 0,
        sha256=record.sha256 if record else "",
    )


def _graded(run: dict[str, Json], place: str) -> Outcome | None:
    """Return the verdict of the benchmark's grader: points, or SWE-bench's word; None when there is none."""
    result = obj(run.get("test_result"))
    if result.get("error"):
        words = f"the grader crashed: {one_line(text_of(result['error']), 200)}"
        return Outcome(pointer=f"{place}/error", detail=words)
    report = obj(result.get("report")) or result
    if isinstance(report.get("resolved"), bool):
        at = f"{place}/report/resolved" if "report" in result else f"{place}/resolved"
        state = OutcomeState.SUCCEEDED if report["resolved"] else OutcomeState.FAILED
        return Outcome(state, OutcomeSource.VERDICT, at, "the tests pass" if report["resolved"] else "the tests fail")
    score = obj(result.get("final_score"))
    given, total = score.get("result"), number(score.get("total"))
    reached = float(given) if isinstance(given, bool) else number(given)
    if reached is None or total is None:
        return None
    at = f"{place}/final_score"
    if total <= 0:
        return Outcome(pointer=at, detail="the grader had nothing to grade: 0 points of 0")
    state = OutcomeState.FAILED if reached <= 0 else OutcomeState.PARTIAL
    state = OutcomeState.SUCCEEDED if reached >= total else state
    return Outcome(state, OutcomeSource.SCORE, at, f"{reached:g} points of {total:g}", reached / total)


def _ended(run: dict[str, Json], events: Events) -> Outcome:
    if error := text_of(run.get("error")):
        words = one_line(error, 300)
        if _LIMIT.search(error[:5000]):
            return Outcome(
                OutcomeState.FAILED, OutcomeSource.STATUS, "/error", f"the agent did not come to an end: {words}"
            )
        return Outcome(pointer="/error", detail=f"the run was broken off: {words}")
    words = "the agent said that it is done; that is no verdict" if events.finished else "no verdict was recorded"
    return Outcome(detail=words)


register(OpenHands())
