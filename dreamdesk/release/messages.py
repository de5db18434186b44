"""Steps as chat messages: the shape that TRL reads, with arguments as objects (trl, docs/source/dataset_formats.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns

_SPOKEN = (Kind.MESSAGE, Kind.HANDOFF)


def context(steps: Sequence[Step], speaker: str = "") -> list[Json]:
    """Return the messages that *steps* are to the agent named *speaker*.

    Thinking and gaps are left out. What other named agents said and did becomes user text that begins with their
    names: to *speaker* it was input, and it must not be learned as its own.
    """
    messages: list[Json] = []
    for turn in turns(steps):
        part = steps[turn.start : turn.stop]
        if turn.actor is Actor.AGENT:
            other = part[0].agent if speaker and part[0].agent != speaker else ""
            messages += [_overheard(other, part)] if other else [assistant(part)]
        else:
            messages += [_heard(step) for step in part if step.kind is not Kind.GAP]
    return [
        message for message in messages if message["content"] or "tool_calls" in message or message["role"] == "tool"
    ]


def assistant(steps: Sequence[Step]) -> Json:
    """Return the one assistant message that the *steps* of a turn are.

    A recorded call whose arguments are not a JSON object has no place in ``tool_calls``: it is kept as text.
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
            calls.append({"type": "function", "function": {"name": step.tool, "arguments": arguments}})
    message: dict[str, Json] = {"role": "assistant", "content": "\n\n".join(text)}
    return {**message, "tool_calls": calls} if calls else message


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


def _heard(step: Step) -> Json:
    if step.kind is Kind.TOOL_RESULT or step.actor is Actor.TOOL:
        return {"role": "tool", "name": step.tool, "content": step.content}
    return {"role": "system" if step.actor is Actor.SYSTEM else "user", "content": step.content}


def _overheard(agent: str, steps: Sequence[Step]) -> Json:
    text = [step.content for step in steps if step.kind in _SPOKEN and step.content]
    text += [f"{step.tool}({step.content})" for step in steps if step.kind is Kind.TOOL_CALL]
    return {"role": "user", "content": f"{agent}: " + "\n\n".join(text) if text else ""}
