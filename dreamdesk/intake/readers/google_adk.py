"""Google ADK: sessions (adk 2.x in camel case, 1.x in snake case, 0.x with event_logs) and eval sets.

A session is ``{id, appName, userId, events: [{author, content: {role, parts}, timestamp (seconds), finishReason,
usageMetadata, errorCode, errorMessage, partial}]}``; parts are text (*thought*: thinking), functionCall and
functionResponse. One session is one episode; the unit is the model call: each event of an agent that answers, and each
event of an error that no open tool call explains. A session whose last event has an *errorCode* failed; a tool's error
is only told by its answer, ``{"status": "error"}`` or ``{"error": ...}``.

An eval set is ``{eval_set_id, eval_cases: [{eval_id, conversation: [{user_content, intermediate_data: {tool_uses,
tool_responses, intermediate_responses}, final_response}]}]}``: what an agent should do, not a run. Each case is one
episode with an unknown outcome; the unit is the invocation.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_CUT = {"MAX_TOKENS", "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL"}


class GoogleAdk:
    """Reads sessions and eval sets of the Google ADK."""

    name = "google-adk"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise a session by its app or by what its events have, an eval set by its cases."""
        for value in head.objects:
            events = [obj(event) for event in arr(value.get("events"))]
            named = _get(value, "app_name") is not None or "event_logs" in value or "pending_events" in value
            invoked = any("author" in event and _get(event, "invocation_id") is not None for event in events)
            if isinstance(value.get("events"), list) and (named or invoked):
                return 0.95
            if isinstance(_get(value, "eval_cases"), list) and _get(value, "eval_set_id") is not None:
                return 0.95
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per session or eval case."""
        for record in trace.records():
            value = obj(record.value)
            cases = _get(value, "eval_cases")
            if not isinstance(cases, list) and not isinstance(value.get("events"), list):
                trace.log.skip(record.place, "it is neither an ADK session nor an eval set")
                continue
            for number, case in enumerate(arr(cases)):
                try:
                    yield _case(record, obj(case), number, text_of(_get(value, "eval_set_id")))
                except Unreadable as error:
                    trace.log.skip(f"{record.place}, case {number}", str(error))
            if not isinstance(cases, list):
                try:
                    yield _Session(value).episode(record, self.unit)
                except Unreadable as error:
                    trace.log.skip(record.place, str(error))


def _get(value: dict[str, Json], key: str) -> Json:
    """Return a field that is written in snake case or in camel case."""
    if value.get(key) is not None:
        return value[key]
    first, *rest = key.split("_")
    return value.get(first + "".join(word.capitalize() for word in rest))


def add_parts(
    builder: StepBuilder, actor: Actor, content: Json, pointer: str, native: int | None, at: int | None,
    agent: str = "", tokens: int | None = None,
) -> None:  # fmt: skip
    """Append the steps of one Gemini content, in the turn that is open."""
    for number, part in enumerate(map(obj, arr(obj(content).get("parts")))):
        place = f"{pointer}/parts/{number}"
        call, answer = obj(_get(part, "function_call")), obj(_get(part, "function_response"))
        code, output = obj(_get(part, "executable_code")), obj(_get(part, "code_execution_result"))
        name = agent if actor is Actor.AGENT else ""
        if call or code:
            builder.add(
                Actor.AGENT, Kind.TOOL_CALL, json_text(call.get("args") or {}) if call else text_of(code.get("code")),
                native=native, agent=agent, tool=string(call.get("name")) if call else "code_execution",
                call_id=string(call.get("id")), at=at, tokens=tokens, pointer=place,
            )  # fmt: skip
        elif answer or output:
            given = answer.get("response", output.get("output"))
            failed = is_error(given) or string(output.get("outcome")) not in ("", "OUTCOME_OK")
            builder.add(
                Actor.TOOL, Kind.TOOL_RESULT, _result(given), native=native, at=at, is_error=failed, pointer=place,
                tool=string(answer.get("name")) if answer else "code_execution", call_id=string(answer.get("id")),
            )  # fmt: skip
        elif isinstance(part.get("text"), str):
            kind = Kind.THINKING if part.get("thought") is True else Kind.MESSAGE
            if part["text"]:
                builder.add(
                    actor, kind, part["text"], native=native, agent=name, at=at, tokens=tokens, pointer=f"{place}/text"
                )
        elif any(_get(part, key) is not None for key in ("inline_data", "file_data")):
            step = builder.add(actor, Kind.MESSAGE, "[file]", native=native, agent=name, at=at, pointer=place)
            builder.gap(GapKind.MISSING, "A file in this message is not shown.", step)
        else:
            continue
        tokens = None


def is_error(response: Json) -> bool:
    """Tell whether a tool's answer says that it failed, by the ADK's convention or MCP's."""
    found = obj(response)
    return found.get("status") == "error" or found.get("isError") is True or bool(found.get("error"))


def _result(response: Json) -> str:
    found = obj(response)
    if set(found) == {"result"} and isinstance(found["result"], str):  # how the ADK wraps a tool's text
        return found["result"]
    return text_of(response)


class _Session:
    """Builds the episode of one session."""

    def __init__(self, session: dict[str, Json]) -> None:
        self._session = session
        self._builder = StepBuilder()
        self._calls = 0
        self._waiting = 0
        self._models: dict[str, None] = {}
        self._agents: dict[str, None] = {}
        self._error: tuple[str, str] | None = None

    def episode(self, record: Record, unit: str) -> Episode:
        session, builder = self._session, self._builder
        streamed = 0
        for number, event in enumerate(map(obj, arr(session["events"]))):
            if event.get("partial") is True or obj(event.get("options")).get("partial") is True:
                streamed += 1
                continue
            self._add(event, f"/events/{number}")
        builder.without_readers(self._calls)
        builder.close()
        if streamed:
            builder.gap(GapKind.MISSING, f"Events of the stream that the final ones repeat were left out: {streamed}.")
        app = string(_get(session, "app_name"))
        first = next((step.content for step in builder.steps if step.actor is Actor.USER), "")
        logs = [obj(obj(log).get("model_request")) for log in arr(session.get("event_logs"))]
        models = [*self._models, *(string(log.get("model")) for log in logs if log.get("model"))]
        config = next((obj(log.get("config")) for log in logs), {})
        return Episode(
            key=f"{string(session.get('id'))[:200]} {record.pointer}".strip() or "session",
            title=one_line(first) or f"Session {one_line(text_of(session.get('id')), 60)}",
            steps=tuple(builder.steps),
            outcome=self._outcome(),
            task_key=task_key(None, app or next(iter(self._agents), ""), first),
            task=first,
            agent=app or ", ".join(self._agents),
            model=", ".join(dict.fromkeys(models)),
            policy=text_of(_get(config, "system_instruction")),
            gaps=tuple(builder.gaps),
            native_steps=self._calls,
            native_unit=unit,
            started=next((step.at for step in builder.steps if step.at is not None), None),
            offset=record.offset,
            length=record.length,
            sha256=record.sha256,
        )

    def _add(self, event: dict[str, Json], pointer: str) -> None:
        builder, content = self._builder, obj(event.get("content"))
        at, author = instant(event.get("timestamp")), string(event.get("author"))
        code, message = text_of(_get(event, "error_code")), text_of(_get(event, "error_message"))
        parts = [obj(part) for part in arr(content.get("parts"))]
        answers = any(_get(part, "function_response") is not None for part in parts)
        builder.next_turn()
        self._error = None
        if parts and (author == "user" or answers):
            self._waiting -= sum(_get(part, "function_response") is not None for part in parts)
            add_parts(builder, Actor.USER, content, f"{pointer}/content", self._calls, at, author)
        elif parts:
            self._agents[author] = None
            if model := string(_get(event, "model_version")):
                self._models[model] = None
            tokens = integer(_get(obj(_get(event, "usage_metadata")), "candidates_token_count"))
            add_parts(builder, Actor.AGENT, content, f"{pointer}/content", self._calls, at, author, tokens)
            self._waiting += sum(_get(part, "function_call") is not None for part in parts)
            self._calls += 1
            stop = string(_get(event, "finish_reason"))
            if stop in _CUT and builder.steps:
                builder.gap(GapKind.TRUNCATION, f"The reply was cut off ({stop}).", builder.next_index - 1)
        if code or message:
            self._add_error(": ".join(filter(None, (code, message))), author, at, pointer, answered=bool(parts))

    def _add_error(self, words: str, author: str, at: int | None, pointer: str, *, answered: bool) -> None:
        """Append an error. With tool calls open it came from a tool, which the ADK leaves without an answer."""
        if self._waiting > 0 or answered:
            actor, native, note = Actor.SYSTEM, None, f"The run was broken off: {words}"
        else:
            actor, native, note = Actor.AGENT, self._calls, f"The model call failed: {words}"
            self._calls += 1
        self._builder.next_turn()
        self._builder.missing(
            GapKind.MISSING, note, words, actor=actor, native=native, agent=author if native is not None else "",
            at=at, is_error=True, pointer=pointer,
        )  # fmt: skip
        self._error = words, f"{pointer}/errorCode"

    def _outcome(self) -> Outcome:
        if self._error is None:
            return Outcome()
        words, pointer = self._error
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, pointer, f"the last event is an error: {words[:500]}")


def _case(record: Record, case: dict[str, Json], number: int, name: str) -> Episode:
    """Return the episode of one eval case: what the agent is expected to do."""
    conversation = _get(case, "conversation")
    if not isinstance(conversation, list):
        raise Unreadable("the eval case has no conversation")
    builder, place = StepBuilder(), f"/eval_cases/{number}/conversation"
    for native, turn in enumerate(map(obj, conversation)):
        pointer, data = f"{place}/{native}", obj(_get(turn, "intermediate_data"))
        at = instant(_get(turn, "creation_timestamp"))
        builder.next_turn()
        add_parts(builder, Actor.USER, _get(turn, "user_content"), f"{pointer}/user_content", native, at)
        inside = f"{pointer}/intermediate_data"
        builder.next_turn()
        for key, field in (("tool_uses", "functionCall"), ("tool_responses", "functionResponse")):
            parts = [{field: item} for item in arr(_get(data, key))]
            add_parts(builder, Actor.AGENT, {"parts": parts}, f"{inside}/{key}", native, at)
            builder.next_turn()
        for response in arr(_get(data, "intermediate_responses")):
            agent, parts = (string(arr(response)[0]), arr(response)[1]) if len(arr(response)) == 2 else ("", [])
            add_parts(builder, Actor.AGENT, {"parts": parts}, f"{inside}/intermediate_responses", native, at, agent)
            builder.next_turn()
        for event in map(obj, arr(_get(data, "invocation_events"))):
            author = string(event.get("author"))
            add_parts(builder, Actor.AGENT, event.get("content"), f"{inside}/invocation_events", native, at, author)
            builder.next_turn()
        add_parts(builder, Actor.AGENT, _get(turn, "final_response"), f"{pointer}/final_response", native, at)
    builder.close()
    builder.gap(GapKind.MISSING, "This is what an eval set expects, not a recorded run.")
    first = next((step.content for step in builder.steps if step.actor is Actor.USER), "")
    case_id = text_of(_get(case, "eval_id"))
    app = string(_get(obj(_get(case, "session_input")), "app_name"))
    return Episode(
        key=f"{record.pointer}/eval_cases/{number}",
        title=one_line(first) or f"Eval case {one_line(case_id, 60)}",
        steps=tuple(builder.steps),
        outcome=Outcome(detail="an expected trajectory, not a run"),
        task_key=task_key(f"{name} {case_id}".strip(), app, first),
        task=first,
        agent=app,
        gaps=tuple(builder.gaps),
        native_steps=len(conversation),
        native_unit="invocations",
    )


register(GoogleAdk())
