"""What a triage found, and who was dealt what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from dreamdesk.model.canonical import Json
from dreamdesk.pipeline.triaging.dealing import Ask, Deal
from dreamdesk.pipeline.triaging.reading import Index
from dreamdesk.review.sampling import Risk


@dataclass(frozen=True, slots=True)
class Dealt:
    """What one packet holds: the desk it is for by number and name, its episodes by digest, and how grave they are."""

    file: str
    desk: int
    to: str
    episodes: tuple[str, ...]
    risks: Mapping[Risk, int]


@dataclass(frozen=True, slots=True)
class Triage:
    """What a triage found and dealt.

    Attributes:
        files, unread: How many sources were read, and what could not be, each in a sentence.
        states: How many episodes ended how.
    """

    files: int
    unread: tuple[str, ...]
    states: Mapping[str, int]
    deal: Deal
    packets: tuple[Dealt, ...]


def sum_up(found: Iterable[Index], deal: Deal, made: Sequence[Dealt]) -> Triage:
    """Return the result of a triage; *found* are the indexes of its shards."""
    files, unread, states = 0, list[str](), Counter[str]()
    for one in found:
        files += one.files
        unread += one.unread
        states.update(one.states)
    return Triage(files, tuple(unread), dict(states), deal, tuple(made))


def told(result: Triage, ask: Ask) -> Json:
    """Return what is written of a triage: the same for the same corpus, terms and seed, whoever makes it and when."""
    deal = result.deal
    return {
        "format": "dreamdesk-triage/1",
        "files": result.files,
        "unread": list(result.unread),
        "episodes": dict(result.states),
        "lot": {"size": len(deal.lot), "sha256": deal.lot_sha256},
        "strata": {risk.value: number for risk, number in deal.strata.items()},
        "terms": asdict(ask.terms) if ask.terms else None,
        "size": deal.size,
        "floors": {risk.value: number for risk, number in deal.floors.items()},
        "seed": ask.seed,
        "sample": list(deal.sample),
        "gravest": len(deal.gravest),
        "packets": [
            {"file": one.file, "desk": one.desk, "for": one.to, "episodes": list(one.episodes),
             "risks": {risk.value: number for risk, number in sorted(one.risks.items())}}
            for one in result.packets
        ],
    }  # fmt: skip
