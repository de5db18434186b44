"""Sessions of Claude Code: the JSONL files of versions 1.0 to 2.1, and the ``{"loglines": [...]}`` of its web export.

A record is ``{type, uuid, parentUuid, sessionId, timestamp, isSidechain, message, ...}`` with a message of the
Anthropic Messages API. One API message is spread over several records with the same ``message.id``, results of
parallel calls perhaps between them: it becomes one turn, and the last usage counts. Resumed sessions repeat records,
which count once by their ``uuid``.

Sub-agents: up to 1.0 their records stand in the same file as side chains, and become steps whose parent is the call
that started them. Since 2.0 each has a file of its own, which is an episode of its own; the gap at the result of the
call names it.

The unit is the record of type user or assistant, and `Step.native` its 0-based number. No verdict is recorded. Text
that the program itself sends (isMeta) is the system's, not the user's.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.intake.anthropic_blocks import Reply, add_message, blocks, plain_text
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Log, Record, Trace, register
from dreamdesk.intake.sessions import Session
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Step
from dreamdesk.model.text import one_line

_TALK = {"user", "assistant"}
_LOCAL = ("<command-name>", "<local-command-")  # built-in commands and what they print: the model is not asked
_REMINDER = "<system-reminder>"
_COMMAND = re.compile(r"<command-name>([^<]{1,200})</command-name>")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One record, where it stands, and its number if its type is user or assistant."""

    value: dict[str, Json]
    place: str
    pointer: str
    native: int | None = None

    @property
    def message(self) -> dict[str, Json]:
        """The API message in it."""
        return obj(self.value.get("message"))

    @property
    def at(self) -> int | None:
        """When it was written."""
        return instant(self.value.get("timestamp"))

    def text(self, key: str) -> str:
        """The field *key*, "" if it is no text."""
        return string(self.value.get(key))


@dataclass(frozen=True, slots=True)
class _Lane:
    """The main conversation, or one sub-agent in the same file: its name and the step that started it."""

    agent: str = ""
    parent: int | None = None


_MAIN = _Lane()


class ClaudeCode:
    """Reads Claude Code sessions."""

    name = "claude-code"
    version = 1
    unit = "user and assistant records"

    def sniff(self, head: Head) -> float:
        """Recognise the links between records; a file may begin with many records of other kinds."""
        for value in head.objects:
            for record in [value, *map(obj, arr(value.get("loglines"))[:20])]:
                if "sessionId" in record and "uuid" in record and "parentUuid" in record:
                    return 1.0
                if record.get("type") == "summary" and "leafUuid" in record:
                    return 0.9
        return 0.8 if all(key in head.text for key in (b'"parentUuid"', b'"sessionId"', b'"isSidechain"')) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read the whole file, then yield its sessions, nearly always one."""
        sessions: dict[str, list[_Entry]] = {}
        home: dict[str, str] = {}  # which session each record belongs to
        counts = Counter[str]()
        for record in trace.records():
            for value, pointer in _values(record):
                uuid, kind = string(value.get("uuid")), string(value.get("type"))
                if not kind:
                    trace.log.skip(record.place, "it is no record of a Claude Code session")
                    continue
                if uuid and uuid in home:
                    trace.log.note("a record stands there twice; it was read once")
                    trace.log.duplicates += 1
                    continue
                session = home.get(string(value.get("parentUuid"))) or string(value.get("sessionId"))
                talk = kind in _TALK
                if not (talk or session):
                    trace.log.note(_unshown(kind))
                    continue
                if uuid:
                    home[uuid] = session
                entry = _Entry(value, record.place, pointer, counts[session] if talk else None)
                counts[session] += talk
                sessions.setdefault(session, []).append(entry)
        for key, entries in sessions.items():
            run = _Run(key, entries, self.unit, trace.log)
            if run.read():
                yield run.session.episode()


def _unshown(kind: str) -> str:
    return f"records of the type {one_line(kind, 60)!r} hold no message and are not shown"


def _values(record: Record) -> Iterator[tuple[dict[str, Json], str]]:
    value = obj(record.value)
    if "loglines" not in value:
        yield value, record.pointer
    for position, line in enumerate(arr(value.get("loglines"))):
        yield obj(line), f"{record.pointer}/loglines/{position}"


class _Run:
    """One session while its steps are built."""

    def __init__(self, key: str, entries: list[_Entry], unit: str, log: Log) -> None:
        talk = [entry for entry in entries if entry.native is not None]
        sides = {entry.text("agentId") for entry in talk if entry.value.get("isSidechain") is True}
        self._alone = all(entry.value.get("isSidechain") is True for entry in talk)  # a sub-agent's own file
        version = next((entry.text("version") for entry in talk if entry.text("version")), "")
        agent = f"Claude Code {one_line(version, 40)}".strip()
        name = next(iter(sides), "") if self._alone else ""
        self.session = Session("Claude Code", unit, f"{key}/{name}" if name else key, count=len(talk))
        self.session.agent = f"{agent}, sub-agent {one_line(name, 40)}" if self._alone else agent
        self.session.started = next((entry.at for entry in talk if entry.at is not None), None)
        self._entries, self._sides, self._log = entries, sides, log
        self._builder = self.session.builder
        self._replies: dict[str, list[_Entry]] = {}  # records of one API message
        for entry in talk:
            if entry.value["type"] == "assistant" and (message_id := string(entry.message.get("id"))):
                self._replies.setdefault(message_id, []).append(entry)
        self._lanes: dict[str, _Lane] = {}
        self._started: dict[str, deque[_Lane]] = {}  # prompts of calls that started sub-agents
        self._order: dict[str, int] = {}  # how many records of the main conversation stood before each record
        self._main = 0

    def read(self) -> bool:
        """Build the steps; tell whether there are any."""
        for entry in self._entries:
            try:
                self._take(entry)
            except Unreadable as error:
                self._log.skip(entry.place, str(error))
        return bool(self._builder.steps)

    def _take(self, entry: _Entry) -> None:
        kind, subtype = entry.text("type"), entry.text("subtype")
        lane = self._lane(entry)
        self._lanes[entry.text("uuid")] = lane
        if entry.native is not None:
            self._message(entry, lane)
            self._main += lane is _MAIN
        elif kind == "system" and subtype == "compact_boundary":
            self._gap(GapKind.COMPACTION, "Earlier messages were replaced by a summary.", entry, lane)
        elif kind == "system" and subtype == "api_error":
            self._gap(GapKind.MISSING, "A model call failed.", entry, lane, text_of(entry.value.get("error")))
        elif kind == "custom-title":
            self.session.title = entry.text("customTitle")
        else:
            self._log.note(_unshown(f"{kind} {subtype}"))
        self._order[entry.text("uuid")] = self._main

    def _lane(self, entry: _Entry) -> _Lane:
        if self._alone or entry.value.get("isSidechain") is not True:
            return _MAIN
        above = self._lanes.get(entry.text("parentUuid"), _MAIN)
        if above is not _MAIN:
            return above
        started = self._started.get(plain_text(entry.message.get("content")))
        if started:
            return started.popleft()
        self._builder.gap(GapKind.MISSING, "The call that started this sub-agent is not shown.")
        return _Lane("sub-agent")

    def _message(self, entry: _Entry, lane: _Lane) -> None:
        message = entry.message
        text = plain_text(message.get("content"))
        if entry.value.get("isApiErrorMessage") is True:
            self._gap(GapKind.MISSING, "A model call failed.", entry, lane, text)
            self.session.detail = f"a model call failed: {one_line(text, 200)}"
        elif entry.value.get("isCompactSummary") is True:
            self._gap(GapKind.COMPACTION, "Earlier messages were replaced by this summary.", entry, lane, text)
        elif entry.text("type") == "assistant":
            records = self._replies.get(string(message.get("id")), [entry])
            if records[0] is entry:  # the other records of the reply were added with the first
                self.session.use_model(message.get("model"))
                self._add("assistant", records, lane)
        else:
            results = any(block.get("type") == "tool_result" for block in blocks(message.get("content")))
            by_program = entry.value.get("isMeta") is True or text.startswith("<local-command-")
            if lane is _MAIN and not (results or by_program):
                self._prompt(entry, text)
            self._add("system" if by_program and not results else "user", [entry], lane)
            self._named(entry)

    def _prompt(self, entry: _Entry, text: str) -> None:
        """Take the task from what the user asked, and note where it does not go on from the last record."""
        if not self.session.task and not text.startswith(_LOCAL):
            command = _COMMAND.search(text)
            parts = [plain_text([block]) for block in blocks(entry.message.get("content"))]
            self.session.task = "\n".join(part for part in parts if not part.startswith(_REMINDER)) or text
            self.session.title = self.session.title or (command[1] if command else "")
        before = self._order.get(entry.text("parentUuid"), self._main)
        if before < self._main:
            words = "This message goes on from an earlier point: the agent may not have seen the steps in between."
            self._builder.gap(GapKind.MISSING, words, self._builder.next_index)

    def _add(self, role: str, entries: list[_Entry], lane: _Lane) -> None:
        """Append the steps of one API message, whose content is spread over *entries*."""
        content: list[Json] = []
        places: list[tuple[_Entry, int]] = []
        for entry in entries:
            parts = blocks(entry.message.get("content"))
            content += parts
            places += [(entry, position) for position in range(len(parts))]
        tokens = integer(obj(entries[-1].message.get("usage")).get("output_tokens"))
        steps, start = self._builder.steps, len(self._builder.steps)
        try:
            add_message(self._builder, {"role": role, "content": content}, Reply(tokens=tokens, agent=lane.agent), "")
        finally:
            for index in range(start, len(steps)):
                number = steps[index].pointer.removeprefix("/content/")
                entry, position = places[int(number)] if number else (entries[0], 0)
                s = steps[index]  # built anew by hand: `replace` takes three times as long
                steps[index] = Step(
                    s.index, s.actor, s.kind, s.content, s.turn, entry.native, s.agent, s.tool, s.call_id, s.is_error,
                    entry.at, s.tokens, lane.parent, f"{entry.pointer}/message/content/{position}",
                )  # fmt: skip
        calls = {step.call_id: step.index for step in steps[start:] if step.kind is Kind.TOOL_CALL}
        for block in map(obj, content):
            call, given = calls.get(string(block.get("id"))), obj(block.get("input"))
            if call is not None and "prompt" in given:
                name = one_line(string(given.get("subagent_type")), 60) or "sub-agent"
                self._started.setdefault(string(given["prompt"]), deque()).append(_Lane(name, call))

    def _named(self, entry: _Entry) -> None:
        """Name the file that holds what a sub-agent did."""
        agent = string(obj(entry.value.get("toolUseResult")).get("agentId"))
        if agent and agent not in self._sides:
            words = f"What the sub-agent did is not in this file, but in agent-{one_line(agent, 40)}.jsonl."
            self._builder.gap(GapKind.MISSING, words, self._builder.next_index - 1)

    def _gap(self, kind: GapKind, note: str, entry: _Entry, lane: _Lane, text: str = "") -> None:
        self._builder.next_turn()
        self._builder.missing(
            kind, note, text or text_of(entry.value.get("content")), actor=Actor.SYSTEM, native=entry.native,
            agent=lane.agent, at=entry.at, parent=lane.parent, is_error=kind is GapKind.MISSING, pointer=entry.pointer,
        )  # fmt: skip
        self._builder.next_turn()


register(ClaudeCode())
