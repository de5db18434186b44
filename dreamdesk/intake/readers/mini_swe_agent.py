"""mini-swe-agent trajectories, all three shapes (SWE-agent team, 2025 on).

- Version 0: a bare list of messages.
- "mini-swe-agent-1": ``{info, messages, trajectory_format, instance_id}``. As in version 0 the command is the fenced
  block in the assistant's text, and its output comes back as a user message ``<returncode>N</returncode>...``.
- "mini-swe-agent-1.1": native tool calls, tool messages with ``extra.returncode``, and a last message of role "exit".

Each message is a turn; `Step.native` is its 0-based index. "Submitted" is no success: the verdict comes from the
SWE-bench report beside the trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import ACTORS, Mark, add_call, add_message, add_result, add_text, plain
from dreamdesk.intake.companions import stem
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, number, obj, string, text_of
from dreamdesk.intake.swe_verdicts import is_instance, issue_of, verdict
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_BLOCK = re.compile(r"```(?:bash|mswea_bash_command)[ \t]*\n(.*?)\n?```", re.S)
_CODE = re.compile(r"\s*<returncode>\s*(-?\d{1,9})\s*</returncode>")
_LIMITS = {"LimitsExceeded", "StepLimitExceeded", "CostLimitExceeded", "RepeatedFormatError", "TimeExceeded"}


class MiniSweAgent:
    """Reads mini-swe-agent trajectories."""

    name = "mini-swe-agent"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise the format's name, or a list of messages with return codes."""
        mark = b'"mini-swe-agent-'
        for value in head.objects:
            if string(value.get("trajectory_format")).startswith("mini-swe-agent"):
                return 1.0
            if "messages" in value and ("mini_version" in obj(value.get("info")) or mark in head.tail):
                return 1.0
        answers = [string(value.get("content")) for value in head.objects if value.keys() == {"role", "content"}]
        plain_list = head.layout is Layout.ARRAY and len(answers) == len(head.values)
        return 0.9 if plain_list and any(map(_CODE.match, answers)) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the run."""
        for record in trace.records(split=False):
            trace.log.saw(string(obj(record.value).get("trajectory_format")) or "version 0")
            try:
                yield _episode(trace, record)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))


@dataclass(slots=True)
class _Run:
    """What reading the messages of one run remembers: whether the agent has begun, and which call waits, if any."""

    builder: StepBuilder = field(default_factory=StepBuilder)
    begun: bool = False
    waiting: bool = False
    calls: list[str] = field(default_factory=list)


def _episode(trace: Trace, record: Record) -> Episode:
    run = obj(record.value)
    messages = run.get("messages") if run else record.value
    if not isinstance(messages, list):
        raise Unreadable("it is no mini-swe-agent run: the list messages is missing")
    pointer = "/messages" if run else ""
    reading = _Run()
    for position, message in enumerate(map(obj, messages)):
        _add(reading, message, position, f"{pointer}/{position}")
    builder = reading.builder
    builder.close()
    if not messages:
        builder.gap(GapKind.MISSING, "No message was recorded.")
    first = {string(obj(m).get("role")): plain(obj(m).get("content")) for m in reversed(messages)}
    policy, task = first.get("system", ""), first.get("user", "")
    info = obj(run.get("info"))
    given = string(run.get("instance_id"))
    name = stem(trace, ".traj.json", ".json", ".traj")
    instance = given or (name if is_instance(name) else "")
    return Episode(
        key=record.pointer,
        title=one_line(issue_of(task)) or f"mini-swe-agent run {one_line(instance, 60)}".strip(),
        steps=tuple(builder.steps),
        outcome=_outcome(trace, info, name, instance),
        task_key=f"swe:{instance[:200]}" if instance else f"swe:{digest(task)[:16]}" if task else "",
        task=task,
        agent=f"mini-swe-agent {string(info.get('mini_version'))}".strip(),
        model=string(obj(obj(info.get("config")).get("model")).get("model_name")),
        policy=policy,
        gaps=tuple(builder.gaps),
        native_steps=len(messages),
        native_unit=MiniSweAgent.unit,
        started=next((step.at for step in builder.steps if step.at is not None), None),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add(run: _Run, message: dict[str, Json], position: int, pointer: str) -> None:
    extra, role = obj(message.get("extra")), string(message.get("role"))
    response = obj(extra.get("response"))
    at = instant(extra.get("timestamp"))
    at = instant(response.get("created")) if at is None else at
    mark = Mark(position, at, integer(obj(response.get("usage")).get("completion_tokens")), pointer=pointer)
    actor = ACTORS.get(role, Actor.SYSTEM)
    if actor is Actor.AGENT:
        run.begun = True
        _add_decision(run, message, mark)
        return
    text = plain(message.get("content"))
    code = integer(extra.get("returncode"))
    code = code if code is not None else int(match[1]) if (match := _CODE.match(text)) else 0
    here = Mark(position, at, pointer=f"{pointer}/content")
    run.builder.next_turn()
    if actor is Actor.TOOL:
        call_id = string(message.get("tool_call_id"))
        run.calls = [call for call in run.calls if call != call_id]
        add_result(run.builder, "bash", call_id, message.get("content"), here, is_error=code != 0)
    elif role == "exit" and (run.waiting or len(run.calls) == 1) and number(extra.get("returncode")) is None:
        add_result(run.builder, "bash", run.calls[0] if run.calls else "", message.get("content"), here)
        run.waiting, run.calls = False, []
    elif actor is Actor.USER and run.waiting:
        add_result(run.builder, "bash", "", message.get("content"), here, is_error=code != 0)
        run.waiting = False
    else:
        # Once the agent has begun, such a message is the harness's: a format error, a limit, the end.
        add_text(run.builder, Actor.SYSTEM if run.begun else actor, Kind.MESSAGE, message.get("content"), here)


def _add_decision(run: _Run, message: dict[str, Json], mark: Mark) -> None:
    """Append what the agent said and did: native tool calls, or the one fenced command in its text."""
    calls = arr(message.get("tool_calls"))
    text = plain(message.get("content"))
    blocks = [] if calls else list(_BLOCK.finditer(text))
    run.calls = [string(obj(call).get("id")) for call in calls]
    run.waiting = len(blocks) == 1
    if not run.waiting:
        add_message(run.builder, message, mark)
        return
    block = blocks[0]
    said = f"{text[: block.start()]}{text[block.end() :]}".strip()
    add_message(run.builder, {**message, "content": said}, mark)
    tokens = None if run.builder.steps and run.builder.steps[-1].turn == run.builder.turn else mark.tokens
    place = Mark(mark.native, mark.at, tokens, pointer=f"{mark.pointer}/content")
    add_call(run.builder, "bash", "", {"command": block[1]}, place)


def _outcome(trace: Trace, info: dict[str, Json], name: str, instance: str) -> Outcome:
    if found := verdict(trace, name, instance):
        return found
    status = string(info.get("exit_status"))
    if not status:
        return Outcome(detail="the run has no exit status")
    if status.lower() == "submitted":
        return Outcome(pointer="/info/exit_status", detail="the agent submitted its work; that is no verdict")
    words = f"the run ended with {one_line(status, 60)} and nothing was submitted"
    if status not in _LIMITS:
        error = one_line(text_of(info.get("exception_str")), 200)
        words += f"; the model's server or the environment failed{': ' if error else ''}{error}"
    return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, "/info/exit_status", words)


register(MiniSweAgent())
