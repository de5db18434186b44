"""Assess: how good the machine is on this desk, by the labels that its own auditors confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import findings, learned, marks
from dreamdesk.desk.database import Connection
from dreamdesk.locate.agreement import Agreement
from dreamdesk.locate.assessing import Figures, baselines, figures, shown
from dreamdesk.locate.evaluate.cases import Case, case
from dreamdesk.locate.evaluate.metrics import Ranking
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.marking import agreement
from dreamdesk.pipeline.policies import bound

SHOWN = "the desk, as shown"
"""The ranking that the auditors saw, whatever methods it came from."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The table for a desk: *labels* confirmed ones, *blind* of them given before the desk's view was seen."""

    labels: int
    blind: int
    rows: tuple[Figures, ...]
    agreement: tuple[Agreement, ...]


def assess(db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Assessment:
    """Compare what each method ranked with the confirmed labels; baselines stand last."""
    confirmed = learned.labels(db)
    of_method: dict[str, list[Ranking]] = {}
    every: list[Case] = []
    blind = 0
    for number, (episode, label) in enumerate(confirmed, 1):
        if cancelled and cancelled():
            raise UserError("Stopped; nothing was changed.")
        blind += next(mark.blind for mark in reversed(marks.of_episode(db, episode)) if mark.step is not None)
        one = case(bound(db, episode), label, learned.family_of(db, episode))
        every.append(one)
        claims = [claim for claim in findings.candidates(db, episode) if claim.method != findings.AUDITOR]
        if claims:
            ranking = shown(one, [claim.step for claim in claims], claims[0].probability)
            of_method.setdefault(SHOWN, []).append(ranking)
        ranks: dict[str, list[tuple[int, int]]] = {}
        for claim in claims:
            for opinion in claim.named_by:
                ranks.setdefault(opinion.method, []).append((opinion.rank, claim.step))
        for method, places in ranks.items():
            of_method.setdefault(method, []).append(shown(one, [step for _, step in sorted(places)]))
        if progress:
            progress(number, len(confirmed), "labels compared")
    rows = [figures(method, rankings) for method, rankings in of_method.items()]
    rows += baselines(every) if every else []
    return Assessment(len(confirmed), blind, tuple(rows), tuple(agreement(db)))
