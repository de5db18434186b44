"""Findings: claims about which step was the error, each with evidence that stands in the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from dreamdesk.model.episode import Step


class Category(Enum):
    """What kind of error it was. The set and its codes: DESIGN.md, from the published taxonomies named there."""

    D0 = "D0"
    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"
    D6 = "D6"
    D7 = "D7"
    D8 = "D8"
    D9 = "D9"
    D10 = "D10"
    D11 = "D11"
    D12 = "D12"
    D13 = "D13"
    D14 = "D14"
    D15 = "D15"

    @property
    def title(self) -> str:
        """The category in words."""
        return _TITLES[self]


_TITLES = {
    Category.D0: "Cannot be determined",
    Category.D1: "Policy or instruction not followed",
    Category.D2: "Unsupported or invented information",
    Category.D3: "Invalid tool call or format",
    Category.D4: "Wrong tool or wrong argument",
    Category.D5: "Tool result misread",
    Category.D6: "Goal misunderstood or drifted",
    Category.D7: "Missing clarification",
    Category.D8: "Bad plan, delegation or coordination",
    Category.D9: "Loop, repetition or waste",
    Category.D10: "Lost or misused context",
    Category.D11: "Missing or wrong verification, early stop",
    Category.D12: "Action without required confirmation",
    Category.D13: "Capability or access block",
    Category.D14: "System or environment fault",
    Category.D15: "Not the agent",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that stand verbatim in the content of step *step*."""

    step: int
    text: str


def stands(quote: Quote, steps: Sequence[Step]) -> bool:
    """Tell whether the quote really is in the trace: non-empty, and verbatim in the step that it names."""
    return bool(quote.text.strip()) and 0 <= quote.step < len(steps) and quote.text in steps[quote.step].content


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that stand verbatim outside the episode's own steps: in its policy or in another attempt at its task.

    Attributes:
        text: The words.
        attempt: The other attempt, by the number that it has on the desk; None: the policy of the episode itself.
        step: Index of the step in the other attempt; None for the policy.
    """

    text: str
    attempt: int | None = None
    step: int | None = None


def cited(citation: Citation, policy: str, attempts: Mapping[int, Sequence[Step]]) -> bool:
    """Tell whether the citation really stands where it says: in *policy*, or in a step of one of *attempts*."""
    if citation.attempt is None or citation.step is None:
        return bool(citation.text.strip()) and citation.text in policy
    return stands(Quote(citation.step, citation.text), attempts.get(citation.attempt, ()))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector says about one step: evidence for (or, with negative strength, against) its being the error.

    Attributes:
        step: The decision that is accused: the index of the first step of an agent's or user's turn.
        detector: Name of the detector.
        strength: Normally 0 to 1.
        category: What kind of error it would be.
        why: One sentence for a person.
        quotes: The words that it rests on.
        citations: Words of the policy that it touches, or of another attempt.
    """

    step: int
    detector: str
    strength: float
    category: Category
    why: str
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()


FUSED = "fused"
"""The method of candidates in which the desk's own view and a model's opinion are joined."""

MECHANICAL = "mechanical"
"""The method of the point of no return, which an environment computes; it stands beside the ranking."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one method alone said of a step: its rank among that method's candidates, and the probability it gave."""

    method: str
    rank: int
    probability: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ranked claim that step *step* is the error point.

    Attributes:
        step: Index of the first step of the accused turn.
        probability: Between 0 and 1; the candidates of one method and episode add up to at most 1.
        method: "label", "offline", "divergence", "model", "fused", "mechanical" or "auditor".
        why: One sentence for a person; several findings are joined.
        quotes: Checked with `stands` before a candidate is kept.
        rank: From 1.
        opinions: What each method that names the step said of it, where several were joined; see `named_by`.
        citations: Words of the policy that it touches, or of another attempt; checked with `cited`.
    """

    step: int
    category: Category
    probability: float
    method: str
    why: str
    quotes: tuple[Quote, ...] = ()
    rank: int = 0
    opinions: tuple[Opinion, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def named_by(self) -> tuple[Opinion, ...]:
        """The methods that name this step, each with its own rank and probability; never empty."""
        return self.opinions or (Opinion(self.method, self.rank, self.probability),)
