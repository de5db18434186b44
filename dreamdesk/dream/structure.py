"""The shape of a path: which result answers which call, and whether the turns follow one another as they must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def structure_faults(path: Sequence[Step], start: int = 0, like: Sequence[Step] = ()) -> list[str]:
    """Return what is wrong with the shape of *path* at or after position *start*, one sentence each; [] if nothing is.

    A sound path numbers its steps without holes; every result answers an earlier call; every call is answered before
    the next turn of the agent that made it, except at the very end; and between two turns of one agent somebody else
    speaks. Some formats leave calls unanswered or split one decision into several turns: where the recording *like*
    does that itself, it is no fault of the path.
    """
    usual = {fault for fault, _, _ in _faults(like)} & {_UNANSWERED, _IN_A_ROW}
    return [told for fault, position, told in _faults(path) if position >= start and fault not in usual]


_MISNUMBERED, _UNASKED, _UNANSWERED, _IN_A_ROW = range(4)


def _faults(path: Sequence[Step]) -> Iterator[tuple[int, int, str]]:
    """Yield (what it is, where, one sentence) of each fault."""
    pairs = answers(path)
    asked_by = {result: call for call, result in pairs.items()}
    asked: set[str] = set()
    waiting: dict[int, None] = {}  # positions of the calls without an answer so far, in order
    before = None
    for turn in turns(path):
        first = path[turn.start]
        if turn.actor is Actor.AGENT:
            for call in [call for call in waiting if path[call].parent == first.parent]:
                del waiting[call]
                yield (
                    _UNANSWERED,
                    turn.start,
                    f"step {turn.start} goes on without the result of the call at step {call}",
                )
            if before is not None and _same_agent(path[before.stop - 1], first):
                yield _IN_A_ROW, turn.start, f"step {turn.start} is a second turn of the agent in a row"
        for position in range(turn.start, turn.stop):
            step = path[position]
            if step.index != position:
                yield _MISNUMBERED, position, f"step {position} is numbered {step.index}"
            if step.kind is Kind.TOOL_CALL:
                asked.add(step.call_id)
                waiting[position] = None
            elif step.kind is Kind.TOOL_RESULT:
                if position not in asked_by and not (step.call_id and step.call_id in asked):
                    yield _UNASKED, position, f"step {position} is a result that no earlier call asked for"
                waiting.pop(asked_by.get(position, -1), None)
        before = turn


def _same_agent(last: Step, first: Step) -> bool:
    handed_over = last.kind is Kind.HANDOFF
    return last.actor is Actor.AGENT and not handed_over and (last.agent, last.parent) == (first.agent, first.parent)
