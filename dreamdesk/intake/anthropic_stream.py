"""Server-sent events of the Anthropic Messages API, put together as the messages that they stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dreamdesk.intake.anthropic_calls import Call, error_text
from dreamdesk.intake.parsing import Unreadable, parse
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json

_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
MAX_BLOCKS = 10_000


def streamed_calls(lines: Iterable[str]) -> Iterator[Call]:
    """Yield one call, without its request, per streamed message."""
    message: dict[str, Json] | None = None
    started = 0
    for line in lines:
        if not line.startswith("data:"):
            continue
        try:
            event = obj(parse(line[5:].strip().encode("utf-8", "replace"))[0])
        except Unreadable:
            continue  # a cut-off event: the message that it belongs to stays without a stop reason
        kind = event.get("type")
        if kind == "message_start":
            if message is not None:
                yield _finished(message, started)
            started += 1
            message = {**obj(event.get("message")), "content": list(arr(obj(event.get("message")).get("content")))}
        elif kind == "error":
            if message is None:
                started += 1
                yield Call(f"stream:{started}", {}, {}, error_text(event))
            else:
                message["stop_reason"] = f"error: {error_text(event)}"
                yield _finished(message, started)
            message = None
        elif message is not None:
            _apply(message, event)
    if message is not None:
        yield _finished(message, started)


def _apply(message: dict[str, Json], event: dict[str, Json]) -> None:
    kind, content = event.get("type"), message["content"]
    position = integer(event.get("index"))
    if kind == "message_delta":
        message.update(obj(event.get("delta")))
        message["usage"] = {**obj(message.get("usage")), **obj(event.get("usage"))}
    elif position is None or not 0 <= position < MAX_BLOCKS:
        return
    elif kind == "content_block_start":
        content += [{"type": "text", "text": ""}] * (position - len(content))
        content[position : position + 1] = [dict(obj(event.get("content_block")))]
    elif kind == "content_block_delta" and position < len(content):
        block, delta = obj(content[position]), obj(event.get("delta"))
        delta_kind = string(delta.get("type"))
        if field := _DELTAS.get(delta_kind):
            block.setdefault("parts:" + field, []).append(text_of(delta.get(field)))
        elif delta_kind == "input_json_delta":
            block.setdefault("parts:input", []).append(text_of(delta.get("partial_json")))
        elif delta_kind == "compaction_delta":
            block["content"] = delta.get("content")


def _finished(message: dict[str, Json], number: int) -> Call:
    """Join the deltas. Arguments that are cut off stay the text that they are."""
    for block in map(obj, message["content"]):
        for field in _DELTAS.values():
            if parts := block.pop("parts:" + field, None):
                block[field] = text_of(block.get(field)) + "".join(parts)
        text = "".join(block.pop("parts:input", []))
        if text:
            try:
                block["input"] = parse(text.encode("utf-8", "replace"))[0]
            except Unreadable:
                block["input"] = text
    return Call(f"stream:{number}", {}, message)
