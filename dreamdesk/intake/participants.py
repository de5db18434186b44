"""Entries of a multi-agent conversation in text, as AutoGen, Magentic-One and CaptainAgent leave them.

The participant is the entry's *name*, or stands in its *role* with what it does in brackets: "Orchestrator (thought)"
is thinking, "Orchestrator (-> WebSurfer)" hands over to the WebSurfer. "human" is the user; a participant named like
Computer_terminal runs code and is a tool; all others are agents.
"""

from __future__ import annotations

import re

from dreamdesk.intake.shape import string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Kind, Step

ROLE = re.compile(r"\s*([^(]*?)\s*(?:\((.*)\))?\s*", re.S)
_EXECUTORS = {"computerterminal", "executor", "codeexecutor"}


def participant_step(index: int, entry: dict[str, Json], pointer: str, native: int | None = None) -> Step:
    """Return the step that *entry* is: one turn of its own. Its native index is *native*, or else *index*."""
    name, role = string(entry.get("name")), string(entry.get("role"))
    match = ROLE.fullmatch(role)
    agent, doing = (name, "") if name else (match[1], match[2] or "") if match else (role, "")
    actor, kind, tool = Actor.AGENT, Kind.MESSAGE, ""
    if agent.lower() in ("human", "user"):
        actor = Actor.USER
    elif agent.lower() == "system":
        actor = Actor.SYSTEM
    elif agent.lower().replace("_", "").replace(" ", "") in _EXECUTORS:
        actor, kind, tool = Actor.TOOL, Kind.TOOL_RESULT, agent
    elif doing.lower() == "thought":
        kind = Kind.THINKING
    elif doing.startswith("->"):
        kind = Kind.HANDOFF
    content = text_of(entry.get("content"))
    native = index if native is None else native
    return Step(index, actor, kind, content, index, native=native, agent=agent, tool=tool, pointer=pointer)
