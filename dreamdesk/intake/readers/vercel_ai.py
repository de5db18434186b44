"""Vercel AI SDK: model messages (versions 4 to 7), as ``result.response.messages`` gives them, and messages of its UI.

Read are lists of ``{role: system | user | assistant | tool, content}``, alone or under *messages* beside
``finishReason`` and ``usage``. The parts of a content are text, reasoning, file, tool-call and tool-result; an output
of type error-text or error-json failed. Version 7 keeps only the last step there.

A message of the UI (``useChat``, version 5 and later) is ``{id, role, parts}``: its parts hold call and result of a
tool in one, ``{type: tool-NAME | dynamic-tool, toolCallId, state, input, output | errorText}``, and ``step-start``
where the model was asked again. It is read as the model messages that it was made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import ACTORS, Mark, add_call, add_result, add_text, plain, tool_schemas
from dreamdesk.intake.dialogue import CUT_ENDS, Dialogue, Entry, episodes, told
from dreamdesk.intake.parsing import Unreadable, json_text
from dreamdesk.intake.reader import Head, Record, Trace, register
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema

_PARTS = {"tool-call", "tool-result", "reasoning", "file", "tool-approval-request"}


class VercelAi:
    """Reads model messages of the Vercel AI SDK."""

    name = "vercel-ai"
    version = 1
    unit = "model calls"
    keys: tuple[str, ...] = ("messages",)

    def sniff(self, head: Head) -> float:
        """Recognise the part types with a hyphen, or the names that stand beside the messages."""
        for value in head.objects:
            if "messages" in value and "finishReason" in value and "inputTokens" in obj(value.get("usage")):
                return 0.9
        messages = [m for value in head.values for m in (value, *arr(value), *arr(obj(value).get("messages")))]
        if any(map(_is_of_ui, messages)):
            return 0.95
        parts = [obj(part) for m in messages if "role" in obj(m) for part in arr(obj(m).get("content"))]
        return 0.95 if any("toolCallId" in part and "toolName" in part for part in parts) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per list of messages."""
        return episodes(trace, self, map(_with_facts, told(trace, self)))

    def fits(self, message: Json) -> bool:
        """Tell whether *message* has a role of this SDK."""
        return string(obj(message).get("role")) in ACTORS

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        return obj(message).get("role") == "assistant"

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append one message as one turn; each tool result is one of its own."""
        if not self.fits(message):
            raise Unreadable(f"a message has the role {text_of(obj(message).get('role'))[:40]!r}")
        actor, content = ACTORS[string(obj(message).get("role"))], obj(message).get("content")
        builder.next_turn()
        if not any(string(obj(part).get("type")) in _PARTS or "place" in obj(part) for part in arr(content)):
            add_text(builder, actor, Kind.MESSAGE, content, mark)
            return
        for position, part in enumerate(arr(content)):
            place = string(obj(part).get("place")) or f"/content/{position}"
            here = replace(mark, pointer=f"{mark.pointer}{place}" if mark.pointer else "")
            _add_part(builder, actor, part, here)

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools of a wrapper."""
        return tool_schemas(value)


def _add_part(builder: StepBuilder, actor: Actor, part: Json, mark: Mark) -> None:
    given = obj(part)
    kind, tool, call_id = (string(given.get(key)) for key in ("type", "toolName", "toolCallId"))
    if kind == "tool-call":
        add_call(builder, tool, call_id, given.get("input", given.get("args")), mark)
    elif kind == "tool-result":
        output = given.get("output", given.get("result"))
        sort = string(obj(output).get("type")) if "value" in obj(output) else ""
        value = obj(output)["value"] if sort else output
        shown = value if isinstance(value, str) or sort == "content" else json_text(value)
        if actor is Actor.AGENT:  # the provider ran the tool in the middle of the reply
            builder.next_turn()
        failed = sort.startswith("error") or given.get("isError") is True
        add_result(builder, tool, call_id, shown, replace(mark, agent=""), is_error=failed)
        builder.next_turn()
    elif kind == "reasoning":
        text = plain([part])
        if text:
            add_text(builder, Actor.AGENT, Kind.THINKING, text, mark)
        else:
            note = "The model's thinking was not recorded."
            builder.missing(GapKind.WITHHELD, note, native=mark.native, agent=mark.agent, pointer=mark.pointer)
    else:
        add_text(builder, actor, Kind.MESSAGE, [{key: value for key, value in given.items() if key != "place"}], mark)


def _is_of_ui(message: Json) -> bool:
    """Tell whether *message* is one of the UI.

    Its parts have a type, which those of the Gemini API have not, and a *text*, which is *content* in the conventions
    of OpenTelemetry.
    """
    found = obj(message)
    parts = list(map(obj, arr(found.get("parts"))))
    speaks = any("text" in part or "toolCallId" in part for part in parts)
    typed = all(string(part.get("type")) and "content" not in part for part in parts)
    return speaks and typed and string(found.get("role")) in ACTORS and "content" not in found


def _as_model_messages(message: Json) -> list[Json]:
    """Return the messages that a message of the UI was made of, their parts with the *place* that each stands at."""
    found: list[Json] = []
    said: list[Json] = []
    results: list[Json] = []

    def close() -> None:
        found.extend([{"role": obj(message)["role"], "content": list(said)}] if said else [])
        found.extend([{"role": "tool", "content": list(results)}] if results else [])
        said.clear()
        results.clear()

    for position, part in enumerate(map(obj, arr(obj(message)["parts"]))):
        kind, place = string(part.get("type")), f"/parts/{position}"
        if kind == "step-start":
            close()
        elif kind == "dynamic-tool" or (kind.startswith("tool-") and "toolCallId" in part):
            call = {"toolName": part.get("toolName", kind.removeprefix("tool-")), "toolCallId": part.get("toolCallId")}
            call["place"] = place
            said.append({"type": "tool-call", **call, "input": part.get("input")})
            if "output" in part or "errorText" in part:
                output = {"type": "error-text", "value": part["errorText"]} if "errorText" in part else part["output"]
                results.append({"type": "tool-result", **call, "output": output})
        else:
            if results:
                close()
            said.append({**part, "place": place})
    close()
    return found


def _with_facts(item: tuple[Dialogue, Record]) -> tuple[Dialogue, Record]:
    """Take messages of the UI apart, and take from beside the messages how the run ended."""
    talk, record = item
    apart: list[Entry] = []
    for entry in talk.entries:
        if _is_of_ui(entry.message):
            apart += [replace(entry, message=message, gaps=[]) for message in _as_model_messages(entry.message)]
        else:
            apart.append(entry)
    talk.entries = apart
    talk.stop = string(talk.given.get("finishReason"))
    if talk.stop in CUT_ENDS and talk.entries:
        talk.entries[-1].gaps.append((GapKind.TRUNCATION, f"The reply was cut off ({talk.stop})."))
    return talk, record


register(VercelAi())
