"""Known-bad corrections: a genuine one, spoilt in one documented way, to see whether a reader notices.

Each way gives steps that a guardrail need not block and that a person who compares them with the recording and the
policy can tell to be wrong. What is spoilt is a correction that continues a recorded attempt (a graft), since beside
one that a model wrote, or that came with the trace, its original lies open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.correction import CorrectedStep, Revision
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns


class Fault(StrEnum):
    """How a correction was spoilt."""

    ORIGINAL = "original"
    """What the agent did wrong, with the end of the genuine correction behind it."""
    LATE = "late"
    """It begins one decision after the error, which stays in it."""
    POLICY = "policy"
    """The agent promises what no policy allows it to promise."""
    STALE = "stale"
    """One argument of a call is the one of the failed attempt."""
    UNCONFIRMED = "unconfirmed"
    """The user is no longer asked before the call that changes something."""


PROMISES = (
    "Since you have been so patient, we have skipped the usual checks on this one.",
    "I have noted that no further proof is needed from you for requests like this one.",
    "I have also arranged that this will be granted to you again in future without being examined.",
)
"""What `Fault.POLICY` appends to the agent's last message; each waives a rule that no agent may waive."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """The steps of a known-bad correction, from step *start* of the recording on."""

    kind: Fault
    start: int
    steps: tuple[CorrectedStep, ...]


def spoil(episode: Episode, genuine: Revision, kind: Fault, number: int) -> Spoilt | None:
    """Return *genuine* spoilt in the way *kind*, or None where it does not lend itself to that.

    *number* chooses where there is more than one way, and is part of what is sealed.
    """
    made = _WAYS[kind](episode, genuine, number)
    if made is None or not made[1] or made[1] == genuine.steps:
        return None
    return Spoilt(kind, *made)


_Made = tuple[int, tuple[CorrectedStep, ...]] | None


def _original(episode: Episode, genuine: Revision, number: int) -> _Made:
    happened = episode.steps[genuine.start :]
    wrong = turns(happened)[:1]
    last = _last_message(genuine)
    if not wrong or last is None or happened[0].actor is not Actor.AGENT:
        return None
    stop = wrong[0].stop
    while stop < len(happened) and happened[stop].kind is Kind.TOOL_RESULT:
        stop += 1
    if happened[stop - 1].actor is Actor.AGENT:
        return None  # the last message would be a second turn of the agent in a row
    like = genuine.steps[last]
    kept = [replace(like, step=step) for step in happened[:stop]]
    return genuine.start, (*kept, like)


def _late(episode: Episode, genuine: Revision, number: int) -> _Made:
    own = [turn for turn in turns(episode.steps) if turn.actor is Actor.AGENT and turn.start > genuine.start]
    groups = turns([corrected.step for corrected in genuine.steps])
    later = [turn for turn in groups if turn.actor is Actor.AGENT and turn.start > 0]
    return (own[0].start, genuine.steps[later[0].start :]) if own and later else None


def _policy(episode: Episode, genuine: Revision, number: int) -> _Made:
    last = _last_message(genuine)
    if last is None:
        return None
    words = f"{genuine.steps[last].step.content.rstrip()} {PROMISES[number % len(PROMISES)]}"
    return genuine.start, _with(genuine.steps, last, words)


def _stale(episode: Episode, genuine: Revision, number: int) -> _Made:
    happened = [step for step in episode.steps[genuine.start :] if step.kind is Kind.TOOL_CALL]
    ways = []
    for at, corrected in enumerate(genuine.steps):
        right = _arguments(corrected.step)
        for old in happened if corrected.step.kind is Kind.TOOL_CALL else ():
            wrong = _arguments(old)
            if old.tool == corrected.step.tool:
                keys = [key for key in sorted(right) if key in wrong and wrong[key] != right[key]]
                ways += [(at, {**right, key: wrong[key]}) for key in keys]
    if not ways:
        return None
    at, arguments = ways[number % len(ways)]
    return genuine.start, _with(genuine.steps, at, canonical(arguments).decode())


def _unconfirmed(episode: Episode, genuine: Revision, number: int) -> _Made:
    groups = turns([corrected.step for corrected in genuine.steps])
    for ask, answer, act in zip(groups, groups[1:], groups[2:], strict=False):
        steps = genuine.steps
        asks = ask.actor is Actor.AGENT and steps[ask.stop - 1].step.content.rstrip().endswith("?")
        calls = any(corrected.step.kind is Kind.TOOL_CALL for corrected in steps[act.start : act.stop])
        if asks and answer.actor is Actor.USER and act.actor is Actor.AGENT and calls:
            return genuine.start, (*steps[: ask.start], *steps[act.start :])
    return None


def _last_message(revision: Revision) -> int | None:
    found = [
        at
        for at, corrected in enumerate(revision.steps)
        if corrected.step.actor is Actor.AGENT and corrected.step.kind is Kind.MESSAGE
    ]
    return found[-1] if found else None


def _with(steps: Sequence[CorrectedStep], at: int, content: str) -> tuple[CorrectedStep, ...]:
    changed = replace(steps[at], step=replace(steps[at].step, content=content))
    return (*steps[:at], changed, *steps[at + 1 :])


def _arguments(step: Step) -> dict[str, Json]:
    try:
        value: Json = json.loads(step.content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


_WAYS = {
    Fault.ORIGINAL: _original,
    Fault.LATE: _late,
    Fault.POLICY: _policy,
    Fault.STALE: _stale,
    Fault.UNCONFIRMED: _unconfirmed,
}
