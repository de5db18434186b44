"""Which methods name the error point, and where each would have it instead."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk import pipeline
from dreamdesk.gui.review.case import Case
from dreamdesk.language import inside, t
from dreamdesk.model.finding import Candidate
from dreamdesk.model.judgement import Judgement

AUDITOR = "auditor"

METHODS = {
    "label": t("a label in the source"),
    "offline": t("the desk's detectors"),
    "divergence": t("a successful attempt"),
    "model": t("a model"),
    "mechanical": t("the point of no return"),
    "fused": t("the desk and a model together"),
    AUDITOR: t("an auditor's mark"),
}
"""How a method is called in a sentence."""


def machine_view(case: Case) -> Candidate | None:
    """Return the best candidate that no auditor marked."""
    return next((claim for claim in case.candidates if claim.method != AUDITOR), None)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one method says of a step: whether it is its first choice, its rank for it (0: not named), its own step."""

    method: str
    agrees: bool
    rank: int
    step: int

    @property
    def words(self) -> str:
        """The voice in a few words."""
        name = METHODS.get(self.method, self.method)
        if self.agrees:
            return name
        placed = t("; this one comes {rank}", rank=_ordinal(self.rank)) if self.rank else ""
        return t("{name}: step {step}{placed}", name=name, step=self.step, placed=placed)


def voices(case: Case, step: int) -> list[Voice]:
    """Return what each method of *case* says of *step*, those that agree first. Auditors are no method."""
    ranks: dict[str, dict[int, int]] = {}
    for claim in case.candidates:
        for opinion in claim.named_by:
            if opinion.method != AUDITOR:
                ranks.setdefault(opinion.method, {}).setdefault(claim.step, opinion.rank)
    found = []
    for method, of_step in ranks.items():
        first = min(of_step, key=lambda one: (of_step[one], one))
        found.append(Voice(method, first == step, of_step.get(step, 0), first))
    return sorted(found, key=lambda voice: not voice.agrees)


def found_by(said: list[Voice]) -> str:
    """Return how many of the methods name the step first: "3 of 4 methods"."""
    agreeing = [voice for voice in said if voice.agrees]
    if len(said) == 1 and agreeing:
        return METHODS.get(said[0].method, said[0].method)
    return t("{agreeing} of {said} methods", agreeing=len(agreeing), said=len(said)) if said else t("an auditor alone")


def judgement_words(judgement: Judgement) -> str:
    """Return how a model was asked for the error point and how sure it was of itself, in a sentence."""
    title = next((title for name, title, _ in pipeline.ways() if name == judgement.strategy), judgement.strategy)
    shown = t("with the expected answer") if judgement.answer_given else t("without the expected answer")
    votes = (
        ""
        if judgement.samples == 1
        else t(
            ", {samples} votes, {agreement:.0%} for the same step",
            samples=judgement.samples,
            agreement=judgement.agreement,
        )
    )
    said = t(" It cannot tell, or finds nobody to blame.") if judgement.abstained else ""
    return t(
        "Asked of {model}: {title}, {shown}{votes}.{said}",
        model=judgement.model or t("a model"),
        title=inside(title),
        shown=shown,
        votes=votes,
        said=said,
    )


def _ordinal(rank: int) -> str:
    return t({1: "first", 2: "second", 3: "third"}[rank]) if rank < 4 else t("{rank}th", rank=rank)
