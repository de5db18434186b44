"""Re-execution: what an environment answers when the calls of a trajectory are made in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.model.canonical import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make: where it stands in its trajectory, the tool, and its arguments."""

    at: int
    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Answer:
    """What an environment answers to a call: the text of the result, and whether it is an error."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Played:
    """What came of making calls in a fresh world.

    Attributes:
        answers: One for each call; None where the world does not hold what would answer, such as a person.
        missing: What the end state lacks of the goal, in words; nothing where it is reached, None where there is no
            goal.
    """

    answers: tuple[Answer | None, ...]
    missing: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Result:
    """A written result beside what the environment answers to the same call; positions in the trajectory."""

    call: int
    at: int
    answer: Answer | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """A trajectory that was executed again from its beginning.

    Attributes:
        environment: Name and version, such as "ledger-entry 1".
        results: The results that the trajectory holds, each beside what the environment answers.
        missing: As in `Played`.
        before: The same of the recording.
        fault: Why the environment gave no answer at all; else "".
    """

    environment: str
    results: tuple[Result, ...] = ()
    missing: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None
    fault: str = ""

    def after(self, start: int) -> tuple[Result, ...]:
        """Return the results at *start* and later: those of a continuation."""
        return tuple(result for result in self.results if result.at >= start)

    def confirmed(self) -> frozenset[int]:
        """Return the positions of the results that the environment gives too.

        It says nothing where an earlier result differs: what follows happened in another world than the one written.
        """
        agreeing = []
        for result in self.results:
            if result.answer is not None and not result.agrees:
                break
            if result.agrees:
                agreeing.append(result.at)
        return frozenset(agreeing)


def missing(goal: Json, state: Json, place: str = "") -> list[str]:
    """Return in words what *state* lacks of *goal*; nothing where the goal is reached.

    Of an object the goal names only the parts that matter. Lists must be as long as the goal says, each item holding
    what the goal's item asks for; anything else must be equal.
    """
    if isinstance(goal, dict) and isinstance(state, dict):
        return [
            word
            for name, part in goal.items()
            for word in missing(part, state.get(name), f"{place}.{name}" if place else str(name))
        ]
    if isinstance(goal, list) and isinstance(state, list):
        if len(goal) != len(state):
            return [f"{place} holds {_entries(state)}; it should hold {_entries(goal)}"]
        return [
            word for i, (a, b) in enumerate(zip(goal, state, strict=True)) for word in missing(a, b, f"{place}[{i}]")
        ]
    return [] if goal == state else [f"{place} is {_said(state)}; it should be {_said(goal)}"]


def _entries(items: Sequence[Json]) -> str:
    return f"{len(items)} {'entry' if len(items) == 1 else 'entries'}" if items else "nothing"


def _said(value: Json) -> str:
    return "not there" if value is None else str(value)[:120]
