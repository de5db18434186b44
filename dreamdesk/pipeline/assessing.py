"""Assess: how good the machine is on this desk, by the labels that its own auditors confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import episodes, findings, learned, marks
from dreamdesk.desk.database import Connection
from dreamdesk.locate.agreement import Agreement
from dreamdesk.locate.assessing import Figures, Ranked, baselines, figures
from dreamdesk.locate.trace import Trace
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.marking import agreement

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
    of_method: dict[str, list[Ranked]] = {}
    every: list[Ranked] = []
    blind = 0
    for number, (episode, label) in enumerate(confirmed, 1):
        if cancelled and cancelled():
            raise UserError("Stopped; nothing was changed.")
        blind += next(mark.blind for mark in reversed(marks.of_episode(db, episode)) if mark.step is not None)
        trace = Trace(episodes.load(db, episode))
        decisions = [turn.start for turn in trace.decisions]
        errors = [step.index for step in trace.steps if step.is_error]
        claims = [claim for claim in findings.candidates(db, episode) if claim.method != findings.AUDITOR]
        every.append(Ranked([], label, decisions, errors=errors))
        if claims:
            shown = Ranked([claim.step for claim in claims], label, decisions, claims[0].probability)
            of_method.setdefault(SHOWN, []).append(shown)
        ranks: dict[str, list[tuple[int, int]]] = {}
        for claim in claims:
            for opinion in claim.named_by:
                ranks.setdefault(opinion.method, []).append((opinion.rank, claim.step))
        for method, places in ranks.items():
            of_method.setdefault(method, []).append(Ranked([step for _, step in sorted(places)], label, decisions))
        if progress:
            progress(number, len(confirmed), "labels compared")
    rows = [figures(method, cases) for method, cases in of_method.items()]
    rows += baselines(every) if every else []
    return Assessment(len(confirmed), blind, tuple(rows), tuple(agreement(db)))
