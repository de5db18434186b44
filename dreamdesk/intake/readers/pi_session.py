"""Sessions of the pi coding agent, versions 1 to 3 of the file, which OpenClaw writes too.

Line 1 is ``{"type": "session", id, timestamp, cwd, version?}``; then come entries: ``message`` (user, assistant,
toolResult, bashExecution), ``compaction`` and ``branch_summary`` (a summary takes the place of earlier messages),
``custom_message`` (put in by an extension) and others that hold no message. From version 3 on, id and parentId
make the entries a tree: a message that does not go on from the entry before it is noted.

The unit is the message and `Step.native` its 0-based number. A command that the user ran in the shell (bashExecution)
is a message of the user with its output. No verdict is recorded; a reply that stopped with "error" or "aborted" is a
truncation.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Log, Record, Trace, register
from dreamdesk.intake.sessions import Session, Where, add_content
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind
from dreamdesk.model.text import one_line

_ROLES = {"user", "assistant", "toolResult", "bashExecution"}
_SUMMARIES = {"compaction", "branch_summary"}
_OF_OPENCLAW = ("openclaw.", "model-snapshot")
_OF_THE_GATEWAY = "gateway-injected"


class PiSession:
    """Reads sessions of pi and OpenClaw."""

    name = "pi-session"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise the first line, or messages in their wrapper where it is damaged."""
        objects = head.objects
        if any(value.get("type") == "session" and "cwd" in value and "id" in value for value in objects[:1]):
            return 0.95
        wrapped = [obj(value.get("message")) for value in objects if value.get("type") == "message"]
        return (
            0.8 if any(string(message.get("role")) in _ROLES and "content" in message for message in wrapped) else 0.0
        )

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the session of the file, or several that stand one after another."""
        reading = _Reading(self.unit, trace.log)
        for record in trace.records():
            if reading.begun and obj(record.value).get("type") == "session":  # another session in the same file
                yield reading.session.episode()
                reading = _Reading(self.unit, trace.log, record.pointer)
            try:
                reading.take(record)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        if reading.begun or reading.session.count:
            yield reading.session.episode()


class _Reading:
    """One session while it is read line by line."""

    def __init__(self, unit: str, log: Log, place: str = "") -> None:
        self.session = Session("pi", unit)
        self._place = place
        self.begun = False
        self._builder = self.session.builder
        self._log = log
        self._last = ""

    def take(self, record: Record) -> None:
        """Take one line."""
        entry = obj(record.value)
        kind, at = string(entry.get("type")), instant(entry.get("timestamp"))
        where: Where = {"at": at, "pointer": record.pointer}
        if string(entry.get("customType")).startswith(_OF_OPENCLAW):
            self.session.agent = "OpenClaw"
        if kind == "session":
            self._begin(entry, at)
            return
        if kind == "message" and obj(entry.get("message")):
            self._follows(entry)
            where["pointer"] = f"{record.pointer}/message"
            where["native"] = self.session.count
            self.session.count += 1
            self._builder.next_turn()
            self._message(obj(entry["message"]), where)
        elif kind in _SUMMARIES:
            self._builder.next_turn()
            note = "Earlier messages were replaced by this summary."
            self._builder.missing(GapKind.COMPACTION, note, text_of(entry.get("summary")), actor=Actor.SYSTEM, at=at,
                                  pointer=record.pointer)  # fmt: skip
        elif kind == "custom_message":
            self._builder.next_turn()
            where["agent"] = string(entry.get("customType"))
            add_content(self._builder, Actor.SYSTEM, Kind.MESSAGE, entry.get("content"), **where)
        elif kind == "session_info":
            self.session.title = string(entry.get("name"))
        elif kind:
            self._log.note(f"entries of the type {one_line(kind, 60)!r} hold no message and are not shown")
        else:
            self._log.skip(record.place, "it is no entry of a session")
        self._last = string(entry.get("id")) or self._last

    def _begin(self, entry: dict[str, Json], at: int | None) -> None:
        self.begun = True
        self.session.key, self.session.started = f"{string(entry.get('id'))[:180]} {self._place}".strip(), at
        if obj(entry.get("parentSession")) or string(entry.get("parentSession")):
            self._log.note("the session goes on from another one")

    def _follows(self, entry: dict[str, Json]) -> None:
        before = string(entry.get("parentId"))
        if before and self._last and before != self._last:
            words = "This message goes on from an earlier point: the agent may not have seen the steps in between."
            self._builder.gap(GapKind.MISSING, words, self._builder.next_index)

    def _message(self, message: dict[str, Json], where: Where) -> None:
        role, content = string(message.get("role")), message.get("content")
        if role == "assistant" and message.get("model") == _OF_THE_GATEWAY:
            where["agent"] = _OF_THE_GATEWAY
            add_content(self._builder, Actor.SYSTEM, Kind.MESSAGE, content, **where)
        elif role == "assistant":
            self._reply(message, where)
        elif role == "toolResult":
            where["tool"], where["call_id"] = string(message.get("toolName")), string(message.get("toolCallId"))
            where["is_error"] = message.get("isError") is True
            add_content(self._builder, Actor.TOOL, Kind.TOOL_RESULT, content, **where)
        elif role == "bashExecution":
            text = f"$ {text_of(message.get('command'))}\n{text_of(message.get('output'))}"
            where["is_error"] = integer(message.get("exitCode")) not in (None, 0)
            step = self._builder.add(Actor.USER, Kind.MESSAGE, text, **where)
            if message.get("truncated") is True or message.get("cancelled") is True:
                self._builder.gap(GapKind.TRUNCATION, "The output of this command is cut off.", step)
        else:
            if role not in ("user", "system", "developer"):
                self._log.note(f"messages of the role {one_line(role, 40)!r} are shown as the system's")
            sender = string(obj(message.get("provenance")).get("sourceSessionKey"))  # another agent's announcement
            where["agent"] = sender
            actor = Actor.USER if role == "user" and not sender else Actor.SYSTEM
            add_content(self._builder, actor, Kind.MESSAGE, content, **where)

    def _reply(self, message: dict[str, Json], where: Where) -> None:
        """Append what the model thought, said and called in one reply."""
        builder, pointer = self._builder, where["pointer"]
        self.session.use_model(message.get("model"))
        where["tokens"] = integer(obj(message.get("usage")).get("output"))
        first, content = builder.next_index, message.get("content")
        for position, part in enumerate(arr(content) or [content]):
            block = obj(part)
            kind = string(block.get("type"))
            where["pointer"] = f"{pointer}/content/{position}" if isinstance(content, list) else f"{pointer}/content"
            if kind == "thinking":
                text = text_of(block.get("thinking"))
                step = builder.add(Actor.AGENT, Kind.THINKING if text else Kind.GAP, text, **where)
                if not text:
                    builder.gap(GapKind.WITHHELD, "The model's thinking was not recorded.", step)
            elif kind == "toolCall":
                given = block.get("arguments")
                call = Where(**where, tool=string(block.get("name")), call_id=string(block.get("id")))
                text = given if isinstance(given, str) else json_text({} if given is None else given)
                builder.add(Actor.AGENT, Kind.TOOL_CALL, text, **call)
            elif part not in (None, [], ""):
                add_content(builder, Actor.AGENT, Kind.MESSAGE, [part], **where)
            where["tokens"] = None if builder.next_index > first else where["tokens"]
        self._ending(message, where, first)

    def _ending(self, message: dict[str, Json], where: Where, first: int) -> None:
        """Note how the reply broke off, and stand in for a reply without content."""
        stop = string(message.get("stopReason"))
        broken = stop in ("error", "aborted")
        words = f"The reply broke off ({stop}): {one_line(text_of(message.get('errorMessage')), 200)}"
        if self._builder.next_index == first:
            self._builder.missing(
                GapKind.TRUNCATION if broken else GapKind.MISSING, words if broken else "The message is empty.",
                native=where["native"], at=where["at"], tokens=where["tokens"], is_error=stop == "error",
                pointer=where["pointer"],
            )  # fmt: skip
        elif broken:
            self._builder.gap(GapKind.TRUNCATION, words, self._builder.next_index - 1)
        self.session.detail = words if broken else ""


register(PiSession())
