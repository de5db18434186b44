"""Logs of the Model Context Protocol: the JSON-RPC messages between an agent's client and a tool server.

A line is a message ``{jsonrpc: "2.0", ...}`` or an envelope ``{ts, dir, msg}`` (also *timestamp*, *direction*,
*message*) around one. Calls of tools become steps; other requests of either side are shown as the system's. There are
no model turns and no verdict: such a log tells what was done, not why. A new *initialize* begins a new session.
Requests and answers are joined by id, apart for each side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import Mark, add_call, add_result, tool_schemas
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Log, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, ToolSchema
from dreamdesk.model.text import one_line

_OWN = re.compile(r"(?:tools|resources|prompts|sampling|elicitation|roots)/")
_BY_SERVER = re.compile(r"(?:sampling|elicitation|roots)/")
_QUIET = ("ping", "tools/list", "initialize", "logging/setLevel")
_ENVELOPE = ("msg", "message", "payload", "data")


class McpLog:
    """Reads logs of the Model Context Protocol."""

    name = "mcp-log"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise a JSON-RPC message that only this protocol has."""
        for value in head.objects:
            for message in _messages(value):
                if _OWN.match(string(message.get("method"))) or "protocolVersion" in obj(message.get("params")):
                    return 0.95
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per session."""
        session, number = _Session(trace.log), 0
        for record in trace.records():
            value = obj(record.value)
            messages = list(_messages(record.value))
            if not messages:
                trace.log.skip(record.place, "it holds no JSON-RPC message")
            for message in messages:
                if message.get("method") == "initialize" and session.begun:
                    yield session.episode(number)
                    session, number = _Session(trace.log), number + 1
                try:
                    session.add(message, value, record.pointer)
                except Unreadable as error:
                    trace.log.skip(record.place, str(error))
        if session.begun:
            yield session.episode(number)


def _messages(value: Json) -> Iterator[dict[str, Json]]:
    """Yield the JSON-RPC messages of a record: one, the members of a batch, or that inside an envelope."""
    for item in map(obj, value if isinstance(value, list) else [value]):
        if item.get("jsonrpc") == "2.0":
            yield item
            continue
        for key in _ENVELOPE:
            inner = item.get(key)
            found = [obj(i) for i in (inner if isinstance(inner, list) else [inner]) if obj(i).get("jsonrpc") == "2.0"]
            if found:
                yield from found
                break


@dataclass(slots=True)
class _Session:
    """One session while it is read; *pending* holds the methods of open requests by side and id."""

    log: Log
    builder: StepBuilder = field(default_factory=StepBuilder)
    begun: bool = False
    client: str = ""
    server: str = ""
    rules: str = ""
    started: int | None = None
    tools: dict[str, Json] = field(default_factory=dict)
    pending: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, message: dict[str, Json], envelope: dict[str, Json], pointer: str) -> None:
        """Append what one message tells."""
        self.begun = True
        at = instant(envelope.get("ts")) if "ts" in envelope else instant(envelope.get("timestamp"))
        self.started = at if self.started is None else self.started
        side = string(envelope.get("dir")) or string(envelope.get("direction"))
        mark = Mark(at=at, pointer=pointer)
        method = string(message.get("method"))
        if not method:
            self._answer(message, "server" if side.startswith("client") else "client", mark)
        elif "id" in message:
            self._request(message, method, mark)
        else:
            self.log.note("notifications are no steps")

    def _request(self, message: dict[str, Json], method: str, mark: Mark) -> None:
        asker, params = "server" if _BY_SERVER.match(method) else "client", obj(message.get("params"))
        self.pending[asker, text_of(message.get("id"))] = method
        if method == "initialize":
            about = obj(params.get("clientInfo"))
            self.client = " ".join(filter(None, (string(about.get("name")), string(about.get("version")))))
        if method in _QUIET:
            return
        self.builder.next_turn()
        if method == "tools/call":
            call_id = text_of(message.get("id"))[:200]
            add_call(self.builder, string(params.get("name")), call_id, params.get("arguments"), mark)
        else:
            self._show(f"{method} {json_text(params)}", mark)

    def _answer(self, message: dict[str, Json], asker: str, mark: Mark) -> None:
        key = (asker, text_of(message.get("id")))
        method = self.pending.pop(key, "")
        result, error = obj(message.get("result")), message.get("error")
        if method == "tools/list":
            self.tools |= {string(obj(tool).get("name")): tool for tool in arr(result.get("tools"))}
        if method == "initialize":
            about = obj(result.get("serverInfo"))
            self.server = " ".join(filter(None, (string(about.get("name")), string(about.get("version")))))
            self.rules = string(result.get("instructions"))
        said = string(obj(error).get("message")) or text_of(error)
        if method in _QUIET and not said:
            return
        self.builder.next_turn()
        if method == "tools/call" or (not method and "content" in result):
            content = said or result.get("content") or text_of(result.get("structuredContent"))
            failed = bool(said) or result.get("isError") is True
            add_result(self.builder, "", key[1][:200], content, mark, is_error=failed)
        else:
            self._show(said or text_of(message.get("result")), mark, failed=bool(said))

    def _show(self, text: str, mark: Mark, *, failed: bool = False) -> None:
        self.builder.add(Actor.SYSTEM, Kind.MESSAGE, text, is_error=failed, at=mark.at, pointer=mark.pointer)

    def episode(self, number: int) -> Episode:
        """Return the session as an episode."""
        builder = self.builder
        builder.close()
        builder.gap(GapKind.MISSING, "The log shows calls of tools only: no task, no model turn and no verdict.")
        calls = sum(step.kind is Kind.TOOL_CALL for step in builder.steps)
        server = one_line(self.server, 60)
        return Episode(
            key=f"session {number}",
            title=f"Tool log of {server or 'a tool server'}: {calls} calls",
            steps=tuple(builder.steps),
            outcome=Outcome(detail="a tool log has no verdict"),
            agent=one_line(self.client, 120),
            policy=self.rules,
            tools=self._offered(),
            gaps=tuple(builder.gaps),
            native_unit=McpLog.unit,
            started=self.started,
        )

    def _offered(self) -> tuple[ToolSchema, ...]:
        try:
            return tool_schemas(
                [{**obj(tool), "input_schema": obj(tool).get("inputSchema")} for tool in self.tools.values()]
            )
        except Unreadable:
            self.log.note("the list of tools holds a number that is too large for JSON; it was not used")
            return ()


register(McpLog())
