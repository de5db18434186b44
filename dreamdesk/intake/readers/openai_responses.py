"""OpenAI Responses API: lists of items, as the Agents SDK's ``to_input_list()`` gives them, and logs of calls.

Read are, as one document, an array, or JSON lines: a list of items, alone or under *items* or *input*; a logged call
``{"request", "response", "status"}``; a ``response`` without its request. Items that the model wrote one after the
other (reasoning, message, function calls) are one reply. A request with ``previous_response_id`` holds only what is
new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.call_log import Call, CallLog, exchange, is_batched, is_exchange, kind_of, logged
from dreamdesk.intake.chat import ACTORS, Mark, add_call, add_result, add_text, failed_text, plain, tool_schemas
from dreamdesk.intake.dialogue import Dialogue, Entry, episodes, told
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Layout, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema

_RESULTS = ("_call_output", "mcp_approval_response")


class OpenAiResponses:
    """Reads item lists and call logs of the OpenAI Responses API."""

    name = "openai-responses"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("items", "input")

    def sniff(self, head: Head) -> float:
        """Recognise items of the types that only this API has, or its responses."""
        if head.layout is Layout.TEXT:
            return 0.0
        loose = [value for value in head.objects if self.fits(value)]
        return max((_sureness(value) for value in [*head.values, loose]), default=0.0)

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
            found: Iterable[tuple[Dialogue, Record]] = ((talk, Record(None, "", talk.key)) for talk in calls.found)
        else:
            found = told(trace, self)
        return episodes(trace, self, ((_grouped(talk), record) for talk, record in found))

    def fits(self, message: Json) -> bool:
        """Tell whether *message* is an item."""
        item = obj(message)
        return string(item.get("type")) not in ("", "text") or string(item.get("role")) in ACTORS

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*, an item or a list of items."""
        return isinstance(message, list) or _is_models(obj(message))

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append one item, or the items of one reply as one turn."""
        builder.next_turn()
        first = builder.next_index
        for position, item in enumerate(message if isinstance(message, list) else [message]):
            if not self.fits(item):
                raise Unreadable(f"an item has the type {text_of(obj(item).get('type'))[:40]!r} and no known role")
            tokens = mark.tokens if builder.next_index == first else None
            place = _pointer(mark.pointer, position)
            _add_item(builder, obj(item), Mark(mark.native, mark.at, tokens, mark.agent, place))

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools of a request."""
        return tool_schemas(value)


def _sureness(value: Json) -> float:
    found = obj(value)
    if kind_of(value) == "response":
        return 0.95
    if is_exchange(value, "input"):
        return 0.6
    items = [obj(item) for item in arr(value) or arr(found.get("items")) or arr(found.get("input"))]
    kinds = {string(item.get("type")) for item in items}
    own = {"function_call", "function_call_output", "reasoning", "custom_tool_call", "computer_call"}
    said = {string(obj(part).get("type")) for item in items for part in arr(item.get("content"))}
    return 0.9 if kinds & own or (kinds & {"message"} and said & {"output_text", "input_text"}) else 0.0


def _is_models(item: dict[str, Json]) -> bool:
    kind = string(item.get("type"))
    if kind in ("", "message"):
        return item.get("role") == "assistant"
    return not kind.endswith(_RESULTS) and kind != "item_reference"


def _grouped(talk: Dialogue) -> Dialogue:
    """Make one entry of the items that the model wrote one after the other in one call."""
    grouped: list[Entry] = []
    for entry in talk.entries:
        item = obj(entry.message)
        last = grouped[-1] if grouped else Entry()
        # A reply that a log holds is one entry already; a call that was answered ends a reply.
        if not entry.error and not isinstance(entry.message, list) and _is_models(item):
            if isinstance(last.message, list) and not last.error and entry.at == last.at:
                last.message.append(entry.message)
                last.gaps += entry.gaps
                continue
            entry.message = [entry.message]
        grouped.append(entry)
    talk.entries = grouped
    return talk


def _pointer(first: str, position: int) -> str:
    """Return the pointer of the item *position* places after the one at *first*."""
    head, _, number = first.rpartition("/")
    return f"{head}/{int(number) + position}" if number.isdigit() and number.isascii() else first


def _add_item(builder: StepBuilder, item: dict[str, Json], mark: Mark) -> None:
    kind = string(item.get("type")) or "message"
    call_id = string(item.get("call_id")) or string(item.get("id"))
    if kind == "message":
        actor = ACTORS.get(string(item.get("role")), Actor.SYSTEM)
        add_text(builder, actor, Kind.MESSAGE, item.get("content"), mark)
    elif kind == "reasoning":
        _add_reasoning(builder, item, mark)
    elif kind.endswith("_output"):
        output = item.get("output")
        failed = item.get("status") == "failed" or failed_text(plain(output))
        add_result(builder, "", call_id, output, mark, is_error=failed)
    elif kind == "compaction" or kind == "compaction_summary":
        note = "Earlier items were replaced by a summary."
        builder.missing(GapKind.COMPACTION, note, plain(item.get("content")), native=mark.native, pointer=mark.pointer)
    elif kind in ("function_call", "custom_tool_call"):
        add_call(builder, string(item.get("name")), call_id, item.get("arguments", item.get("input")), mark)
    else:
        _add_hosted(builder, kind, item, call_id, mark)


def _add_reasoning(builder: StepBuilder, item: dict[str, Json], mark: Mark) -> None:
    parts = arr(item.get("summary")) or arr(item.get("content"))
    text = plain(parts)
    if text:
        step = add_text(builder, Actor.AGENT, Kind.THINKING, text, mark)
        if item.get("encrypted_content"):
            builder.gap(GapKind.WITHHELD, "Only a summary of the model's thinking is shown.", step)
        return
    note = "The model's thinking was not recorded."
    builder.missing(GapKind.WITHHELD, note, native=mark.native, agent=mark.agent, at=mark.at, pointer=mark.pointer)


def _add_hosted(builder: StepBuilder, kind: str, item: dict[str, Json], call_id: str, mark: Mark) -> None:
    """Append a tool that the API ran itself, or an item of a type that is not known here, as a call with its JSON."""
    outcome = ("output", "error", "result", "results", "outputs")
    given = {k: v for k, v in item.items() if k not in (*outcome, "id", "type", "status", "encrypted_content")}
    add_call(builder, string(item.get("name")) or kind.removesuffix("_call"), call_id, given, mark)
    found = [text_of(item[key]) for key in outcome if item.get(key) is not None]
    if found or item.get("status") in ("completed", "failed"):
        failed = item.get("status") == "failed" or item.get("error") is not None
        builder.next_turn()
        add_result(builder, "", call_id, "\n".join(found), mark, is_error=failed)
        builder.next_turn()


def _is_call(value: Json) -> bool:
    return is_exchange(value, "input") or kind_of(value) == "response"


def _call(key: str, value: dict[str, Json]) -> Call:
    found = exchange(logged(value), "input")
    response, request = found.response, dict(found.request)
    given = request.pop("input", None)
    history = [{"role": "user", "content": given}] if isinstance(given, str) else arr(given)
    at = found.at if found.at is not None else instant(response.get("created_at"))
    stop = string(response.get("status"))
    if stop == "incomplete":
        stop = string(obj(response.get("incomplete_details")).get("reason")) or stop
    return Call(
        key,
        history,
        arr(response.get("output")),
        found.error,
        at,
        integer(obj(response.get("usage")).get("output_tokens")),
        request,
        string(response.get("model")) or string(request.get("model")),
        text_of(request.get("instructions")) or plain(response.get("instructions")),
        stop,
        string(response.get("id")),
        string(request.get("previous_response_id")),
    )


register(OpenAiResponses())
