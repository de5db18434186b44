"""Logged calls of the Anthropic Messages API, put together as conversations.

A request either repeats the whole history, or (message threads) holds only what is new and names the reply that it
continues. Both become one transcript per conversation in which every message stands once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dreamdesk.intake.anthropic_blocks import blocks
from dreamdesk.intake.parsing import nested
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import GapKind
from dreamdesk.model.text import one_line

_UNSTABLE = ("cache_control", "citations", "caller", "signature")


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what came of it: a reply message or an error."""

    key: str
    request: dict[str, Json]
    reply: dict[str, Json]
    error: str = ""
    at: int | None = None


@dataclass(slots=True)
class Entry:
    """One entry of a transcript: a message, or the error of a call that gave none."""

    message: dict[str, Json] = field(default_factory=dict)
    error: str = ""
    at: int | None = None
    tokens: int | None = None
    stop: str = ""
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


@dataclass(slots=True)
class Conversation:
    """The transcript of one conversation. *seen* are the digests of the messages that the last request held."""

    key: str
    request: dict[str, Json] = field(default_factory=dict)
    model: str = ""
    entries: list[Entry] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


class Conversations:
    """Sorts calls into conversations, in the order in which the conversations begin."""

    def __init__(self) -> None:
        self.found: list[Conversation] = []
        self._by_reply: dict[str, Conversation] = {}
        self._by_first: dict[str, list[Conversation]] = {}

    def add(self, call: Call) -> None:
        """Add *call* to the conversation that it continues, or begin one."""
        messages = [obj(message) for message in arr(call.request.get("messages"))]
        thread = obj(call.request.get("thread"))
        previous = string(thread.get("previous_message_id"))
        if previous:
            conversation = self._by_reply.get(previous) or self._begin(call)
            if not conversation.entries:
                conversation.gaps.append((GapKind.TRUNCATION, "The beginning of the thread is not in this file."))
        else:
            marks = [_mark(message) for message in messages]
            conversation = self._continued(marks) or self._begin(call)
            messages = _new_messages(conversation, messages, marks)
            if marks and not conversation.seen:
                self._by_first.setdefault(marks[0], []).append(conversation)
            conversation.seen = marks
        conversation.entries += [Entry(message, at=call.at) for message in messages]
        conversation.request = {**call.request, **conversation.request}  # the first of each field counts
        conversation.model = string(call.reply.get("model")) or conversation.model
        conversation.entries.append(_outcome(call))
        if reply := string(call.reply.get("id")):
            self._by_reply[reply] = conversation

    def _begin(self, call: Call) -> Conversation:
        self.found.append(Conversation(call.key))
        return self.found[-1]

    def _continued(self, marks: list[str]) -> Conversation | None:
        """Return the conversation whose last request is a prefix of *marks*, preferably by its reply too."""
        fitting = [
            c for c in self._by_first.get(marks[0] if marks else "", [])
            if marks[: len(c.seen)] == c.seen and (len(marks) > len(c.seen) or c.entries[-1].error)
        ]  # fmt: skip
        for conversation in fitting:
            if len(marks) > len(conversation.seen) and marks[len(conversation.seen)] == _mark(
                conversation.entries[-1].message
            ):
                return conversation
        return fitting[-1] if fitting else None


def _new_messages(
    conversation: Conversation, messages: list[dict[str, Json]], marks: list[str]
) -> list[dict[str, Json]]:
    """Return the messages that the transcript does not hold yet; note where the request rewrote the last reply."""
    known = len(conversation.seen)
    if not conversation.entries or conversation.entries[-1].error:
        return messages[known:]
    last = conversation.entries[-1]
    if known < len(messages) and messages[known].get("role") == "assistant":
        if marks[known] != _mark(last.message):
            last.gaps.append((GapKind.COMPACTION, "The next request holds this reply in another wording."))
        return messages[known + 1 :]
    last.gaps.append((GapKind.COMPACTION, "The next request leaves this reply out."))
    return messages[known:]


def _mark(message: dict[str, Json]) -> str:
    parts = [
        {key: value for key, value in block.items() if key not in _UNSTABLE and value is not None}
        for block in blocks(message.get("content"))
    ]
    try:
        return digest([message.get("role"), parts])
    except ValueError:  # a number beyond every bound: such a message equals no other
        return repr(parts)


def _outcome(call: Call) -> Entry:
    if call.error or not call.reply:
        return Entry(error=call.error or "the log shows no reply", at=call.at)
    usage = obj(call.reply.get("usage"))
    entry = Entry(call.reply, at=call.at, tokens=integer(usage.get("output_tokens")))
    entry.stop = string(call.reply.get("stop_reason"))
    if entry.stop in ("max_tokens", "model_context_window_exceeded"):
        entry.gaps.append((GapKind.TRUNCATION, f"The reply was cut off (stop reason {entry.stop})."))
    elif call.reply.get("stop_reason") is None:
        entry.gaps.append((GapKind.TRUNCATION, "The recording ends before the reply does."))
    return entry


def pair(key: str, value: dict[str, Json]) -> Call:
    """Return the call that a logged ``{request, response}`` pair records, with or without the HTTP parts around it."""
    request, response = obj(value.get("request")), obj(value.get("response"))
    status = value.get("status", response.get("status_code", value.get("status_code")))
    if "messages" not in request:
        request = obj(nested(request.get("body", request.get("content"))))
    if response.get("type") not in ("message", "error") and ("body" in response or "status_code" in response):
        response = obj(nested(response.get("body", response.get("content"))))
    at = next(
        (at for key in ("ts", "timestamp", "time", "created_at") if (at := instant(value.get(key))) is not None), None
    )
    code = integer(status)
    if response.get("type") == "error" or "error" in response or (code is not None and code >= 400):
        return Call(key, request, {}, error_text(response, code), at)
    return Call(key, request, response if "content" in response else {}, at=at)


def error_text(response: dict[str, Json], status: int | None = None) -> str:
    """Return an API error in one line."""
    error = obj(response.get("error"))
    error = obj(error.get("error")) or error
    words = [
        string(error.get("type")),
        one_line(text_of(error.get("message")), 200),
        f"HTTP {status}" if status else "",
    ]
    return ": ".join(filter(None, words)) or "the API reported an error"


def batch_calls(results: Iterable[tuple[str, dict[str, Json]]], requests: dict[str, dict[str, Json]]) -> list[Call]:
    """Join the keyed results of a message batch, which come in any order, to its *requests* by ``custom_id``.

    Shorter requests come first, so that each call of a conversation finds the one it continues.
    """
    calls = []
    order = {custom_id: position for position, custom_id in enumerate(requests)}
    for key, line in results:
        custom_id, result = string(line.get("custom_id")), obj(line.get("result"))
        kind = string(result.get("type"))
        error = (
            ""
            if kind == "succeeded"
            else error_text(obj(result.get("error")))
            if kind == "errored"
            else f"the call {kind}"
        )
        call = Call(key, requests.get(custom_id, {}), obj(result.get("message")), error)
        place = order.get(custom_id, len(order))
        calls.append((len(arr(call.request.get("messages"))), place, call))
    return [call for _, _, call in sorted(calls, key=lambda item: item[:2])]
