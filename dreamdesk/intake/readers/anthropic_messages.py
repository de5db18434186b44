"""Conversations and call logs of the Anthropic Messages API.

Read are, as one document, an array, or JSON lines:

- a conversation ``{"messages": [...], "system": ..., "tools": [...], "model": ...}``, or a bare list of messages;
- a logged call ``{"request": {...}, "response": {...}, "status": 200}``, with or without the HTTP parts around the
  bodies;
- a line of batch results ``{"custom_id", "result"}``, joined to the requests file beside it;
- a stream of server-sent events.

Beside ``messages`` a conversation may hold these fields of ours, all optional:

- ``id``, ``title``, ``agent``, ``policy`` (text; else the system prompt), ``task`` (text), ``task_id`` (attempts at
  one task share it);
- ``outcome``: "failed", "succeeded", "partial" or "unknown", or ``{"state": ..., "detail": ...}``; or ``reward`` or
  ``score``, a number from 0 to 1;
- ``label`` or a list ``labels``: ``{"message": 0-based index, "reason", "category", "agent", "by"}``, the error as
  somebody marked it;
- ``correction`` or a list ``corrections``: ``{"from_message": 0-based index, "messages": [...], "by", "reason"}``,
  what the agent should have said and done from there on.

The unit is the model call: each assistant message, and each call that failed, is one. `Step.native` of the agent's
steps is the 0-based number of their call; of all other steps the number of the call that reads them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.anthropic_blocks import KNOWN, Reply, add_message, plain_text, tool_schemas
from dreamdesk.intake.anthropic_calls import Call, Conversation, Conversations, Entry, batch_calls, pair
from dreamdesk.intake.anthropic_stream import streamed_calls
from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.extras import Note, corrections_of, labels_of, outcome_of
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Log, Record, Trace, register
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, GapKind, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.text import one_line

_FIELDS = {
    "messages", "system", "tools", "model", "max_tokens", "temperature", "top_p", "top_k", "stop_sequences", "stream",
    "thinking", "tool_choice", "metadata", "service_tier", "id", "title", "task_id", "task", "agent", "policy",
    "outcome", "reward", "score", "label", "labels", "correction", "corrections",
}  # fmt: skip
_MESSAGE = {
    "role", "content", "id", "type", "model", "stop_reason", "stop_sequence", "stop_details", "usage", "container",
    "context_management", "timestamp", "created_at",
}  # fmt: skip
"""Fields of a message or a reply; what a log writes beside them is not shown, and noted."""
_ROLES = {"user", "assistant"}


class AnthropicMessages:
    """Reads conversations and call logs of the Anthropic Messages API."""

    name = "anthropic-messages"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the shapes named above; messages that only other APIs write count against it."""
        if head.layout is Layout.TEXT:
            return 1.0 if b'"type":"message_start"' in head.text.replace(b'": "', b'":"') else 0.0
        return max(map(_sureness, _samples(head)), default=0.0)

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield conversations as they come; logged calls are put together first."""
        if trace.head.layout is Layout.TEXT:
            for call in streamed_calls(trace.lines()):
                yield from _called(_alone(call), trace.log)
            return
        talks, loose, results = Conversations(), list[Entry](), list[tuple[str, dict[str, Json]]]()
        for record in trace.records():
            value = obj(record.value)
            trace.log.saw(_form(record.value))
            if isinstance(record.value, list) or "messages" in value:
                yield from _told(record, trace.log)
            elif "request" in value and "response" in value:
                talks.add(pair(record.pointer, value))
            elif "custom_id" in value and "result" in value:
                results.append((record.pointer, value))
            elif "custom_id" in value and "params" in value:
                trace.log.note("these are the requests of a batch; they are read with its results")
            elif "role" in value and "content" in value:
                loose.append(Entry(value))
            else:
                trace.log.skip(record.place, "it is neither a conversation nor a logged call")
        if loose:
            yield from _called(Conversation("messages", entries=loose), trace.log)
        if results:
            requests = _batch_requests(trace)
            for call in batch_calls(results, requests):
                talks.add(call)
        for talk in talks.found:
            yield from _called(talk, trace.log)


def _form(value: Json) -> str:
    """Return in which of the forms *value* is kept, in words."""
    found = obj(value)
    if "request" in found:
        return "message threads" if "thread" in obj(found["request"]) else "requests and responses"
    return "batches" if "custom_id" in found else "messages one by one" if "role" in found else "conversations"


def _samples(head: Head) -> list[Json]:
    """The first values; loose messages count together as one list of messages."""
    loose = [value for value in head.objects if "role" in value and "content" in value and "messages" not in value]
    return [loose] if loose and len(loose) == len(head.values) else list(head.values)


def _sureness(value: Json) -> float:
    found = obj(value)
    if "request" in found and "response" in found:
        call = pair("", found)
        asked = _sureness({"messages": call.request.get("messages")})
        return 0.95 if asked and call.reply.get("type") == "message" else 0.5 if asked > 0.5 and call.error else 0.0
    if "custom_id" in found:
        result = obj(found.get("result"))
        params = obj(found.get("params"))
        return 0.95 if "type" in result or "messages" in params else 0.0
    messages = arr(value) or arr(found.get("messages"))
    talk = [obj(message) for message in messages if isinstance(message, dict)]
    kinds = {string(obj(part).get("type")) for message in talk for part in arr(message.get("content"))}
    if not talk or any("tool_calls" in m or "parts" in m or m.get("role") == "tool" for m in talk):
        return 0.0
    if {string(message.get("role")) for message in talk} - _ROLES:
        return 0.3  # a system message is possible in this API, but rare
    if kinds & KNOWN:
        return 0.9
    if not found and any(message.keys() - _MESSAGE for message in talk):
        return 0.3  # the rows of a table that has columns for role and content, and others
    return 0.6 if all("role" in m and "content" in m for m in talk[:-1]) and set(found) <= _FIELDS else 0.3


def _alone(call: Call) -> Conversation:
    """Return the conversation that a call without its request is."""
    alone = Conversations()
    alone.add(call)
    alone.found[0].gaps.append((GapKind.MISSING, "The request is not in this file; only the reply is."))
    return alone.found[0]


def _batch_requests(trace: Trace) -> dict[str, dict[str, Json]]:
    """Return the requests of a batch by their ids, from the first file beside it that holds requests."""
    for name in trace.siblings():
        beside = trace.beside(name)
        if beside and beside.head.has("custom_id", "params"):
            trace.use(beside.file, name)
            trace.log.note(f"the requests come from {name} beside this file")
            lines = [obj(record.value) for record in beside.records()]
            return {string(line.get("custom_id")): obj(line.get("params")) for line in lines}
    trace.log.note("no file beside this one holds the requests of the batch; only the replies are shown")
    return {}


def _told(record: Record, log: Log) -> Iterator[Episode]:
    """Yield the episode of a recorded conversation."""
    value = obj(record.value)
    messages = arr(value.get("messages")) if value else arr(record.value)
    entries = [Entry(obj(message)) for message in messages]
    talk = Conversation(record.pointer, value, string(value.get("model")), entries)
    try:
        yield _episode(talk, log.note, record, "/messages" if value else "")
    except Unreadable as error:
        log.skip(record.place, str(error))


def _called(talk: Conversation, log: Log) -> Iterator[Episode]:
    """Yield the episode of logged calls, which has no bytes of its own."""
    try:
        yield _episode(talk, log.note, Record(None, "", talk.key), "")
    except Unreadable as error:
        log.skip(talk.key, str(error))


def _episode(talk: Conversation, note: Note, record: Record, pointer: str) -> Episode:
    given = talk.request
    agent = string(given.get("agent"))
    builder, starts, calls = StepBuilder(), list[int](), 0
    for position, entry in enumerate(talk.entries):
        starts.append(builder.next_index)
        calls += _add_entry(builder, entry, calls, agent, f"{pointer}/{position}" if record.length or pointer else "")
    builder.without_readers(calls)
    builder.close()
    for kind, words in talk.gaps:
        builder.gap(kind, words)
    if strange := {key for entry in talk.entries for key in entry.message} - _MESSAGE:
        note(f"fields of messages that are not shown: {one_line(', '.join(sorted(strange)), 200)}")
    if not builder.steps:
        builder.gap(GapKind.MISSING, "No message was recorded.")
    first = next((plain_text(e.message.get("content")) for e in talk.entries if e.message.get("role") == "user"), "")
    task = text_of(given.get("task")) or first

    def corrected(messages: list[Json], index: int, turn: int) -> tuple[Step, ...]:
        addition = StepBuilder(index, turn)
        for message in messages:
            add_message(addition, obj(message), Reply(agent=agent), "")
        return tuple(addition.steps)

    return Episode(
        key=f"{string(given.get('id'))[:200]} {record.pointer}".strip(),  # an id alone may stand there twice
        title=one_line(text_of(given.get("title")) or task) or "Conversation without a user message",
        steps=tuple(builder.steps),
        outcome=outcome_of(given, note) or _status(talk),
        task_key=task_key(given.get("task_id"), agent, first),
        task=task,
        agent=agent,
        model=talk.model or string(given.get("model")),
        policy=text_of(given.get("policy")) or plain_text(given.get("system")),
        tools=tool_schemas(given.get("tools")),
        gaps=tuple(builder.gaps),
        labels=labels_of(given, starts, note),
        corrections=corrections_of(given, builder.steps, starts, corrected, note),
        native_steps=calls,
        native_unit=AnthropicMessages.unit,
        started=talk.entries[0].at if talk.entries else None,
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add_entry(builder: StepBuilder, entry: Entry, calls: int, agent: str, pointer: str) -> int:
    """Append one transcript entry; return how many model calls it is."""
    if entry.error:
        builder.next_turn()
        builder.missing(
            GapKind.MISSING, f"The model call failed: {entry.error}", entry.error, native=calls, agent=agent,
            at=entry.at, is_error=True, pointer=pointer,
        )  # fmt: skip
        return 1
    add_message(builder, entry.message, Reply(calls, entry.at, entry.tokens, agent), pointer)
    for kind, words in entry.gaps:
        builder.gap(kind, words, builder.next_index - 1)
    return int(entry.message.get("role") == "assistant")


def _status(talk: Conversation) -> Outcome:
    """A failed last call is a failure; any other ending proves nothing."""
    last = talk.entries[-1] if talk.entries else Entry()
    if last.error or last.stop.startswith("error"):
        return Outcome(
            OutcomeState.FAILED, OutcomeSource.STATUS, "", f"the last model call failed: {last.error or last.stop}"
        )
    if last.stop not in ("", "end_turn"):
        return Outcome(detail=f"the last reply stopped with {one_line(last.stop, 40)}")
    return Outcome()


register(AnthropicMessages())
