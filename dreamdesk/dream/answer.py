"""Reading what a model answered, from the wire or from the store: a stream of events, or one message of a batch.

The bytes are the evidence and are kept; what they say is read from them again each time they are needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dreamdesk.model.ask import Reply
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

STREAM = "text/event-stream"
MESSAGE = "application/json"

_CUT_SHORT = ("max_tokens", "model_context_window_exceeded")


class Events:
    """Takes a stream of server-sent events apart as it arrives (platform.claude.com, "Streaming messages").

    Attributes:
        raw: All bytes so far.
        answer: What the events have told so far.
    """

    def __init__(self) -> None:
        self.raw = bytearray()
        self.answer = _Answer()
        self._pending = b""

    def feed(self, chunk: bytes) -> bool:
        """Take in bytes; return whether the answer is complete.

        Raises:
            UserError: An event is no JSON, or tells of an error.
        """
        self.raw += chunk
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:") and not self.answer.complete:
                self.answer.take(_event(line[5:].strip()))
        return self.answer.complete


def read(raw: bytes, media: str, tool: str, model: str) -> Reply:
    """Return what the stored answer *raw* says to the question that *tool* and *model* were asked with.

    Raises:
        UserError: It is no whole answer.
    """
    if media == STREAM:
        events = Events()
        events.feed(raw + b"\n")
        answer = events.answer
    else:
        answer = _message(raw)
    return answer.reply(tool, model, raw, media)


def counted(message: bytes) -> Reply:
    """Return an answer that was given whole with its figures, to be stored; what it says is read with `read`."""
    answer = _message(message)
    return Reply(None, answer.model, answer.input_tokens, answer.output_tokens, raw=message, media=MESSAGE)


def stream(chunks: Iterable[bytes], tool: str, model: str) -> Reply:
    """Return the answer that arrives in *chunks*; nothing after its end is waited for.

    Raises:
        UserError: It is malformed, or ends before its end.
    """
    events = Events()
    for chunk in chunks:
        if events.feed(chunk):
            break
    else:
        events.feed(b"\n")
    return events.answer.reply(tool, model, bytes(events.raw), STREAM)


@dataclass
class _Answer:
    """What was told so far."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    stopped: str = ""
    complete: bool = False
    tools: dict[Json, str] = field(default_factory=dict)
    inputs: dict[Json, list[str]] = field(default_factory=dict)

    def take(self, event: dict[str, Json]) -> None:
        """Add one event. Kinds of events that are not needed, or not known yet, are passed over."""
        kind = event.get("type")
        if kind == "message_start":
            message = member(event, "message")
            self.model = str(message.get("model") or "")
            self.input_tokens = _count(member(message, "usage").get("input_tokens"))
        elif kind == "content_block_start":
            block = member(event, "content_block")
            if block.get("type") == "tool_use":
                self.tools[event.get("index")] = str(block.get("name"))
                given = block.get("input")  # All of it at once, where a server does not stream it in parts.
                self.inputs[event.get("index")] = [json.dumps(given)] if given else []
        elif kind == "content_block_delta":
            delta = member(event, "delta")
            if delta.get("type") == "input_json_delta" and event.get("index") in self.inputs:
                self.inputs[event.get("index")].append(str(delta.get("partial_json") or ""))
        elif kind == "message_delta":
            self.stopped = str(member(event, "delta").get("stop_reason") or "")
            self.output_tokens = _count(member(event, "usage").get("output_tokens"))
        elif kind == "message_stop":
            self.complete = True
        elif kind == "error":
            raise failed(f"The endpoint broke off with an error: {reason(event)}.")

    def reply(self, tool: str, model: str, raw: bytes, media: str) -> Reply:
        """Return the reply: the input given to *tool*, or why there is none."""
        fault, data = self._fault(), None
        if not fault and not self.complete:
            raise failed("The answer was cut off before its end.")
        if not fault:
            data, fault = self._input(tool)
        return Reply(
            data,
            self.model or model,
            self.input_tokens,
            self.output_tokens,
            fault=fault,
            raw=raw,
            media=media,
        )

    def _fault(self) -> str:
        if self.stopped == "refusal":
            return "The model refused to answer."
        if self.stopped in _CUT_SHORT:
            return "The answer was cut short because it reached the model's limit of tokens."
        return ""

    def _input(self, tool: str) -> tuple[Json, str]:
        """Return the input given to *tool*, as plain JSON without NaN, infinities or lone surrogates, or the fault."""
        index = next((index for index, name in self.tools.items() if name == tool), None)
        if index is None:
            return None, "The model did not answer in the form that it was asked for (it did not call the tool)."
        try:
            return json.loads(canonical(json.loads("".join(self.inputs[index])))), ""
        except (ValueError, RecursionError):
            return None, "The model's answer is malformed: its tool input is not JSON."


def _message(raw: bytes) -> _Answer:
    """Read a message that was given whole."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise failed("The answer is malformed: it is not JSON.") from error
    answer = _Answer(complete=True)
    if not isinstance(message, dict):
        return answer
    answer.model, answer.stopped = str(message.get("model") or ""), str(message.get("stop_reason") or "")
    usage = member(message, "usage")
    answer.input_tokens, answer.output_tokens = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    for index, block in enumerate(_blocks(message)):
        if block.get("type") == "tool_use":
            answer.tools[index] = str(block.get("name"))
            answer.inputs[index] = [json.dumps(block.get("input"))]
    return answer


def _blocks(message: dict[str, Json]) -> Iterator[dict[str, Json]]:
    content = message.get("content")
    yield from (block for block in content if isinstance(block, dict)) if isinstance(content, list) else ()


def _event(data: bytes) -> dict[str, Json]:
    try:
        event = json.loads(data) if data else {}
    except (ValueError, RecursionError) as error:
        raise failed("The endpoint's answer is malformed: an event is not JSON.") from error
    return event if isinstance(event, dict) else {}


def reason(body: dict[str, Json]) -> str:
    """Return the words of an error that an endpoint sent."""
    error = body.get("error")
    return one_line(str(error.get("message") if isinstance(error, dict) else error or "no reason given"), 300)


def member(value: dict[str, Json], name: str) -> dict[str, Json]:
    """Return the object *name* of an object, or an empty one."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _count(value: Json) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def failed(why: str) -> UserError:
    """Return the error of an exchange that came to nothing."""
    return UserError(f"{why} Nothing was changed.")
