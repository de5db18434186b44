"""Examples: one corrected turn of the agent each, with everything that came before it.

Only the corrected turn may be learned from. A completion of several turns would put the tool results between them into
the loss, so each turn is an example of its own, and later turns find the earlier ones in their prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dreamdesk.model.canonical import Json
from dreamdesk.model.correction import CorrectedStep, Provenance, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns
from dreamdesk.model.errors import UserError
from dreamdesk.release.content import Item
from dreamdesk.release.messages import Message, assistant, call_arguments, heard, tools


@dataclass(frozen=True)
class Example:
    """One corrected turn of the agent.

    Attributes:
        item: The correction that it is a part of.
        start, stop: The turn is ``corrected_path[start:stop]``.
        provenances: Where each of its steps comes from.
        said: The messages before it.
        answer: The turn, as one assistant message.
        happened: What the agent really did at the error point; only on the first corrected turn, and only where the
            recording has a turn of the agent there that differs.
        tools: The tools that the agent could call, or [].
    """

    item: Item
    start: int
    stop: int
    provenances: tuple[Provenance, ...]
    said: tuple[Message, ...]
    answer: Message
    happened: Message | None
    tools: tuple[Json, ...]

    @cached_property
    def prompt(self) -> list[Json]:
        """`said` as TRL reads it."""
        return [message.trl for message in self.said]

    def with_tools(self, row: dict[str, Json]) -> dict[str, Json]:
        """Return *row* with the tools, where the trace says which there were."""
        return {**row, "tools": self.tools} if self.tools else row


def examples(item: Item, simulated_rows: bool = False) -> list[Example]:
    """Return the examples that the approved revision holds, in order.

    Turns after a simulated tool result are left out unless *simulated_rows*: they answer something that never was.

    Raises:
        UserError: a corrected call has arguments that are not a JSON object, or nothing at all precedes a turn.
    """
    revision, found = item.revision, []
    path = corrected_path(item.episode, revision)
    offered = tuple(tools(item.episode))
    said: dict[str, list[tuple[int, tuple[Message, ...]]]] = {}  # the path as each speaker hears it, made once
    for turn in turns([corrected.step for corrected in revision.steps]):
        part = revision.steps[turn.start : turn.stop]
        if turn.actor is not Actor.AGENT:
            if not simulated_rows and any(_simulated(corrected) for corrected in part):
                break
            continue
        start, stop = revision.start + turn.start, revision.start + turn.stop
        _require_objects(item, path[start:stop])
        answer = assistant(path[start:stop])
        if not answer.says_something:
            continue  # nothing but thinking: there is nothing to learn
        speaker = path[start].agent
        if speaker not in said:
            said[speaker] = [*heard(path[: revision.start], speaker), *_later(path, revision.start, speaker)]
        happened = _happened(item.episode, revision.start) if turn.start == 0 else None
        found.append(
            Example(
                item,
                start,
                stop,
                tuple(corrected.provenance for corrected in part),
                _prompt(item, [message for end, messages in said[speaker] if end <= start for message in messages]),
                answer,
                happened if happened and happened.trl != answer.trl else None,
                offered,
            )
        )
    return found


def _later(path: Sequence[Step], start: int, speaker: str) -> list[tuple[int, tuple[Message, ...]]]:
    return [(start + end, messages) for end, messages in heard(path[start:], speaker)]


def _simulated(corrected: CorrectedStep) -> bool:
    recorded = (Provenance.REPLAYED, Provenance.GRAFTED)
    return corrected.step.kind is Kind.TOOL_RESULT and corrected.provenance not in recorded


def _prompt(item: Item, messages: list[Message]) -> tuple[Message, ...]:
    if item.episode.policy and not (messages and messages[0].role == "system"):
        messages.insert(0, Message("system", item.episode.policy))
    if not messages and item.episode.task:
        messages = [Message("user", item.episode.task)]
    if not messages:
        raise UserError(
            f"Correction {item.correction} begins with the very first thing in the trace, so that there is nothing to "
            "answer. Take it out of the release, or let it begin later."
        )
    return tuple(messages)


def _happened(episode: Episode, start: int) -> Message | None:
    rest = episode.steps[start:]
    if not rest or rest[0].actor is not Actor.AGENT:
        return None
    message = assistant(rest[: turns(rest)[0].stop])
    return message if message.says_something else None


def _require_objects(item: Item, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if step.kind is Kind.TOOL_CALL and call_arguments(step) is None:
            raise UserError(
                f"Correction {item.correction}, step {step.index}: the arguments of the call of {step.tool!r} are no "
                "JSON object, so nothing can be trained on it. Amend the correction."
            )
