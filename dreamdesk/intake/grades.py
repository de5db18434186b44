"""Grades: what people and programs said of a trace, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.intake.extras import graded
from dreamdesk.intake.reader import Record, Trace
from dreamdesk.intake.shape import number, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_PASSED = {"pass", "passed", "correct", "true", "success", "yes", "good", "👍"}
_FAILED = {"fail", "failed", "incorrect", "false", "failure", "no", "bad", "wrong", "👎"}
# Names of grades that tell whether the task was done. Of others, such as toxicity, nobody knows which end is good.
_DECISIVE = re.compile(
    r"(?<![a-z])(correct|success|succe|pass|accura|resol|solved|goal|complet|outcome|verdict|reward|satisf|thumb|"
    r"user.?(feedback|score|rating)|score$|feedback$)",
    re.I,
)
_MAX_BESIDE = 100


@dataclass(frozen=True, slots=True)
class Grade:
    """What somebody said about a trace or one of its spans.

    Attributes:
        name: What was judged, such as correctness.
        value: Truth, a number from 0 to 1, or a word.
        comment: The judge's words.
        pointer: Where it stands.
        by: Who judged.
        human: A person did.
        decisive: It tells by its kind whether the task was done, whatever its name.
        correction: What the span should have said, or "".
    """

    name: str
    value: Json
    comment: str = ""
    pointer: str = ""
    by: str = ""
    human: bool = False
    decisive: bool = False
    correction: str = ""

    @property
    def state(self) -> OutcomeState:
        """The outcome that the value stands for."""
        if isinstance(self.value, bool):
            return OutcomeState.SUCCEEDED if self.value else OutcomeState.FAILED
        points = number(self.value)
        if points is not None:
            return graded(points) if 0 <= points <= 1 else OutcomeState.UNKNOWN
        word = string(self.value).strip().lower()
        known = {**dict.fromkeys(_PASSED, OutcomeState.SUCCEEDED), **dict.fromkeys(_FAILED, OutcomeState.FAILED)}
        return known.get(word, OutcomeState.UNKNOWN)

    @property
    def points(self) -> float | None:
        """The value where it is a number from 0 to 1."""
        points = None if isinstance(self.value, bool) else number(self.value)
        return float(points) if points is not None and 0 <= points <= 1 else None

    @property
    def decides(self) -> bool:
        """Tell whether it tells that the task was done or not."""
        return self.state is not OutcomeState.UNKNOWN and (self.decisive or bool(_DECISIVE.search(self.name)))

    def __str__(self) -> str:
        name, by = one_line(self.name, 60), f" by {one_line(self.by, 60)}" if self.by else ""
        value = f"{self.value:g}" if isinstance(self.value, float) else one_line(text_of(self.value), 60)
        value = "corrected" if self.correction and not value else value
        comment = f" ({one_line(self.comment, 200)})" if self.comment else ""
        return f"{name} {value}".strip() + comment + by


def verdict(grades: list[Grade]) -> Outcome | None:
    """Return the outcome that the grades decide: what people said counts before what programs said, and then the worst.

    None when none of them tells whether the task was done.
    """
    deciding = [grade for grade in grades if grade.decides]
    deciding = [grade for grade in deciding if grade.human] or deciding
    for state in (OutcomeState.FAILED, OutcomeState.PARTIAL, OutcomeState.SUCCEEDED):
        found = [grade for grade in deciding if grade.state is state]
        if grade := min(found, key=lambda grade: grade.points or 0.0, default=None):
            source = OutcomeSource.LABEL if grade.human else OutcomeSource.SCORE
            return Outcome(state, source, grade.pointer, "; ".join(map(str, grades))[:1000], grade.points)
    return None


def companions(trace: Trace, *keys: str) -> Iterator[Record]:
    """Yield the records of the files beside *trace* whose first objects have all *keys*; say so in the log."""
    for name in trace.names_beside(".json", ".jsonl")[:_MAX_BESIDE]:
        beside = trace.beside(name)
        if beside and beside.head.has(*keys):
            trace.use(beside.file, name)
            trace.log.note(f"judgements were joined from {one_line(name, 80)} beside this file")
            yield from beside.records()
