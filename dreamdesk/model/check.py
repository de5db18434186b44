"""Checks: what the guardrails say of one revision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from dreamdesk.model.finding import Quote


class CheckResult(StrEnum):
    """A guardrail's answer. Block binds: the revision cannot be approved. Warn asks the approver for a reason."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    BLOCK = "block"


class Strictness(StrEnum):
    """How much a guardrail's objection weighs on a desk."""

    WARN = "warn"
    """What would block only warns, so that an approval needs a reason."""
    NORMAL = "normal"
    BLOCK = "block"
    """What would warn blocks."""


@dataclass(frozen=True, slots=True)
class Check:
    """One guardrail's answer on one revision.

    Attributes:
        guardrail: Its id, such as "simulated-results".
        title: What was checked, as a short statement that holds when the check passes.
        result: Pass, warn or block.
        detail: One sentence that says what was found.
        quotes: Evidence; the step indexes are those of the corrected trajectory.
    """

    guardrail: str
    title: str
    result: CheckResult
    detail: str = ""
    quotes: tuple[Quote, ...] = ()


class Level(IntEnum):
    """How far a correction is verified; each level needs the ones below."""

    NONE = -1
    V0 = 0
    """Structure: the prefix is the recording's own, one continuation, roles in order."""
    V1 = 1
    """Every tool call is known and fits its schema."""
    V2 = 2
    """Every tool result is recorded, here or in the attempt it was grafted from, or the environment gives it."""
    V3 = 3
    """Every fact stands in the trace, the policy or a recorded result."""
    V4 = 4
    """The error is gone: the detectors find it no more and no new one, or the environment shows it by its end state."""
    V5 = 5
    """Executed again in the environment from its beginning: the same results, and the goal state."""
    V6 = 6
    """Decided by a person."""
