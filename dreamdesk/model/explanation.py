"""How sure the offline ranker is of an error point, and why: what stands beside the candidates."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.model.finding import Category


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one sign moved a decision up or down in the ranking.

    Attributes:
        name: Of the detector, or of the trait of the turn (its name begins with "+" or holds a ":").
        why: One sentence for a person.
        points: What it added to the score, in log-odds; below zero it speaks against this decision. The points of all
            contributions to a decision add up to its score.
        share: Its part of all that spoke for the decision, 0 to 1; 0 for what spoke against it.
    """

    name: str
    why: str
    points: float
    share: float


@dataclass(frozen=True, slots=True)
class Band:
    """How often decisions that were scored like this one were the marked one, in the calibration set.

    Attributes:
        low, high: The probabilities that the band reaches over: low <= p < high.
        hits: How many of the *n* decisions were the marked one.
        n: Decisions of the calibration set in this band; 0 where nothing was measured.
    """

    low: float
    high: float
    hits: int
    n: int

    @property
    def rate(self) -> float | None:
        """The measured hit rate, or None where there is nothing to measure."""
        return self.hits / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the ranker put one decision where it is, and how sure that makes it.

    Attributes:
        step: Index of the first step of the decision.
        probability: Calibrated, among all decisions of the episode.
        band: Its band.
        contributions: The strongest four, by the size of their points.
    """

    step: int
    probability: float
    band: Band
    contributions: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the offline ranker says about an episode beside its list of candidates.

    Attributes:
        profile: The family of agents whose profile was used, or "" for the general one.
        explained: The ranked candidates, best first.
        likely: Steps of a prediction set that holds the marked decision in *coverage* of the calibration episodes; ()
            where it would be too long to help.
        coverage: Measured on the calibration set, 0 to 1; of sets of this length or shorter.
        measured: How many calibration episodes had such a set.
        verdict: `Category.D0` "cannot be determined", `Category.D15` "not the agent", or None: look at the candidates.
        why: What the verdict rests on, in one sentence; "" without one.
    """

    profile: str = ""
    explained: tuple[Explained, ...] = ()
    likely: tuple[int, ...] = ()
    coverage: float = 0.0
    measured: int = 0
    verdict: Category | None = None
    why: str = ""
