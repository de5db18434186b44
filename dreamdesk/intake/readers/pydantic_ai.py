"""Pydantic AI message histories (1.x and 2.x): what ``all_messages_json()`` writes, one list per document or line.

A message is ``{kind: "request" | "response", parts: [...]}``; each part says in ``part_kind`` what it is. A failed tool
is a "retry-prompt" with a tool name (1.x) or a "tool-return" whose outcome is not "success" (2.x).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import Mark, add_call, add_result, add_text, tool_schemas
from dreamdesk.intake.dialogue import CUT_ENDS, Dialogue, episodes, told
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema

_KINDS = ("request", "response")


class PydanticAi:
    """Reads Pydantic AI message histories."""

    name = "pydantic-ai"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("messages",)

    def sniff(self, head: Head) -> float:
        """Recognise messages whose parts say what they are."""
        messages = [
            message for value in head.values for message in [value, *arr(value), *arr(obj(value).get("messages"))]
        ]
        kinds = [obj(part) for m in messages if obj(m).get("kind") in _KINDS for part in arr(obj(m).get("parts"))]
        return 0.95 if any("part_kind" in part for part in kinds) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per history."""
        return episodes(trace, self, map(_with_facts, told(trace, self)))

    def fits(self, message: Json) -> bool:
        """Tell whether *message* is a request or a response with parts."""
        return obj(message).get("kind") in _KINDS and isinstance(obj(message).get("parts"), list)

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        return obj(message).get("kind") == "response"

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append the parts of one message: a response is one turn, each part of a request is one."""
        if not self.fits(message):
            raise Unreadable(f"a message has the kind {text_of(obj(message).get('kind'))[:40]!r} or no parts")
        own = self.is_reply(message)
        tokens = integer(obj(obj(message).get("usage")).get("output_tokens"))
        at = instant(obj(message).get("timestamp"))
        builder.next_turn()
        first = builder.next_index
        for position, part in enumerate(map(obj, arr(obj(message)["parts"]))):
            if not own:
                builder.next_turn()
            here = replace(
                mark,
                at=at if own else instant(part.get("timestamp")) or at,
                tokens=tokens if own and builder.next_index == first else None,
                pointer=f"{mark.pointer}/parts/{position}" if mark.pointer else "",
            )
            _add_part(builder, part, here, own=own)

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools of a wrapper; the histories themselves list none."""
        return tool_schemas(value)


def _add_part(builder: StepBuilder, part: dict[str, Json], mark: Mark, *, own: bool) -> None:
    kind, content = string(part.get("part_kind")), part.get("content")
    tool, call_id = string(part.get("tool_name")), string(part.get("tool_call_id"))
    aside = replace(mark, agent="")
    if kind.endswith("tool-call"):
        add_call(builder, tool, call_id, part.get("args"), mark)
    elif kind.endswith("tool-return") or (kind == "retry-prompt" and tool):
        failed = kind == "retry-prompt" or string(part.get("outcome")) not in ("", "success")
        add_result(builder, tool, call_id, _text(content), aside, is_error=failed)
    elif kind == "thinking":
        if content:
            add_text(builder, Actor.AGENT, Kind.THINKING, content, mark)
        else:
            note = "The model's thinking was not recorded."
            builder.missing(GapKind.WITHHELD, note, native=mark.native, at=mark.at, pointer=mark.pointer)
    elif own:
        add_text(builder, Actor.AGENT, Kind.MESSAGE, content if kind == "text" else json_text(part), mark)
    else:
        actor = Actor.USER if kind == "user-prompt" else Actor.SYSTEM
        known = kind in ("user-prompt", "system-prompt", "retry-prompt")
        add_text(builder, actor, Kind.MESSAGE, _parts(content) if known else json_text(part), aside)


def _text(content: Json) -> str:
    return content if isinstance(content, str) else "" if content is None else json_text(content)


def _parts(content: Json) -> Json:
    """Return a prompt's parts in the shape of chat messages: text, or a kind of medium."""
    if not isinstance(content, list):
        return _text(content)
    return [part if isinstance(part, str) else {"type": string(obj(part).get("kind")) or "media"} for part in content]


def _with_facts(item: tuple[Dialogue, Record]) -> tuple[Dialogue, Record]:
    """Take model, instructions and the way the last reply ended from the messages."""
    talk, record = item
    messages = [obj(entry.message) for entry in talk.entries]
    talk.model = next((string(m["model_name"]) for m in messages if m.get("model_name")), talk.model)
    talk.policy = next((string(m["instructions"]) for m in messages if m.get("instructions")), "")
    for entry, message in zip(talk.entries, messages, strict=True):
        if message.get("kind") == "response":
            talk.stop = string(message.get("finish_reason"))
            if talk.stop in CUT_ENDS:
                entry.gaps.append((GapKind.TRUNCATION, f"The reply was cut off ({talk.stop})."))
    return talk, record


register(PydanticAi())
