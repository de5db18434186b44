"""Examples: one corrected turn of the agent each, with everything that came before it.

Only the corrected turn may be learned from. A completion of several turns would put the tool results between them into
the loss, so each turn is an example of its own, and later turns find the earlier ones in their prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.model.canonical import Json
from dreamdesk.model.correction import CorrectedStep, Provenance, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns
from dreamdesk.model.errors import UserError
from dreamdesk.release.content import Item
from dreamdesk.release.messages import assistant, call_arguments, context, tools


@dataclass(frozen=True, slots=True)
class Example:
    """One corrected turn of the agent.

    Attributes:
        item: The correction that it is a part of.
        start, stop: The turn is ``corrected_path[start:stop]``.
        provenances: Where each of its steps comes from.
        prompt: The messages before it.
        reply: The turn, as one assistant message.
        recorded: What the agent really did at the error point; only on the first corrected turn, and only where the
            recording has a turn of the agent there that differs.
        tools: The tools that the agent could call, or [].
    """

    item: Item
    start: int
    stop: int
    provenances: tuple[Provenance, ...]
    prompt: tuple[Json, ...]
    reply: Json
    recorded: Json | None
    tools: tuple[Json, ...]


def examples(item: Item, simulated_rows: bool = False) -> list[Example]:
    """Return the examples that the approved revision holds, in order.

    Turns after a simulated tool result are left out unless *simulated_rows*: they answer something that never was.

    Raises:
        UserError: a corrected call has arguments that are not a JSON object, or nothing at all precedes a turn.
    """
    revision, found = item.revision, []
    path = corrected_path(item.episode, revision)
    offered = tuple(tools(item.episode))
    for turn in turns([corrected.step for corrected in revision.steps]):
        part = revision.steps[turn.start : turn.stop]
        if turn.actor is not Actor.AGENT:
            if not simulated_rows and any(_simulated(corrected) for corrected in part):
                break
            continue
        start, stop = revision.start + turn.start, revision.start + turn.stop
        _require_objects(item, path[start:stop])
        reply = assistant(path[start:stop])
        if not reply["content"] and "tool_calls" not in reply:
            continue  # nothing but thinking: there is nothing to learn
        prompt = _prompt(item, path[:start], path[start].agent)
        recorded = _recorded(item.episode, revision.start) if turn.start == 0 else None
        found.append(
            Example(
                item,
                start,
                stop,
                tuple(corrected.provenance for corrected in part),
                tuple(prompt),
                reply,
                recorded if recorded != reply else None,
                offered,
            )
        )
    return found


def _simulated(corrected: CorrectedStep) -> bool:
    recorded = (Provenance.REPLAYED, Provenance.GRAFTED)
    return corrected.step.kind is Kind.TOOL_RESULT and corrected.provenance not in recorded


def _prompt(item: Item, steps: tuple[Step, ...], speaker: str) -> list[Json]:
    messages = context(steps, speaker)
    if item.episode.policy and not (messages and messages[0]["role"] == "system"):
        messages.insert(0, {"role": "system", "content": item.episode.policy})
    if not messages and item.episode.task:
        messages = [{"role": "user", "content": item.episode.task}]
    if not messages:
        raise UserError(
            f"Correction {item.correction} begins with the very first thing in the trace, so that there is nothing to "
            "answer. Take it out of the release, or let it begin later."
        )
    return messages


def _recorded(episode: Episode, start: int) -> Json | None:
    rest = episode.steps[start:]
    if not rest or rest[0].actor is not Actor.AGENT:
        return None
    message = assistant(rest[: turns(rest)[0].stop])
    return message if message["content"] or "tool_calls" in message else None


def _require_objects(item: Item, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if step.kind is Kind.TOOL_CALL and call_arguments(step) is None:
            raise UserError(
                f"Correction {item.correction}, step {step.index}: the arguments of the call of {step.tool!r} are no "
                "JSON object, so nothing can be trained on it. Amend the correction."
            )
