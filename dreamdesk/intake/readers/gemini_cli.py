"""Chats of the Gemini CLI, and bare histories of the Gemini API.

Read are:

- a recorded chat ``{sessionId, projectHash, startTime, messages}`` as one document, where a message of type "gemini"
  holds thoughts, text and calls together with their results;
- the same as JSON lines, as newer versions write it: first the metadata, then messages (one that stands there again
  with the same id replaces the earlier), ``{"$set": {...}}`` and ``{"$rewindTo": id}``;
- ``[{role: "user" | "model", parts}]``, the contents that the API is sent, bare or as ``{"history": [...]}``.

What was rewound or replaced was done nevertheless: it is shown, and the next message notes that the agent no longer
saw it. The unit is the message (or content) and `Step.native` its 0-based number. No verdict is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Layout, Log, Record, Trace, register
from dreamdesk.intake.sessions import Session, Where, add_content
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind
from dreamdesk.model.text import one_line

_TYPES = {"user": Actor.USER, "gemini": Actor.AGENT}
_PARTS = ("text", "functionCall", "functionResponse", "inlineData", "fileData", "thought")


class GeminiCli:
    """Reads chats of the Gemini CLI."""

    name = "gemini-cli"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise the metadata of a chat, or contents of the Gemini API."""
        for value in head.objects[:1]:
            if "sessionId" in value and "projectHash" in value and "startTime" in value:
                return 0.95
        if any(_is_history(value.get("history")) for value in head.objects[:1]) or _is_history(list(head.values)):
            return 0.85
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the chat; lines and loose contents are put together first."""
        chat, contents = _Chat(trace.log), list[tuple[Json, str]]()
        whole = trace.head.layout is not Layout.LINES
        for record in trace.records():
            value = obj(record.value)
            if "sessionId" in value and value["sessionId"] != chat.meta.get("sessionId", value["sessionId"]):
                yield chat.episode(self.unit, None)  # another chat in the same file
                chat = _Chat(trace.log, record.pointer)
            if "parts" in value and "role" in value:
                contents.append((value, record.pointer))
            elif isinstance(value.get("history"), list):
                found = [(item, f"/history/{n}") for n, item in enumerate(arr(value["history"]))]
                yield _history(found, trace.log, record.pointer, record)
            elif value:
                chat.take(value, record, whole=whole and isinstance(value.get("messages"), list))
            else:
                trace.log.skip(record.place, "it is no part of a Gemini chat")
            if whole and chat.meta:
                yield chat.episode(self.unit, record)
                chat = _Chat(trace.log, f"after {record.pointer}")
        if contents:
            yield _history(contents, trace.log, "contents", None)
        if chat.meta or chat.messages:
            yield chat.episode(self.unit, None)


def _is_history(value: Json) -> bool:
    """Tell whether *value* is a list of contents; its last element may be cut short."""
    items = [obj(item) for item in arr(value)]
    whole = items[:-1] or items
    parts = [obj(part) for item in whole for part in arr(item.get("parts"))]
    return (
        bool(parts)
        and all(item.get("role") in ("user", "model", "function") for item in whole)
        and all(any(key in part for key in _PARTS) and "type" not in part for part in parts)
    )


class _Chat:
    """A recorded chat while it is read: its messages by id, in the order in which they were first written."""

    def __init__(self, log: Log, place: str = "") -> None:
        self._place = place
        self.meta: dict[str, Json] = {}
        self.messages: dict[str, tuple[dict[str, Json], str]] = {}
        self._seen: dict[str, None] = {}  # ids of the messages that the agent still sees
        self._cuts: set[str] = set()  # ids before which something was taken out of its sight
        self._cut = False
        self._log = log

    def take(self, value: dict[str, Json], record: Record, *, whole: bool) -> None:
        """Take one document or line."""
        changes = obj(value.get("$set"))
        if "$rewindTo" in value:
            self._rewind(string(value["$rewindTo"]))
        elif whole or changes or "messages" in value or "sessionId" in value:
            given = changes or value
            place = f"{record.pointer}/$set" if changes else record.pointer
            self.meta |= {key: item for key, item in given.items() if key != "messages"}
            if "messages" in given:
                listed = [obj(message) for message in arr(given["messages"])]
                kept = {string(message.get("id")) for message in listed}
                self._cut = self._cut or any(key not in kept for key in self._seen)
                self._seen = {key: None for key in self._seen if key in kept}
                for position, message in enumerate(listed):
                    self._add(message, f"{place}/messages/{position}")
        elif "type" in value:
            self._add(value, record.pointer)
        else:
            self._log.skip(record.place, "it is neither metadata nor a message of a Gemini chat")

    def _rewind(self, target: str) -> None:
        """Take *target* and all after it out of the agent's sight; everything if it is not there."""
        known = target in self._seen
        while self._seen:
            self._cut = True
            if self._seen.popitem()[0] == target and known:
                return

    def _add(self, message: dict[str, Json], pointer: str) -> None:
        key = string(message.get("id")) or pointer
        if key not in self.messages and self._cut:
            self._cuts.add(key)
            self._cut = False
        self._seen[key] = None
        self.messages[key] = (message, pointer)

    def episode(self, unit: str, record: Record | None) -> Episode:
        """Return the chat as an episode."""
        key = f"{string(self.meta.get('sessionId'))[:180]} {self._place}".strip()
        session = Session("Gemini CLI", unit, key, count=len(self.messages))
        session.title = string(self.meta.get("summary"))
        session.started = instant(self.meta.get("startTime"))
        for native, (key, (message, pointer)) in enumerate(self.messages.items()):
            if key in self._cuts:
                words = "Messages before this one were taken back or replaced: the agent no longer saw all of them."
                session.builder.gap(GapKind.MISSING, words, session.builder.next_index)
            try:
                _message(session, message, {"native": native, "pointer": pointer}, self._log)
            except Unreadable as error:
                self._log.skip(f"message {native}", str(error))
        return session.episode(record)


def _message(session: Session, message: dict[str, Json], where: Where, log: Log) -> None:
    """Append one recorded message: thoughts, text and calls are one turn, the results of the calls the next."""
    builder, kind = session.builder, string(message.get("type"))
    where["at"] = instant(message.get("timestamp"))
    builder.next_turn()
    if kind != "gemini":
        where["is_error"] = kind == "error"
        if kind not in ("user", "info", "error", "warning"):
            log.note(f"messages of the type {one_line(kind, 40)!r} are shown as the system's")
        add_content(builder, _TYPES.get(kind, Actor.SYSTEM), Kind.MESSAGE, message.get("content"), **where)
        return
    session.use_model(message.get("model"))
    first, pointer = builder.next_index, where["pointer"]
    where["tokens"] = integer(obj(message.get("tokens")).get("output"))

    def at(place: str) -> Where:
        where["tokens"] = where["tokens"] if builder.next_index == first else None
        return {**where, "pointer": pointer + place}

    for position, thought in enumerate(map(obj, arr(message.get("thoughts")))):
        text = "\n".join(text_of(thought.get(key)) for key in ("subject", "description") if thought.get(key))
        builder.add(Actor.AGENT, Kind.THINKING, text, **at(f"/thoughts/{position}"))
    if message.get("content") not in (None, "", []):
        add_content(builder, Actor.AGENT, Kind.MESSAGE, message["content"], **at("/content"))
    calls = [obj(call) for call in arr(message.get("toolCalls"))]
    for position, call in enumerate(calls):
        _call(session, call.get("args"), call, at(f"/toolCalls/{position}"))
    if builder.next_index == first:
        builder.missing(GapKind.MISSING, "The message is empty.", native=where["native"], at=where["at"],
                        tokens=where["tokens"], pointer=pointer)  # fmt: skip
    builder.next_turn()
    for position, call in enumerate(calls):
        results = [obj(obj(part).get("functionResponse")) for part in arr(call.get("result"))]
        found = at(f"/toolCalls/{position}/result")
        found["at"] = instant(call.get("timestamp"))
        if results:
            for response in results:
                _response(session, response, string(call.get("id")), call.get("status") == "error", found)
        elif call.get("status") in ("error", "cancelled"):
            _response(session, {"response": call.get("resultDisplay")}, string(call.get("id")), True, found)


def _call(session: Session, given: Json, call: dict[str, Json], where: Where) -> None:
    where["tool"], where["call_id"] = string(call.get("name")), string(call.get("id"))
    session.builder.add(Actor.AGENT, Kind.TOOL_CALL, json_text({} if given is None else given), **where)


def _response(session: Session, found: dict[str, Json], call_id: str, failed: bool, where: Where) -> None:
    """Append a function response. Its text is under "output" or "error", by the convention of the CLI."""
    body = found.get("response")
    inner = obj(body)
    text = next((inner[key] for key in ("output", "error") if len(inner) == 1 and key in inner), body)
    where["tool"], where["call_id"], where["is_error"] = string(found.get("name")), call_id, failed
    step = session.builder.add(Actor.TOOL, Kind.TOOL_RESULT, text_of(text), **where)
    if text_of(text).startswith("<tool_output_masked>"):
        session.builder.gap(GapKind.TRUNCATION, "The result was shortened before it was recorded.", step)


def _history(contents: list[tuple[Json, str]], log: Log, key: str, record: Record | None) -> Episode:
    """Return contents of the Gemini API as an episode."""
    session = Session("Gemini", "contents", key or "contents", count=len(contents))
    builder = session.builder
    for native, (value, pointer) in enumerate(contents):
        builder.next_turn()
        actor = Actor.AGENT if obj(value).get("role") == "model" else Actor.USER
        for position, part in enumerate(map(obj, arr(obj(value).get("parts")))):
            where: Where = {"native": native, "pointer": f"{pointer}/parts/{position}"}
            try:
                if "functionCall" in part:
                    call = obj(part["functionCall"])
                    _call(session, call.get("args"), call, where)
                elif "functionResponse" in part:
                    response = obj(part["functionResponse"])
                    failed = "error" in obj(response.get("response"))
                    _response(session, response, string(response.get("id")), failed, where)
                else:
                    kind = Kind.THINKING if part.get("thought") is True else Kind.MESSAGE
                    add_content(builder, actor, kind, [part], **where)
            except Unreadable as error:
                log.skip(f"content {native}", str(error))
    return session.episode(record)


register(GeminiCli())
