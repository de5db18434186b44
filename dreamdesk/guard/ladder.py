"""The verification ladder in words: for each level whether it is reached, and what that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.guard.executed import ENVIRONMENT, MOVED
from dreamdesk.model.check import Check, CheckResult, Level

_ASKED = {
    Level.V0: ("structure", "The structure holds: the prefix is the recording's own, and the turns are in order."),
    Level.V1: ("recorded-tools", "Every tool call is known and fits its schema."),
    Level.V2: ("simulated-results", "Every tool result was recorded."),
    Level.V3: ("grounding", "Every fact stands in the trace, the policy or a recorded result."),
}
"""The guardrail that answers for a level, and what it comes to when that passes without a word."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of the ladder, whether it is reached, and the sentence that says what it rests on or what it lacks."""

    level: Level
    reached: bool
    words: str

    def __str__(self) -> str:
        """Return the rung as a sentence: "V2 reached: Every tool result was recorded."."""
        return f"{self.level.name} {'reached' if self.reached else 'not reached'}: {self.words}"


def rungs(level: Level, checks: Sequence[Check], decided: str = "") -> tuple[Rung, ...]:
    """Return the ladder of a revision whose *checks* reach *level*; *decided* says which person decided what.

    V6 is reached by a person's decision, however far the machine came: the two are never one tick.
    """
    of = {check.guardrail: check for check in checks}
    found = [Rung(one, level >= one, _told(of.get(name), words)) for one, (name, words) in _ASKED.items()]
    executed = of.get(ENVIRONMENT)
    found.append(Rung(Level.V4, level >= Level.V4, _gone(level, executed)))
    told = executed.detail if executed else "No environment fits this episode, so nothing was executed again."
    found.append(Rung(Level.V5, level >= Level.V5, told))
    found.append(Rung(Level.V6, bool(decided), decided or "No person has decided yet."))
    return tuple(found)


def _told(check: Check | None, words: str) -> str:
    if check is None:
        return "This has not been checked yet."
    return check.detail or (words if check.result is CheckResult.PASS else check.title)


def _gone(level: Level, executed: Check | None) -> str:
    if level < Level.V3:
        return "Whether the error is gone is not asked before V3 is reached."
    if level < Level.V4:
        return "The detectors still find an error as strong there, or never saw the one that is corrected."
    if executed is not None and executed.detail.endswith(MOVED):
        return "The error is gone: the environment reaches the goal state that the recording misses."
    return "The error is gone: the detectors find it no more, and no new one."
