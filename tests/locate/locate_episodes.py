"""Small hand-made episodes for the locate tests: lines of (who, what) become turns."""

from __future__ import annotations

import json
from typing import Any

from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeState, Step

FAILED, SUCCEEDED = Outcome(OutcomeState.FAILED), Outcome(OutcomeState.SUCCEEDED)


def user(text: str) -> list[dict[str, Any]]:
    return [{"actor": Actor.USER, "kind": Kind.MESSAGE, "content": text}]


def agent(text: str, name: str = "", kind: Kind = Kind.MESSAGE) -> list[dict[str, Any]]:
    return [{"actor": Actor.AGENT, "kind": kind, "content": text, "agent": name}]


def call(tool: str, **arguments: Any) -> list[dict[str, Any]]:
    return [{"actor": Actor.AGENT, "kind": Kind.TOOL_CALL, "content": json.dumps(arguments), "tool": tool}]


def result(text: str, tool: str = "", error: bool = False) -> list[dict[str, Any]]:
    return [{"actor": Actor.TOOL, "kind": Kind.TOOL_RESULT, "content": text, "tool": tool, "is_error": error}]


def episode(*messages: list[dict[str, Any]], outcome: Outcome = FAILED, **fields: Any) -> Episode:
    steps: list[Step] = []
    for turn, message in enumerate(messages):
        for part in message:
            steps.append(Step(index=len(steps), turn=turn, **part))
    return Episode("/0", "An attempt", tuple(steps), outcome, **fields)
