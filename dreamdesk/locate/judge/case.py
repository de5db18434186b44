"""What the judge is given: one episode, what the detectors found, and what the desk thinks already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Turn
from dreamdesk.model.finding import Candidate, Finding

BUDGET = 240_000
"""Characters of recording that a question holds: about 60,000 tokens, which fits every current model's context."""

BEFORE, AFTER = 3, 5
"""Steps around a decision that a check of it shows."""


@dataclass(frozen=True)
class Case:
    """One episode to be judged.

    Attributes:
        trace: The episode.
        findings: What the detectors found; all of it is told to the model.
        known: The desk's own candidates, best first; they are not told, only used to choose what to check.
        budget: Characters of recording in one question.
    """

    trace: Trace
    findings: Sequence[Finding] = ()
    known: Sequence[Candidate] = ()
    budget: int = BUDGET

    @property
    def steps(self) -> list[int]:
        """The steps that may be named: the first of each decision."""
        return [turn.start for turn in self.trace.decisions]

    def window(self, step: int) -> range:
        """Return the steps around the decision of *step*: three before it, and five after it."""
        turn = self.trace.turn_of(step)
        return range(max(0, turn.start - BEFORE), min(len(self.trace.steps), turn.stop + AFTER))

    def before_next(self, turn: Turn) -> range:
        """Return the steps from the beginning up to what came of *turn*."""
        later = [other.start for other in self.trace.decisions if other.start > turn.start]
        return range(later[0] if later else len(self.trace.steps))

    def largest(self, count: int) -> list[int]:
        """Return the *count* decisions whose windows hold most text: the dearest ones to check."""
        size = [len(step.content) for step in self.trace.steps]
        return sorted(self.steps, key=lambda step: -sum(size[at] for at in self.window(step)))[:count]
