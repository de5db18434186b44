"""Session events of Claude Managed Agents as the steps of one episode: see `readers/managed_agents.py`.

The types are those of the anthropic SDK 2.12, ``anthropic.types.beta.sessions``. An event of another type is kept as a
message of the system, in its JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dreamdesk.intake.anthropic_blocks import tool_schemas
from dreamdesk.intake.parsing import json_text
from dreamdesk.intake.reader import Log
from dreamdesk.intake.sessions import Session, Where, add_content
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_CALLS = {"agent.tool_use", "agent.mcp_tool_use", "agent.custom_tool_use"}
_RESULTS = {
    "agent.tool_result": "tool_use_id",
    "agent.mcp_tool_result": "mcp_tool_use_id",
    "user.tool_result": "tool_use_id",
    "user.custom_tool_result": "custom_tool_use_id",
}
_SAID_TO = {"user.message", "system.message", "user.define_outcome", "user.tool_confirmation", "user.interrupt"}
_SAID = {"agent.message", "agent.thinking", "agent.thread_message_sent"}
_STATUS = {"session.status_idle", "session.status_terminated", "session.error", "session.updated"}
_SILENT = {
    "session.status_running", "session.status_rescheduled", "session.usage", "session.deleted",
    "session.thread_status_running", "session.thread_status_idle", "session.thread_status_rescheduled",
    "session.thread_status_terminated", "span.outcome_evaluation_start", "span.outcome_evaluation_ongoing",
}  # fmt: skip
_OTHERS = {
    "session.thread_created", "agent.thread_message_received", "agent.thread_context_compacted",
    "span.model_request_start", "span.model_request_end", "span.outcome_evaluation_end",
}  # fmt: skip
KNOWN = _CALLS | set(_RESULTS) | _SAID_TO | _SAID | _STATUS | _SILENT | _OTHERS
"""The types of session events, but for those of workflow runs."""

_VERDICTS = {
    "satisfied": OutcomeState.SUCCEEDED,
    "max_iterations_reached": OutcomeState.FAILED,
    "failed": OutcomeState.FAILED,
    "needs_revision": OutcomeState.FAILED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One session event, its type, and where it stands."""

    value: dict[str, Json]
    kind: str
    pointer: str
    place: str

    def text(self, key: str) -> str:
        """The field *key*, "" if it is no text."""
        return string(self.value.get(key))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a grader said of one outcome, and how many model calls there were before."""

    result: str
    explanation: str
    pointer: str
    calls: int


class Events:
    """A session while its events become steps."""

    def __init__(self, session: dict[str, Json], events: list[Event], unit: str, log: Log) -> None:
        self.events = events
        self._session = Session("Managed Agents", unit)
        self._builder = self._session.builder
        self._log = log
        self._spans = any(event.kind == "span.model_request_start" for event in events)
        self._reply: int | None = None  # index of the first step of the reply that is being read
        self._first: int | None = None  # the same, kept until the next model call begins
        self._tokens: int | None = None  # of a call whose end stands before what the agent did in it
        self._asked: list[tuple[str, Where]] = []  # permissions that were not simply given
        self._threads: dict[str, str] = {}
        self._handed: dict[str, int] = {}
        self._verdicts: dict[str, _Verdict] = {}
        self._stopped = ("", "")
        self._session.key = string(session.get("id"))
        self._session.started = next((at for event in events if (at := _at(event)) is not None), None)
        self._describe(session)
        for item in map(obj, arr(session.get("outcome_evaluations"))):
            found = _Verdict(string(item.get("result")), text_of(item.get("explanation")), "", len(events))
            if found.result in {*_VERDICTS, "interrupted"}:
                self._verdicts[string(item.get("outcome_id"))] = found

    def take(self, event: Event) -> None:
        """Take the next event."""
        kind, where = event.kind, Where(at=_at(event), pointer=event.pointer)
        if kind in _CALLS and event.text("session_thread_id"):
            self._cross_posted(event, where)
        elif kind in _SAID or kind in _CALLS:
            self._said(event, where)
        elif kind in _RESULTS:
            self._aside(where)
            where["call_id"], where["is_error"] = event.text(_RESULTS[kind]), event.value.get("is_error") is True
            add_content(self._builder, Actor.TOOL, Kind.TOOL_RESULT, event.value.get("content"), **where)
        elif kind in _SAID_TO:
            self._said_to(event, where)
        elif kind == "span.model_request_start":
            self._aside(where)
            self._first = self._tokens = None
            self._session.count += 1
        elif kind == "span.model_request_end":
            self._called(event, where)
        elif kind == "span.outcome_evaluation_end":
            self._aside(where)
            verdict = _Verdict(event.text("result"), text_of(event.value.get("explanation")), event.pointer,
                               self._session.count)  # fmt: skip
            self._verdicts[event.text("outcome_id")] = verdict
            where["agent"] = "grader"
            self._builder.add(Actor.SYSTEM, Kind.MESSAGE, f"{verdict.result}: {verdict.explanation}", **where)
        elif kind == "agent.thread_message_received":
            self._received(event, where)
        elif kind == "agent.thread_context_compacted":
            self._lost(GapKind.COMPACTION, "Earlier messages were replaced by a summary, which is not shown.", where)
        elif kind == "session.thread_created":
            self._threads[event.text("session_thread_id")] = event.text("agent_name")
        elif kind in _STATUS:
            self._status(event, where)
        elif kind not in _SILENT:
            self._aside(where)
            self._log.note(f"events of the type {one_line(kind, 60)!r} are shown as they are")
            self._builder.add(Actor.SYSTEM, Kind.MESSAGE, json_text(event.value), **where)

    def episode(self) -> Episode:
        """Return what was read as an episode."""
        self._aside(Where())
        self._builder.without_readers(self._session.count)
        self._session.outcome = self._outcome()
        return self._session.episode()

    def _describe(self, given: dict[str, Json]) -> None:
        """Take what a session object, or an update of it, tells of the session and its agent."""
        agent = obj(given.get("agent"))
        self._session.title = string(given.get("title")) or self._session.title
        if not agent:
            return
        version = text_of(agent.get("version"))
        self._session.agent = one_line(f"{string(agent.get('name'))} {version}".strip(), 100)
        self._session.use_model(obj(agent.get("model")).get("id", agent.get("model")))
        self._session.policy = string(agent.get("system")) or self._session.policy
        self._session.tools = tuple(tool for tool in tool_schemas(agent.get("tools")) if tool.name)

    def _aside(self, where: Where) -> None:
        """End the agent's reply: what follows is not the agent's. Permissions it needed come first."""
        self._builder.next_turn()
        self._reply = None
        for words, asked in self._asked:
            self._builder.add(Actor.SYSTEM, Kind.MESSAGE, words, **asked)
        if self._asked:
            self._asked = []
            self._builder.next_turn()
        where["native"] = self._session.count

    def _lost(self, gap: GapKind, note: str, where: Where, content: str = "", *, failed: bool = False) -> None:
        self._aside(where)
        self._builder.missing(
            gap, note, content, actor=Actor.SYSTEM, native=where["native"], at=where["at"], is_error=failed,
            pointer=where["pointer"],
        )  # fmt: skip

    def _said(self, event: Event, where: Where) -> None:
        """Append what the agent did in its reply."""
        if self._reply is None:
            self._builder.next_turn()
            self._reply = self._builder.next_index
            self._first = self._reply if self._first is None else self._first
            where["tokens"], self._tokens = self._tokens, None
            self._session.count += not self._spans
        where["native"] = max(self._session.count - 1, 0)
        if event.kind in _CALLS:
            self._call(event, where)
        elif event.kind == "agent.thinking":
            note = "Session events do not hold the model's thinking."
            step = self._builder.add(Actor.AGENT, Kind.GAP, "", **where)
            self._builder.gap(GapKind.WITHHELD, note, step)
        elif event.kind == "agent.message":
            add_content(self._builder, Actor.AGENT, Kind.MESSAGE, event.value.get("content"), **where)
        else:
            thread = event.text("to_session_thread_id")
            self._threads.setdefault(thread, event.text("to_agent_name"))
            step = add_content(self._builder, Actor.AGENT, Kind.HANDOFF, event.value.get("content"), **where)
            self._handed[thread] = step

    def _call(self, event: Event, where: Where) -> None:
        given = event.value.get("input")
        where["tool"], where["call_id"] = event.text("name"), event.text("id")
        text = given if isinstance(given, str) else json_text({} if given is None else given)
        self._builder.add(Actor.AGENT, Kind.TOOL_CALL, text, **where)
        permission = event.text("evaluated_permission")
        if permission and permission != "allow":
            by = one_line(string(obj(event.value.get("evaluation")).get("type")), 40)
            asked = Where(agent="permission policy", call_id=event.text("id"), at=where["at"], pointer=event.pointer)
            self._asked.append((f"{one_line(permission, 40)} ({by})" if by else one_line(permission, 40), asked))

    def _cross_posted(self, event: Event, where: Where) -> None:
        """Append a sub-agent's call, which stands among the events because it asks for permission."""
        thread = event.text("session_thread_id")
        self._aside(where)
        where["native"], where["agent"], where["parent"] = None, self._name(thread), self._handed.get(thread)
        self._call(event, where)
        self._aside(where)

    def _received(self, event: Event, where: Where) -> None:
        """Append a message of another agent; the primary agent's message to a sub-agent is its task."""
        thread, name = event.text("from_session_thread_id"), event.text("from_agent_name")
        self._aside(where)
        where["parent"] = self._handed.get(thread)
        where["agent"] = name or self._threads.get(thread, "")
        actor = Actor.AGENT if where["agent"] else Actor.USER
        add_content(self._builder, actor, Kind.MESSAGE, event.value.get("content"), **where)
        self._builder.next_turn()

    def _name(self, thread: str) -> str:
        return self._threads.get(thread) or "sub-agent"

    def _said_to(self, event: Event, where: Where) -> None:
        """Append what the user or the application said."""
        self._aside(where)
        content = event.value.get("content")
        if event.kind == "user.tool_confirmation":
            where["call_id"] = event.text("tool_use_id")
            content = ": ".join(text for key in ("result", "deny_message") if (text := event.text(key)))
        elif event.kind == "user.interrupt":
            content = event.kind
        elif event.kind == "user.define_outcome":
            rubric = obj(event.value.get("rubric"))
            content = "\n\n".join(filter(None, (event.text("description"), text_of(rubric.get("content")))))
            self._session.task = self._session.task or event.text("description")
            if rubric.get("type") == "file":
                self._builder.gap(GapKind.MISSING, "The rubric is a file that the trace does not hold.",
                                  self._builder.next_index)  # fmt: skip
        actor = Actor.SYSTEM if event.kind == "system.message" else Actor.USER
        add_content(self._builder, actor, Kind.MESSAGE, content, **where)

    def _called(self, event: Event, where: Where) -> None:
        """Take the end of a model call."""
        if event.value.get("is_error") is True:
            self._lost(GapKind.MISSING, "The model call failed.", where, failed=True)
            return
        tokens, steps = integer(obj(event.value.get("model_usage")).get("output_tokens")), self._builder.steps
        if self._first is None:
            self._tokens = tokens
        elif self._first < len(steps):
            steps[self._first] = replace(steps[self._first], tokens=tokens)

    def _status(self, event: Event, where: Where) -> None:
        if event.kind == "session.updated":
            self._describe(event.value)
        elif event.kind == "session.error":
            error = obj(event.value.get("error"))
            text = f"{string(error.get('type'))}: {text_of(error.get('message'))}"
            self._lost(GapKind.MISSING, "The service reported an error.", where, text, failed=True)
            self._session.detail = one_line(f"the service reported an error: {text}", 200)
        elif event.kind == "session.status_terminated":
            self._stopped = ("terminated", event.pointer)
        else:
            reason = string(obj(event.value.get("stop_reason")).get("type"))
            self._stopped = (reason, event.pointer)
            if reason not in ("", "end_turn"):
                words = text_of(obj(event.value.get("stop_details")).get("explanation"))
                self._session.detail = one_line(f"the session stopped with {reason} {words}".strip(), 200)
            else:
                self._session.detail = ""

    def _outcome(self) -> Outcome:
        """Return the graders' verdict, else what the session's last stop says."""
        if self._verdicts:
            states = [self._state(verdict) for verdict in self._verdicts.values()]
            state = OutcomeState.UNKNOWN
            if OutcomeState.FAILED in states:
                state = OutcomeState.PARTIAL if OutcomeState.SUCCEEDED in states else OutcomeState.FAILED
            elif OutcomeState.UNKNOWN not in states:
                state = OutcomeState.SUCCEEDED
            last = next((v for v, s in zip(self._verdicts.values(), states, strict=True) if s is state), None)
            shown = last or [*self._verdicts.values()][-1]
            words = "; ".join(f"{v.result}: {v.explanation}" for v in self._verdicts.values())
            return Outcome(state, OutcomeSource.VERDICT, shown.pointer, one_line(words, 300))
        reason, pointer = self._stopped
        if reason in ("refusal", "budget_reached"):
            return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, pointer, self._session.detail)
        return Outcome(detail=self._session.detail)

    def _state(self, verdict: _Verdict) -> OutcomeState:
        if verdict.result == "needs_revision" and verdict.calls < self._session.count:
            return OutcomeState.UNKNOWN  # the agent went on, and nobody judged what it did then
        return _VERDICTS.get(verdict.result, OutcomeState.UNKNOWN)


def _at(event: Event) -> int | None:
    return instant(event.value.get("processed_at"))
