"""Messages of Inspect logs as steps, and the places where a log keeps their parts.

A message is ``{id?, role, content, tool_calls?: [{id, function, arguments, parse_error?}], tool_call_id?, function?,
error?: {type, message}, model?}``; its content is text or parts (text, reasoning, tool_use of the model's server,
image, audio, video, document, data). Long strings stand aside as ``attachment://<key>``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import ACTORS, Mark, add_call, add_result, add_text
from dreamdesk.intake.parsing import MAX_RECORD, Unreadable
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, GapKind, Kind

_SCORING = ("scorer", "scorers")
_REFERENCE = "attachment://"
MAX_MESSAGES = 200_000


class Attachments:
    """The long strings of one sample, by their keys."""

    def __init__(self, strings: dict[str, Json]) -> None:
        self._strings = strings
        self._size = 0

    def put_back(self, value: Json) -> Json:
        """Return *value* with every reference replaced; one to an attachment that is not there stays as it is.

        Raises:
            Unreadable: The references stand for more text than a record may hold.
        """
        if isinstance(value, str):
            found = self._strings.get(value.removeprefix(_REFERENCE)) if value.startswith(_REFERENCE) else None
            if not isinstance(found, str):
                return value
            self._size += len(found)
            if self._size > MAX_RECORD:
                raise Unreadable("its attachments stand for more text than a record may hold")
            return found
        if isinstance(value, list):
            return [self.put_back(item) for item in value]
        if isinstance(value, dict):
            return {key: self.put_back(item) for key, item in value.items()}
        return value


@dataclass(slots=True)
class Calls:
    """What the events of a sample tell of the messages that came of them.

    Attributes:
        at, tokens: Start of the model or tool call, and output tokens, by the id of the message.
        shown: Ids of the answers of the model.
        compacted: How often the history was replaced by a summary.
    """

    at: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    compacted: int = 0


def calls_of(events: list[Json]) -> Calls:
    """Return what *events* tell of the messages; the model calls of scorers are none of the agent's."""
    calls, scoring = Calls(), set[str]()
    for event in map(obj, events):
        kind, at = event.get("event"), instant(event.get("timestamp"))
        key = ""
        if kind == "span_begin" and (event.get("type") in _SCORING or string(event.get("parent_id")) in scoring):
            scoring.add(string(event.get("id")))
        elif kind == "step" and event.get("type") in _SCORING:  # logs of 2024 and early 2025 have no spans
            (scoring.add if event.get("action") == "begin" else scoring.discard)("")
        if string(event.get("span_id")) in scoring:
            continue
        if kind == "model":
            output = obj(event.get("output"))
            choice = obj(arr(output.get("choices"))[0]) if arr(output.get("choices")) else {}
            key = string(obj(choice.get("message")).get("id"))
            tokens = integer(obj(output.get("usage")).get("output_tokens"))
            if key:
                calls.shown.add(key)
            if key and tokens is not None:
                calls.tokens[key] = tokens
        elif kind == "tool":
            key = string(event.get("message_id"))
        elif kind == "compaction":
            calls.compacted += 1
        if key and at is not None:
            calls.at.setdefault(key, at)
    return calls


def last_call(events: list[Json], pool: list[Json]) -> list[Json]:
    """Return the messages of the last model call with its answer, for a sample whose own list of messages is empty.

    An event holds its input, or *input_refs*: half-open ranges ``[start, end]`` of the *pool* of messages.
    """
    for event in map(obj, reversed(events)):
        if event.get("event") != "model":
            continue
        messages = list(arr(event.get("input")))
        for given in map(arr, arr(event.get("input_refs"))):
            bounds = [integer(bound) for bound in given]
            start, end = bounds if len(bounds) == 2 else (None, None)
            if start is not None and end is not None and 0 <= start <= end:
                messages += pool[start:end]
            if len(messages) > MAX_MESSAGES:
                raise Unreadable(f"a model call refers to more than {MAX_MESSAGES:,} messages")
        for choice in map(obj, arr(obj(event.get("output")).get("choices"))[:1]):
            messages.append(choice.get("message"))
        return messages
    return []


def add_message(builder: StepBuilder, message: dict[str, Json], mark: Mark) -> None:
    """Append the steps of one message, which begins a new turn."""
    builder.next_turn()
    actor = ACTORS.get(string(message.get("role")), Actor.SYSTEM)
    if actor is Actor.TOOL:
        _add_tool(builder, message, mark)
        return
    first, content = builder.next_index, message.get("content")
    # Only the first step of a message carries its tokens, so that they are counted once.

    def here(place: str) -> Mark:
        tokens = mark.tokens if builder.next_index == first else None
        return Mark(mark.native, mark.at, tokens, mark.agent, f"{mark.pointer}{place}")

    for position, part in enumerate(content if isinstance(content, list) else [content]):
        given = obj(part)
        place = f"/content/{position}" if isinstance(content, list) else "/content"
        if string(given.get("type")) == "reasoning":
            _add_reasoning(builder, actor, given, here(place))
        elif string(given.get("type")) == "tool_use" and "name" in given:
            _add_server_call(builder, given, here(place))
        elif part not in (None, "", {}):
            add_text(builder, actor, Kind.MESSAGE, [part], here(place))
    for position, call in enumerate(map(obj, arr(message.get("tool_calls")))):
        _add_call(builder, call, here(f"/tool_calls/{position}"))
    if builder.next_index == first:
        add_text(builder, actor, Kind.MESSAGE, "", here("/content"))


def _add_reasoning(builder: StepBuilder, actor: Actor, part: dict[str, Json], mark: Mark) -> None:
    redacted = part.get("redacted") is True
    text = text_of(part.get("summary")) if redacted else text_of(part.get("reasoning"))
    step = add_text(builder, actor, Kind.THINKING, text, mark)
    if redacted or not text:
        note = "The model's thinking was encrypted." if redacted else "The model's thinking was not recorded."
        builder.gap(GapKind.WITHHELD, note, step)


def _add_call(builder: StepBuilder, call: dict[str, Json], mark: Mark) -> None:
    function = obj(call.get("function"))  # early logs nest the name as other libraries do
    name = string(call.get("function")) or string(function.get("name"))
    given = call.get("arguments", function.get("arguments"))
    error = text_of(call.get("parse_error"))
    if not error:
        add_call(builder, name, string(call.get("id")), given, mark)
        return
    step = builder.add(
        Actor.AGENT, Kind.TOOL_CALL, text_of(given), native=mark.native, agent=mark.agent, tool=name,
        call_id=string(call.get("id")), is_error=True, at=mark.at, tokens=mark.tokens, pointer=mark.pointer,
    )  # fmt: skip
    builder.gap(GapKind.MISSING, f"The arguments of this call could not be parsed: {error[:500]}", step)


def _add_server_call(builder: StepBuilder, part: dict[str, Json], mark: Mark) -> None:
    """Append a tool call that the model's server made, and its result, which stands in the same part."""
    name, call_id, error = string(part.get("name")), string(part.get("id")), text_of(part.get("error"))
    add_call(builder, name, call_id, part.get("arguments"), mark)
    if error or part.get("result") not in (None, ""):
        content = part.get("result") if part.get("result") not in (None, "") else error
        add_result(
            builder, name, call_id, content, Mark(mark.native, mark.at, pointer=mark.pointer), is_error=bool(error)
        )


def _add_tool(builder: StepBuilder, message: dict[str, Json], mark: Mark) -> None:
    error = message.get("error")
    content = message.get("content")
    if error and content in (None, "", []):
        content = text_of(obj(error).get("message")) or text_of(error)
    name, call_id = string(message.get("function")), string(message.get("tool_call_id"))
    place = Mark(mark.native, mark.at, pointer=f"{mark.pointer}/content")
    add_result(builder, name, call_id, content, place, is_error=bool(error))
