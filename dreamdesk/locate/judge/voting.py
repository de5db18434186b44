"""Counting the votes of several askings: disagreement lowers the confidence, obedience to the recording is caught."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard
from dreamdesk.locate.judge.injection import Address, addresses, warnings
from dreamdesk.locate.judge.wording import DEFINITION, MOST
from dreamdesk.model.finding import Candidate
from dreamdesk.model.judgement import DISAGREEMENT, OBEYED, Flag, Judgement

_NONE = -1
"""The vote that no decision can be named."""


def judgement(case: Case, strategy: str, votes: Sequence[Heard]) -> Judgement:
    """Return what *votes* come to.

    The probability of a step is its mean over the usable votes, where a vote that does not name it counts 0: whatever
    the samples disagree on loses by it. A step that the recording itself asks the judge to name is set aside.
    """
    spoken = addresses(case.trace)
    flags = [*warnings(spoken), *(flag for vote in votes for flag in vote.flags)]
    heard = []
    for vote in votes:
        kept, obeyed = _unmoved(vote, spoken)
        flags += obeyed
        heard.append(replace(vote, claims=kept))
    usable = [vote for vote in heard if vote.usable]
    first = Counter(vote.claims[0].step if vote.claims else _NONE for vote in usable)
    most = first.most_common(1)[0][1] if first else 0
    if len(first) > 1:
        flags.append(Flag(DISAGREEMENT, f"The samples differ: {most} of {len(usable)} name the same step first."))
    candidates = _counted(usable)
    replies = [reply for vote in votes for reply in vote.replies]
    return Judgement(
        strategy=strategy,
        model=next((reply.model for reply in replies), ""),
        samples=len(votes),
        agreement=most / len(usable) if usable else 0.0,
        answer_given=False,
        abstained=bool(usable) and not candidates and not any(flag.kind == OBEYED for flag in flags),
        definition=DEFINITION,
        candidates=candidates,
        flags=tuple(dict.fromkeys(flags)),
        input_tokens=sum(reply.input_tokens for reply in replies),
        output_tokens=sum(reply.output_tokens for reply in replies),
        exchanges=tuple(dict.fromkeys(reply.key for reply in replies if reply.key)),
    )


def _unmoved(vote: Heard, spoken: Sequence[Address]) -> tuple[tuple[Candidate, ...], list[Flag]]:
    """Return the claims that the recording did not ask for, and flags for the others."""
    asked = {step: address for address in spoken for step in address.steps}
    flags = [
        Flag(
            OBEYED,
            f"The recording asks the judge to name step {claim.step}, and the model named it. The claim was set aside;"
            " judge for yourself.",
            (asked[claim.step].quote,),
        )
        for claim in vote.claims
        if claim.step in asked
    ]
    silent = next((address for address in spoken if address.nothing), None)
    if silent and vote.usable and not vote.claims:
        words = "The recording asks the judge to find nothing, and the model found nothing. Judge for yourself."
        flags.append(Flag(OBEYED, words, (silent.quote,)))
    return tuple(claim for claim in vote.claims if claim.step not in asked), flags


def _counted(usable: Sequence[Heard]) -> tuple[Candidate, ...]:
    claims: dict[int, list[Candidate]] = {}
    for vote in usable:
        for claim in vote.claims:
            claims.setdefault(claim.step, []).append(claim)
    joined = []
    for same in claims.values():
        best = max(same, key=lambda claim: claim.probability)
        quotes = tuple(dict.fromkeys(quote for claim in (best, *same) for quote in claim.quotes))
        mean = math.fsum(claim.probability for claim in same) / len(usable)
        joined.append(replace(best, probability=mean, quotes=quotes[:MOST]))
    order = sorted(joined, key=lambda claim: (-claim.probability, claim.step))[:MOST]
    return tuple(replace(claim, rank=rank) for rank, claim in enumerate(order, 1))
