"""The shape of a path: which result answers which call, and whether the turns follow one another as they must."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.episode import Actor, Kind, Step, turn_start, turns
from dreamdesk.model.errors import UserError


def answers(steps: Sequence[Step]) -> dict[int, int]:
    """Return the position of the result that answers each call, by the position of the call.

    A result with a call id answers the latest open call with that id. Where the source has no ids it answers the
    latest open call of the same tool, or of any tool when the result does not name one.
    """
    found: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    nameless: list[int] = []
    for position, step in enumerate(steps):
        key = step.call_id or f"\0{step.tool}"
        if step.kind is Kind.TOOL_CALL:
            waiting.setdefault(key, []).append(position)
            if not step.call_id:
                nameless.append(position)
        elif step.kind is Kind.TOOL_RESULT:
            open_calls = waiting.get(key) or (nameless if not step.call_id and not step.tool else [])
            while open_calls and open_calls[-1] in found:
                open_calls.pop()
            if open_calls:
                found[open_calls.pop()] = position
    return found


def decision_start(steps: Sequence[Step], index: int) -> int:
    """Return where a correction of step *index* begins: at the first step of its turn.

    A tool result is what the world said; what can be corrected is the turn that asked for it, so that one is taken.

    Raises:
        UserError: There is no such step.
    """
    if not 0 <= index < len(steps):
        raise UserError(f"The episode has no step {index}: it has {len(steps)} steps. Nothing was changed.")
    if steps[index].kind is Kind.TOOL_RESULT:
        index = next((call for call, result in answers(steps).items() if result == index), index)
    return turn_start(steps, index)


def structure_faults(path: Sequence[Step], start: int = 0) -> list[str]:
    """Return what is wrong with the shape of *path* at or after position *start*, one sentence each; [] if nothing is.

    A sound path numbers its steps without holes; every result answers an earlier call; every call is answered before
    the next turn of the agent that made it, except at the very end; and between two turns of one agent somebody else
    speaks.
    """
    faults: list[tuple[int, str]] = [
        (position, f"step {position} is numbered {step.index}")
        for position, step in enumerate(path)
        if step.index != position
    ]
    pairs = answers(path)
    answering = set(pairs.values())
    asked: set[str] = set()
    open_calls: list[int] = []
    before = None
    for turn in turns(path):
        first = path[turn.start]
        if turn.actor is Actor.AGENT:
            late = [call for call in open_calls if path[call].parent == first.parent]
            faults += [
                (turn.start, f"step {call} calls a tool and goes on at {turn.start} unanswered") for call in late
            ]
            open_calls = [call for call in open_calls if call not in set(late)]
            if before is not None and before.actor is Actor.AGENT and path[before.start].agent == first.agent:
                faults.append((turn.start, f"step {turn.start} is a second turn of the agent in a row"))
        for position in range(turn.start, turn.stop):
            step = path[position]
            if step.kind is Kind.TOOL_CALL:
                asked.add(step.call_id)
                open_calls.append(position)
            elif step.kind is Kind.TOOL_RESULT:
                if position not in answering and not (step.call_id and step.call_id in asked):
                    faults.append((position, f"step {position} is a result that no earlier call asked for"))
                open_calls = [call for call in open_calls if pairs.get(call) != position]
        before = turn
    return [fault for position, fault in faults if position >= start]
