"""A guardrail: one question that every correction must answer, and the remarks it answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dreamdesk.guard.case import Case
from dreamdesk.model.check import CheckResult
from dreamdesk.model.finding import Quote


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a guardrail has to say. A remark that passes is a note for the officer, not an objection."""

    result: CheckResult
    text: str
    quotes: tuple[Quote, ...] = ()


def note(text: str, *quotes: Quote) -> Remark:
    """Say something that is worth knowing and no objection."""
    return Remark(CheckResult.PASS, text, quotes)


def warn(text: str, *quotes: Quote) -> Remark:
    """Object mildly: the approver must give a reason."""
    return Remark(CheckResult.WARN, text, quotes)


def block(text: str, *quotes: Quote) -> Remark:
    """Object: the revision cannot be approved."""
    return Remark(CheckResult.BLOCK, text, quotes)


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One guardrail, as its file registers it.

    Attributes:
        id: Kebab-case name, stored with each check.
        title: Short statement that holds when the check passes.
        order: Place in the list of checks; structure is 0.
        check: Yields remarks on a case; none at all means that it passes. Must not raise, whatever the trace holds.
        version: Raised whenever the guardrail may answer differently, so that stored checks can be told apart.
    """

    id: str
    title: str
    order: int
    check: Callable[[Case], Iterable[Remark]]
    version: int = 1
