"""Gemini API: logs of ``generateContent`` calls, and contents under a key of their own.

Read are, as one document, an array, or JSON lines: a logged call ``{"request": {contents, systemInstruction, tools},
"response": {candidates}, "status"}``; answers ``{candidates}`` without their requests, perhaps the chunks of a stream,
of which the one with a *finishReason* ends an answer; and a conversation ``{"contents": [...]}``. A content is
``{role: user | model, parts}``; it becomes one turn. Calls often have no id; then the results of a content answer the
calls before it by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.call_log import Call, CallLog, exchange, is_exchange, unread
from dreamdesk.intake.chat import Mark, add_call, add_text, tool_schemas
from dreamdesk.intake.dialogue import episodes, told_episodes
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema

_ACTORS = {"user": Actor.USER, "model": Actor.AGENT, "function": Actor.USER, "system": Actor.SYSTEM, "": Actor.USER}
_PARTS = {"text", "functionCall", "functionResponse", "inlineData", "fileData", "thought", "executableCode"}


class GeminiContents:
    """Reads logs and contents of the Gemini API."""

    name = "gemini-contents"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("contents",)

    def sniff(self, head: Head) -> float:
        """Recognise contents with parts."""
        if head.layout is Layout.TEXT:
            return 0.0
        for value in head.objects:
            if is_exchange(value, "contents"):
                return 0.95
            if _is_answer(value):
                return 0.9
            parts = [obj(part) for item in arr(value.get("contents")) for part in arr(obj(item).get("parts"))]
            if any(part.keys() & _PARTS for part in parts):
                return 0.9
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield conversations as they come; logged calls are put together first."""
        if any(is_exchange(value, "contents") for value in trace.head.values):
            calls = CallLog()
            for record in trace.records():
                if is_exchange(record.value, "contents"):
                    calls.add(_call(record.pointer, obj(record.value)))
                else:
                    trace.log.skip(record.place, "it is no logged call")
            return episodes(trace, self, ((talk, Record(None, "", talk.key)) for talk in calls.found))
        if any(map(_is_answer, trace.head.objects)):
            calls = CallLog()
            for pointer, answer in _answers(trace):
                calls.add(_call(pointer, {"request": {}, "response": answer}))
            return episodes(trace, self, ((talk, Record(None, "", talk.key)) for talk in calls.found))
        return told_episodes(trace, self)

    def fits(self, message: Json) -> bool:
        """Tell whether *message* is a content."""
        return isinstance(obj(message).get("parts"), list) and string(obj(message).get("role")) in _ACTORS

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        return obj(message).get("role") == "model"

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append the parts of one content as one turn."""
        if not self.fits(message):
            raise Unreadable(f"a content has the role {text_of(obj(message).get('role'))[:40]!r} or no parts")
        actor = _ACTORS[string(obj(message).get("role"))]
        builder.next_turn()
        first = builder.next_index
        for position, part in enumerate(map(obj, arr(obj(message)["parts"]))):
            tokens = mark.tokens if builder.next_index == first else None
            agent = mark.agent if actor is Actor.AGENT else ""
            place = f"{mark.pointer}/parts/{position}" if mark.pointer else ""
            _add_part(builder, actor, part, Mark(mark.native, mark.at, tokens, agent, place))

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the function declarations of a request."""
        keys = ("functionDeclarations", "function_declarations")
        given = [obj(f) for tool in map(obj, arr(value)) for key in keys for f in arr(tool.get(key))]
        names = ("parameters", "parameters_json_schema", "parametersJsonSchema")
        return tool_schemas([{**f, "parameters": next((f[n] for n in names if n in f), None)} for f in given])


def _add_part(builder: StepBuilder, actor: Actor, part: dict[str, Json], mark: Mark) -> None:
    call, answer = part.get("functionCall"), part.get("functionResponse")
    if isinstance(call, dict):
        add_call(builder, string(call.get("name")), string(call.get("id")), call.get("args"), mark)
    elif isinstance(answer, dict):
        found = answer.get("response")
        body = obj(found)
        failed = body.get("error") is not None or body.get("status") == "error" or "error_message" in body
        text = body["output"] if body.keys() == {"output"} else found
        builder.add(
            Actor.TOOL, Kind.TOOL_RESULT, text_of(text), native=mark.native, tool=string(answer.get("name")),
            call_id=string(answer.get("id")), is_error=failed, at=mark.at, pointer=mark.pointer,
        )  # fmt: skip
    elif "text" in part:
        kind = Kind.THINKING if part.get("thought") is True and actor is Actor.AGENT else Kind.MESSAGE
        add_text(builder, actor, kind, text_of(part["text"]), mark)
    elif "inlineData" in part or "fileData" in part:
        media = string(obj(part.get("inlineData", part.get("fileData"))).get("mimeType")) or "file"
        add_text(builder, actor, Kind.MESSAGE, [{"type": media}], mark)
    else:
        shown = {key: value for key, value in part.items() if key != "thoughtSignature"}
        if shown:
            add_text(builder, actor, Kind.MESSAGE, json_text(shown), mark)
            return
        note = "The model's thinking was not recorded."
        builder.missing(GapKind.WITHHELD, note, actor=actor, native=mark.native, pointer=mark.pointer)


def _is_answer(value: dict[str, Json]) -> bool:
    parts = obj(obj(next(iter(arr(value.get("candidates"))), None)).get("content")).get("parts")
    return any(obj(part).keys() & _PARTS for part in arr(parts))


def _answers(trace: Trace) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the answers of the file with their pointers, the chunks of a streamed one put together."""
    start, chunks = "", list[dict[str, Json]]()
    for record in trace.records():
        value = obj(record.value)
        if not arr(value.get("candidates")) and not value.get("usageMetadata"):
            trace.log.skip(record.place, "it is no answer of the Gemini API: candidates are missing")
            continue
        start = start if chunks else record.pointer
        chunks.append(value)
        if obj(next(iter(arr(value.get("candidates"))), None)).get("finishReason"):
            yield start, _joined(chunks)
            chunks = []
    if chunks:
        yield start, _joined(chunks)


def _joined(chunks: list[dict[str, Json]]) -> dict[str, Json]:
    """Return one answer: pieces of text that follow each other are one part, later fields outrank earlier ones."""
    whole: dict[str, Json] = {}
    candidate: dict[str, Json] = {}
    parts: list[Json] = []
    for chunk in chunks:
        first = obj(next(iter(arr(chunk.get("candidates"))), None))
        for part in map(obj, arr(obj(first.get("content")).get("parts"))):
            last = obj(parts[-1]) if parts else {}
            if {"text"} <= part.keys() & last.keys() and part.get("thought") == last.get("thought"):
                parts[-1] = {**last, **part, "text": text_of(last["text"]) + text_of(part["text"])}
            else:
                parts.append(part)
        candidate, whole = {**candidate, **first}, {**whole, **chunk}
    return {**whole, "candidates": [{**candidate, "content": {"role": "model", "parts": parts}}]}


def _call(key: str, value: dict[str, Json]) -> Call:
    found = exchange(value, "contents")
    request = dict(found.request)
    history = arr(request.pop("contents", None))
    candidates = arr(found.response.get("candidates"))
    first = obj(candidates[0]) if candidates else {}
    content = obj(first.get("content"))
    blocked = string(obj(found.response.get("promptFeedback")).get("blockReason"))
    system = obj(request.get("systemInstruction", request.get("system_instruction")))
    return Call(
        key,
        history,
        [{"role": "model", **content}] if isinstance(content.get("parts"), list) else [],
        found.error or (f"the prompt was blocked ({blocked})" if blocked else ""),
        found.at,
        integer(obj(found.response.get("usageMetadata")).get("candidatesTokenCount")),
        request,
        string(found.response.get("modelVersion")) or string(request.get("model")),
        "\n".join(text_of(obj(part).get("text")) for part in arr(system.get("parts"))),
        string(first.get("finishReason")),
        string(found.response.get("responseId")),
        gaps=unread(len(candidates), "candidates"),
    )


register(GeminiContents())
