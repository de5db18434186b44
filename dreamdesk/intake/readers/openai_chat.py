"""OpenAI Chat Completions: conversations as many programs store and fine-tuning wants them, and logs of calls.

Read are, as one document, an array, or JSON lines:

- a conversation ``{"messages": [...], "tools": [...]}``, or a bare list of messages;
- a logged call ``{"request": {...}, "response": {...}, "status": 200}``; calls become conversations;
- a ``chat.completion`` without its request, alone or in a line of a batch's output;
- a pair of answers for preference fine-tuning, ``{"input": {"messages": [...]}, "preferred_output": [...],
  "non_preferred_output": [...]}``: the answer that was not preferred is the recording, the other one its correction.

The fields beside the messages are those of `dialogue`. A tool's error is only told by its text, which begins "Error".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.call_log import Call, CallLog, exchange, is_batched, is_exchange, kind_of, logged, unread
from dreamdesk.intake.chat import ACTORS, Mark, add_message, failed_text, plain, tool_schemas
from dreamdesk.intake.dialogue import Dialogue, Entry, episodes, told_episodes
from dreamdesk.intake.mapping.columns import words_of
from dreamdesk.intake.mapping.mapping import Role
from dreamdesk.intake.mapping.vocabulary import NAMES
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, Outcome, OutcomeSource, OutcomeState, ToolSchema


class OpenAiChat:
    """Reads conversations and call logs of OpenAI Chat Completions."""

    name = "openai-chat"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("messages",)

    def sniff(self, head: Head) -> float:
        """Recognise the shapes named above; roles and tool calls that only this API has count for it."""
        if head.layout is Layout.TEXT:
            return 0.0
        values = list(head.values)
        if values and all(isinstance(v, dict) and "role" in v and "messages" not in v for v in values):
            values = [values]
        return max(map(_sureness, values), default=0.0)

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield conversations as they come; logged calls are put together first."""
        if any(map(_is_call, trace.head.values)):
            calls = CallLog()
            for record in trace.records():
                value = obj(record.value)
                if _is_call(value) or is_batched(value):
                    calls.add(_call(record.pointer, value))
                else:
                    trace.log.skip(record.place, "it is no logged call")
            return episodes(trace, self, ((talk, Record(None, "", talk.key)) for talk in calls.found))
        if any(map(_is_pair, trace.head.objects)):
            return (replace(e, outcome=_NOT_PREFERRED) for e in episodes(trace, self, _pairs(trace)))
        return told_episodes(trace, self)

    def fits(self, message: Json) -> bool:
        """Tell whether *message* has a role of this API."""
        return string(obj(message).get("role")) in ACTORS

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        return obj(message).get("role") == "assistant"

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append the steps of one message."""
        if not self.fits(message):
            raise Unreadable(f"a message has the role {text_of(obj(message).get('role'))[:40]!r}")
        add_message(
            builder, message, mark, is_error=message["role"] == "tool" and failed_text(plain(message.get("content")))
        )

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools of a request."""
        return tool_schemas(value)


_MESSAGE = {
    "role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal", "annotations", "audio",
    "reasoning", "reasoning_content", "reasoning_details", "id", "type", "object", "model", "timestamp", "created_at",
}  # fmt: skip
"""Fields of a message, in the API and in what is written beside it by programs that log it."""

_NOT_PREFERRED = Outcome(
    OutcomeState.FAILED, OutcomeSource.LABEL, "/preferred_output", "another answer was preferred to this one"
)


def _is_call(value: Json) -> bool:
    return is_exchange(value, "messages") or kind_of(value) == "chat.completion"


def _is_pair(value: dict[str, Json]) -> bool:
    return isinstance(value.get("input"), dict) and {"preferred_output", "non_preferred_output"} <= value.keys()


def _pairs(trace: Trace) -> Iterator[tuple[Dialogue, Record]]:
    """Yield each pair as the conversation that ended with the worse answer."""
    for record in trace.records():
        pair = obj(record.value)
        given = obj(pair.get("input"))
        asked, worse = arr(given.get("messages")), arr(pair.get("non_preferred_output"))
        if not (asked and worse and arr(pair.get("preferred_output"))):
            trace.log.skip(record.place, "it is no pair of answers: messages or one of the answers is missing")
            continue
        entries = [Entry(message, pointer=f"/input/messages/{i}") for i, message in enumerate(asked)]
        entries += [Entry(message, pointer=f"/non_preferred_output/{i}") for i, message in enumerate(worse)]
        reason, by = "another answer was preferred here", "preference pair"
        fields: dict[str, Json] = {
            "labels": [{"message": len(asked), "reason": reason, "by": by}],
            "corrections": [
                {"from_message": len(asked), "messages": pair["preferred_output"], "reason": reason, "by": by}
            ],
        }
        yield Dialogue(record.pointer, fields, entries, tools=given.get("tools")), record


def _sureness(value: Json) -> float:
    found = obj(value)
    if _is_pair(found):
        return 0.9
    if is_exchange(value, "messages"):
        asked = [obj(m) for m in arr(exchange(found, "messages").request.get("messages"))]
        return 0.95 if kind_of(value) == "chat.completion" else 0.6 if any("tool_calls" in m for m in asked) else 0.0
    if kind_of(value).startswith("chat.completion"):
        return 0.9
    messages = [obj(m) for m in arr(value) or arr(found.get("messages"))]
    whole = messages[:-1] or messages
    if not whole or not all(string(m.get("role")) in ACTORS and ("content" in m or "tool_calls" in m) for m in whole):
        return 0.0
    kinds = {string(obj(part).get("type")) for m in messages for part in arr(m.get("content"))}
    if kinds & {"tool_use", "tool_result", "tool-call", "tool-result"}:
        return 0.0
    called = any(arr(m.get("tool_calls")) or "tool_call_id" in m for m in messages)
    others = set[str]() if found else set().union(*messages) - _MESSAGE
    if others and (not called or any(_tells_apart(other, messages) for other in others)):
        return 0.3  # the rows of a table that has columns for role and content, and others
    if called:
        return 0.8
    return 0.7 if any(m.get("role") in ("system", "developer") for m in whole) else 0.55


def _tells_apart(name: str, rows: list[dict[str, Json]]) -> bool:
    """Tell whether the column *name* says which conversation a row belongs to: by its name, and some rows share it."""
    values = {row[name] for row in rows if isinstance(row.get(name), str | int)}
    return "".join(words_of(name)) in NAMES[Role.EPISODE] and 0 < len(values) < len(rows)


def _call(key: str, value: dict[str, Json]) -> Call:
    found = exchange(logged(value), "messages")
    choices = arr(found.response.get("choices")) or [None]
    choice = obj(choices[0])
    message = obj(choice.get("message"))
    at = found.at if found.at is not None else instant(found.response.get("created"))
    request = dict(found.request)
    history = arr(request.pop("messages", None))
    return Call(
        key,
        history,
        [message] if message else [],
        found.error,
        at,
        integer(obj(found.response.get("usage")).get("completion_tokens")),
        request,
        string(found.response.get("model")) or string(request.get("model")),
        stop=string(choice.get("finish_reason")),
        gaps=unread(len(choices), "choices"),
    )


register(OpenAiChat())
