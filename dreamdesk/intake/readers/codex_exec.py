"""What ``codex exec --json`` of the OpenAI Codex CLI prints: one event per line while it works.

The first line is ``{"type": "thread.started", "thread_id"}``; then come turns (``turn.started``, ``turn.completed``
with *usage*, ``turn.failed`` with *error*) and items (``item.started``, ``item.updated``, ``item.completed``) such as
``{id, type: agent_message, text}``, ``reasoning``, ``command_execution`` with *command*, *aggregated_output* and
*exit_code*, ``file_change``, ``mcp_tool_call``, ``web_search`` and ``todo_list``. The last state of an item counts.
The prompt is not printed. The unit is the item and `Step.native` its 0-based number. A turn that failed at its end is
the run's own word for a failure; nothing else in the stream is a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.parsing import json_text
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.sessions import Session, Where
from dreamdesk.intake.shape import integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_RESULTS = ("aggregated_output", "result", "error", "changes")
_ABOUT = {"id", "type", "status", "exit_code", *_RESULTS}


class CodexExec:
    """Reads the events of ``codex exec --json``."""

    name = "codex-exec"
    version = 1
    unit = "items"

    def sniff(self, head: Head) -> float:
        """Recognise the beginning of a thread."""
        found = any(value.get("type") == "thread.started" and "thread_id" in value for value in head.objects)
        return 0.95 if found else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per thread: an item stands where it began, as it was last printed."""
        run: _Run | None = None
        for record in trace.records():
            event = obj(record.value)
            kind = string(event.get("type"))
            if kind == "thread.started":
                if run:
                    yield run.episode()
                run = _Run(string(event.get("thread_id")))
            elif run is None:
                trace.log.skip(record.place, "no thread has begun before it")
            elif kind.startswith("item."):
                item = obj(event.get("item"))
                name = string(item.get("id")) or record.pointer
                run.items[name] = (f"{record.pointer}/item", item)
            elif kind == "turn.completed":
                run.failed = ""
            elif kind == "turn.failed" or kind == "error":
                error = obj(event.get("error")).get("message", event.get("message"))
                run.failed, run.pointer = one_line(text_of(error), 200) or "no reason is given", record.pointer
            elif kind != "turn.started":
                trace.log.note(f"events of the type {one_line(kind, 40)!r} are not shown")
        if run:
            yield run.episode()


class _Run:
    """One thread while it is read."""

    def __init__(self, key: str) -> None:
        self.key, self.failed, self.pointer = key, "", ""
        self.items: dict[str, tuple[str, dict[str, Json]]] = {}

    def episode(self) -> Episode:
        session = Session("Codex CLI", CodexExec.unit, key=self.key)
        session.builder.gap(GapKind.MISSING, "The prompt is not printed by this program.")
        for pointer, item in self.items.values():
            where = Where(native=session.count, pointer=pointer)
            session.count += 1
            _add(session, item, where)
        if self.failed:
            words = f"the turn failed: {self.failed}"
            session.outcome = Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, self.pointer, words)
        return session.episode()


def _add(session: Session, item: dict[str, Json], where: Where) -> None:
    builder, kind = session.builder, string(item.get("type"))
    builder.next_turn()
    if kind in ("agent_message", "reasoning", "error"):
        said = Kind.THINKING if kind == "reasoning" else Kind.MESSAGE
        actor = Actor.SYSTEM if kind == "error" else Actor.AGENT
        text = text_of(item.get("text", item.get("message")))
        builder.add(actor, said, text, **where)
        return
    arguments = item.get("arguments", {key: value for key, value in item.items() if key not in _ABOUT})
    where["call_id"], where["tool"] = string(item.get("id")), string(item.get("tool")) or kind
    builder.add(Actor.AGENT, Kind.TOOL_CALL, json_text(arguments), **where)
    results = [item[key] for key in _RESULTS if item.get(key) is not None]
    if results or item.get("status") in ("completed", "failed"):
        builder.next_turn()
        where["is_error"] = item.get("status") == "failed" or integer(item.get("exit_code")) not in (None, 0)
        builder.add(Actor.TOOL, Kind.TOOL_RESULT, "\n".join(map(text_of, results)), **where)


register(CodexExec())
