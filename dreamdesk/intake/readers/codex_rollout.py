"""Rollouts of the OpenAI Codex CLI: ``rollout-*.jsonl`` as versions 0.40 to 0.14x write them, and the older form.

A line is ``{timestamp, type, payload}``. The ``response_item`` lines are the conversation, in the shapes of the
Responses API; ``event_msg`` lines repeat it for the screen, so that only token counts, aborted turns and errors are
taken from them. The form before autumn 2025 has the items without the wrapper, after a line of metadata.

The unit is the response item and `Step.native` its 0-based number. A maximal run of the model's items (reasoning,
messages, calls) is one reply and one turn. No verdict is recorded. Messages that the CLI itself puts in the user's
mouth (environment, instructions) are the system's. A file without metadata and without a message is a fragment and no
episode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.parsing import Unreadable, json_text, nested
from dreamdesk.intake.reader import Head, Log, Record, Trace, register
from dreamdesk.intake.sessions import Session, Where, add_content, shown
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind
from dreamdesk.model.text import counted, one_line

_LINES = {"session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"}
_CALLS = {"function_call", "custom_tool_call", "local_shell_call", "web_search_call"}
_OUTPUTS = {"function_call_output", "custom_tool_call_output", "local_shell_call_output"}
_ITEMS = {"message", "reasoning"} | _CALLS | _OUTPUTS
_BY_THE_CLI = ("<environment_context>", "<user_instructions>", "# AGENTS.md instructions")
_REQUEST = "## My request for Codex:"
_REPEATED = re.compile(
    r"(?:user_message|agent_message|agent_reasoning|task_|turn_started|turn_complete|context_compacted"
    r"|(?:exec_command|patch_apply|mcp_tool_call|web_search)_).*"
)
_EXIT = re.compile(r"Exit code: (-?\d{1,9})\n")


class CodexRollout:
    """Reads Codex CLI rollouts."""

    name = "codex-rollout"
    version = 1
    unit = "response items"

    def sniff(self, head: Head) -> float:
        """Recognise the wrapper, or the older form's metadata and state lines."""
        for value in head.objects:
            if string(value.get("type")) in _LINES and isinstance(value.get("payload"), dict) and "timestamp" in value:
                return 0.95
        first = head.objects[0] if head.objects else {}
        old = {"id", "timestamp", "instructions"} <= set(first) and "messages" not in first
        items = any(
            string(value.get("type")) in _ITEMS or value.get("record_type") == "state" for value in head.objects[1:]
        )
        return 0.9 if old and items else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the one session of the file."""
        rollout = _Rollout(self.unit, trace.log)
        for record in trace.records():
            try:
                rollout.take(record)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        if rollout.meta or rollout.talked:
            yield rollout.session.episode()
        else:
            items = f" of {counted(count, 'item')}" if (count := rollout.session.count) else ""
            trace.log.skip("the file", f"it is a fragment{items}: it holds neither session_meta nor a message")


class _Rollout:
    """One rollout while it is read line by line."""

    def __init__(self, unit: str, log: Log) -> None:
        self.session = Session("Codex CLI", unit)
        self.meta = self.talked = False
        self._builder = self.session.builder
        self._log = log
        self._reply: int | None = None  # index of the first step of the reply that is being read
        self._tokens: int | None = None

    def take(self, record: Record) -> None:
        """Take one line."""
        value = obj(record.value)
        kind, payload = string(value.get("type")), obj(value.get("payload"))
        self._log.saw("rollout" if payload else "rollout before September 2025")
        at = instant(value.get("timestamp"))
        if kind in _ITEMS:
            self._item(value, {"pointer": record.pointer, "at": at})
        elif kind == "response_item":
            self._item(payload, {"pointer": f"{record.pointer}/payload", "at": at})
        elif kind == "event_msg":
            self._event(payload, {"pointer": f"{record.pointer}/payload", "at": at})
        elif kind == "session_meta":
            self._begin(payload, at)
        elif kind == "turn_context":
            self._reply = None
            self.session.use_model(payload.get("model"))
        elif kind == "compacted":
            self._aside()
            note, text = "Earlier messages were replaced by a summary.", text_of(payload.get("message"))
            where = f"{record.pointer}/payload"
            self._builder.missing(GapKind.COMPACTION, note, text, actor=Actor.SYSTEM, at=at, pointer=where)
        elif not kind and "instructions" in value and "id" in value:
            self._begin(value, at)
        elif value.get("record_type") != "state":
            self._log.note(f"lines of the type {one_line(kind, 40)!r} hold no message and are not shown")

    def _begin(self, meta: dict[str, Json], at: int | None) -> None:
        if self.meta:  # a forked session repeats its parent's metadata
            self._log.note("the session goes on from another one")
            return
        session, self.meta = self.session, True
        session.key = string(meta.get("id")) or string(meta.get("session_id"))
        session.agent = f"Codex CLI {one_line(string(meta.get('cli_version')), 40)}".strip()
        base = obj(meta.get("base_instructions")).get("text", meta.get("base_instructions"))
        session.policy = text_of(meta.get("instructions") or base)
        session.started = instant(meta.get("timestamp")) or at

    def _item(self, item: dict[str, Json], where: Where) -> None:
        kind = string(item.get("type"))
        where["native"] = self.session.count
        self.session.count += 1
        role = string(item.get("role"))
        if kind in _OUTPUTS:
            self._aside()
            text, failed = _output(item.get("output"))
            where["call_id"], where["is_error"] = string(item.get("call_id")), failed
            self._builder.add(Actor.TOOL, Kind.TOOL_RESULT, text, **where)
        elif kind == "message" and role != "assistant":
            self._aside()
            text = shown(item.get("content"))[0]
            from_user = role == "user" and not text.lstrip().startswith(_BY_THE_CLI)
            self.talked = True
            if from_user and _REQUEST in text:  # the editor extension puts the open files before it
                self.session.title = self.session.title or text.rpartition(_REQUEST)[2]
            actor = Actor.USER if from_user else Actor.SYSTEM
            add_content(self._builder, actor, Kind.MESSAGE, item.get("content"), **where)
        elif kind == "message" or kind == "reasoning" or kind.endswith("_call"):
            if self._reply is None:
                self._builder.next_turn()
                self._reply = self._builder.next_index
                where["tokens"], self._tokens = self._tokens, None
            self._said(kind, item, where)
        else:
            self._log.note(f"response items of the type {one_line(kind, 40)!r} are not shown")

    def _said(self, kind: str, item: dict[str, Json], where: Where) -> None:
        """Append what the model said, thought or called."""
        builder = self._builder
        if kind == "message":
            self.talked = True
            add_content(builder, Actor.AGENT, Kind.MESSAGE, item.get("content"), **where)
        elif kind == "reasoning":
            text = shown(arr(item.get("summary")) + arr(item.get("content")))[0]
            step = builder.add(Actor.AGENT, Kind.THINKING if text else Kind.GAP, text, **where)
            if item.get("encrypted_content") or not text:
                builder.gap(GapKind.WITHHELD, "The model's reasoning was encrypted; at most a summary is shown.", step)
        else:
            given = next((item[key] for key in ("arguments", "input", "action") if key in item), None)
            text = given if isinstance(given, str) else json_text({} if given is None else given)
            where["tool"] = string(item.get("name")) or kind.removesuffix("_call")
            where["call_id"] = string(item.get("call_id"))
            step = builder.add(Actor.AGENT, Kind.TOOL_CALL, text, **where)
            if not where["call_id"]:
                builder.gap(GapKind.ORPHAN_CALL, "The trace does not show a result of this call.", step)

    def _event(self, event: dict[str, Json], where: Where) -> None:
        kind = string(event.get("type"))
        steps = self._builder.steps
        if kind == "token_count":  # stands before or after the items of the reply, by version
            used = obj(obj(event.get("info")).get("last_token_usage"))
            tokens = integer(used.get("output_tokens"))
            if self._reply is None:
                self._tokens = tokens if tokens is not None else self._tokens
            elif tokens is not None and self._reply < len(steps):
                steps[self._reply] = replace(steps[self._reply], tokens=tokens)
        elif kind == "turn_aborted":
            words = f"The turn was aborted: {one_line(text_of(event.get('reason')), 80)}."
            self._builder.gap(GapKind.TRUNCATION, words, steps[-1].index if steps else None)
            self.session.detail = "a turn was aborted"
        elif kind in ("error", "stream_error"):
            self._aside()
            text = text_of(event.get("message"))
            self._builder.missing(GapKind.MISSING, "A model call failed.", text, is_error=True, at=where["at"],
                                  pointer=where["pointer"])  # fmt: skip
            self.session.detail = f"a model call failed: {one_line(text, 200)}"
        elif not _REPEATED.fullmatch(kind):
            self._log.note(f"events of the type {one_line(kind, 40)!r} are not shown")

    def _aside(self) -> None:
        """End the model's reply: what follows is not the model's."""
        self._reply = None
        self._builder.next_turn()


def _output(value: Json) -> tuple[str, bool]:
    """Return the text of a call's output, and whether it says that the call failed."""
    inner = obj(nested(value))
    if "output" in inner and "metadata" in inner:
        code = integer(obj(inner["metadata"]).get("exit_code"))
        return shown(inner["output"])[0], code not in (None, 0)
    if isinstance(value, dict):
        return shown(value.get("content", value.get("body")))[0], value.get("success") is False
    text = shown(value)[0]
    found = _EXIT.match(text)
    return text, bool(found and int(found[1]))


register(CodexRollout())
