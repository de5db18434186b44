"""Events of Claude Managed Agents sessions, as ``GET /v1/sessions/{id}/events`` lists them (anthropic SDK 2.12).

Read are raw pages ``{"data": [...], "next_page": ...}``, events as JSON lines or as an array (the Console's export),
``{"session": {...}, "events": [...]}``, a saved event stream, and a session object beside the events. The order does
not matter: a listing with the newest event first is turned round, and of an event that stands there twice the later
one counts. One file is one session, unless sessions are wrapped one by one.

The unit is the model call (``span.model_request_start``), or the agent's reply where an export leaves the spans out;
`Step.native` is its 0-based number, on other steps the number of the call that reads them. What the agent does in one
call is one turn. A sub-agent's message, and what it asks permission for, hang on the hand-over to its thread.

The verdict is the last ``span.outcome_evaluation_end`` of each outcome that was defined: satisfied is success,
max_iterations_reached and failed are failure, interrupted is unknown, and so is needs_revision once the agent has gone
on. Without a verdict a refusal or a reached budget is failure by status; errors of the service and exhausted retries
are not the agent's and leave the outcome unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.managed_events import KNOWN, Event, Events
from dreamdesk.intake.parsing import Unreadable, parse
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode

_FAMILIES = ("user.", "agent.", "session.", "span.", "system.", "workflow_run.")
_PREVIEWS = {"event_start", "event_delta"}  # of a live stream: the event itself follows


class ManagedAgents:
    """Reads session events of Claude Managed Agents."""

    name = "managed-agents"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the types of the events; other products' events have a timestamp instead of processed_at."""
        values = head.values
        if head.layout is Layout.TEXT:
            lines = head.text.decode("utf-8", "replace").splitlines()[:200]
            values = tuple(found.value for found in map(_streamed, lines, range(1, 201)) if isinstance(found, Record))
        for value in values:
            for _, event in _unpacked(value, ""):
                if string(event.get("type")) in KNOWN and "id" in event and "timestamp" not in event:
                    return 0.95
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read the whole file, then yield its session, or those that are wrapped one by one."""
        sessions: dict[str, dict[str, Json]] = {}
        found: dict[str, dict[str, Event]] = {}
        for record in _streamed_records(trace) if trace.head.layout is Layout.TEXT else trace.records():
            session = _session(record.value)
            wrapped = string(session.get("id")) if "session" in obj(record.value) else ""
            if session:
                sessions[wrapped] = session
            for pointer, value in _unpacked(record.value, record.pointer):
                kind = string(value.get("type"))
                place = f"{record.place} {pointer.removeprefix(record.pointer)}".strip()
                if kind.startswith(_FAMILIES):
                    events = found.setdefault(wrapped, {})
                    key = string(value.get("id")) or pointer
                    events.pop(key, None)
                    events[key] = Event(value, kind, pointer, place)
                elif kind in _PREVIEWS:
                    trace.log.note("previews of a live stream are not shown; the events themselves are")
                elif not _session(value):
                    trace.log.skip(place, "it is no session event")
        for key, events in found.items():
            told = Events(sessions.get(key, {}), _in_order(list(events.values())), self.unit, trace.log)
            for event in told.events:
                try:
                    told.take(event)
                except Unreadable as error:
                    trace.log.skip(event.place, str(error))
            yield told.episode()


def _streamed(line: str, number: int) -> Record | Unreadable | None:
    """Return the value on a line of a stream of server-sent events, the reason why there is none, or None."""
    if not line.startswith("data:"):
        return None
    try:
        value, notes = parse(line[5:].strip().encode())
    except Unreadable as error:
        return error
    return Record(value, f"line {number}", f"line:{number}", notes=notes)


def _streamed_records(trace: Trace) -> Iterator[Record]:
    for number, line in enumerate(trace.lines(), 1):
        found = _streamed(line, number)
        if isinstance(found, Record):
            for note in found.notes:
                trace.log.note(note)
            yield found
        elif found is not None:
            trace.log.skip(f"line {number}", str(found))


def _session(value: Json) -> dict[str, Json]:
    """Return the session object that *value* is or holds, {} if none."""
    found = obj(obj(value).get("session")) or obj(value)
    return found if found.get("type") == "session" and isinstance(found.get("agent"), dict) else {}


def _unpacked(value: Json, pointer: str) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the events in *value*: a page, a wrapper, a list or one event."""
    found = obj(value)
    for key in ("data", "events"):
        if "type" not in found and isinstance(found.get(key), list):
            for position, item in enumerate(arr(found[key])):
                yield f"{pointer}/{key}/{position}", obj(item)
            return
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield f"{pointer}/{position}", obj(item)
    elif not _session(found.get("session")):
        yield pointer, found


def _in_order(events: list[Event]) -> list[Event]:
    """Turn a listing round that has the newest event first; events that were not processed yet have no time."""
    times = [at for event in events if (at := instant(event.value.get("processed_at"))) is not None]
    return events[::-1] if len(times) > 1 and times[0] > times[-1] else events


register(ManagedAgents())
