"""Steps as chat messages: what was said to the agent, and what it said, before any trainer's own shape.

The shape that TRL reads is given here, too, because most files have it: arguments as objects
(trl, docs/source/dataset_formats.md). What other readers want is made of it in `formats/`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns

_SPOKEN = (Kind.MESSAGE, Kind.HANDOFF)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool; *id* joins it to its result, "" where the recording has none."""

    tool: str
    arguments: dict[str, Json]
    id: str = ""


@dataclass(frozen=True)
class Message:
    """One message: *role* is system, user, assistant or tool; a tool's has the name of the *tool* and the *call_id*."""

    role: str
    content: str
    calls: tuple[Call, ...] = ()
    tool: str = ""
    call_id: str = ""

    @cached_property
    def trl(self) -> dict[str, Json]:
        """The message as TRL reads it. It is shared: do not change it."""
        if self.role == "tool":
            return {"role": "tool", "name": self.tool, "content": self.content}
        made: dict[str, Json] = {"role": self.role, "content": self.content}
        if self.calls:
            made["tool_calls"] = [
                {"type": "function", "function": {"name": call.tool, "arguments": call.arguments}}
                for call in self.calls
            ]
        return made

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it. A tool's empty answer is an answer."""
        return bool(self.content or self.calls) or self.role == "tool"

    def text(self) -> str:
        """Return it as text alone: a call becomes ``tool({…})`` with canonical JSON."""
        calls = [f"{call.tool}({canonical(call.arguments).decode()})" for call in self.calls]
        return "\n\n".join([*([self.content] if self.content else []), *calls])


def heard(steps: Sequence[Step], speaker: str = "") -> list[tuple[int, tuple[Message, ...]]]:
    """Return, turn by turn, where the turn ends in *steps* and the messages that it is to the agent named *speaker*.

    Thinking and gaps are left out. What other named agents said and did becomes user text that begins with their
    names: to *speaker* it was input, and it must not be learned as its own.
    """
    found = []
    for turn in turns(steps):
        part = steps[turn.start : turn.stop]
        if turn.actor is Actor.AGENT:
            other = part[0].agent if speaker and part[0].agent != speaker else ""
            messages = [_overheard(other, part) if other else assistant(part)]
        else:
            messages = [_heard(step) for step in part if step.kind is not Kind.GAP]
        found.append((turn.stop, tuple(message for message in messages if message.says_something)))
    return found


def context(steps: Sequence[Step], speaker: str = "") -> list[Message]:
    """Return the messages that *steps* are to the agent named *speaker*: those of `heard`, one after the other."""
    return [message for _, messages in heard(steps, speaker) for message in messages]


def assistant(steps: Sequence[Step]) -> Message:
    """Return the one assistant message that the *steps* of a turn are.

    A recorded call whose arguments are not a JSON object is no call that could be learned: it is kept as text.
    """
    text = [step.content for step in steps if step.kind in _SPOKEN and step.content]
    calls = []
    for step in steps:
        if step.kind is not Kind.TOOL_CALL:
            continue
        arguments = call_arguments(step)
        if arguments is None:
            text.append(f"{step.tool}({step.content})")
        else:
            calls.append(Call(step.tool, arguments, step.call_id))
    return Message("assistant", "\n\n".join(text), tuple(calls))


def call_arguments(step: Step) -> dict[str, Json] | None:
    """Return the arguments of a tool call as an object, or None if its content is no JSON object."""
    try:
        arguments = json.loads(step.content or "{}")
    except (ValueError, RecursionError):
        return None
    return arguments if isinstance(arguments, dict) else None


def tools(episode: Episode) -> list[Json]:
    """Return the tools that the agent could call, as JSON Schema functions; [] where the trace does not say."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters or {"type": "object", "properties": {}},
            },
        }
        for tool in episode.tools
    ]


def _heard(step: Step) -> Message:
    if step.kind is Kind.TOOL_RESULT or step.actor is Actor.TOOL:
        return Message("tool", step.content, tool=step.tool, call_id=step.call_id)
    return Message("system" if step.actor is Actor.SYSTEM else "user", step.content)


def _overheard(agent: str, steps: Sequence[Step]) -> Message:
    text = [step.content for step in steps if step.kind in _SPOKEN and step.content]
    text += [f"{step.tool}({step.content})" for step in steps if step.kind is Kind.TOOL_CALL]
    return Message("user", f"{agent}: " + "\n\n".join(text) if text else "")
