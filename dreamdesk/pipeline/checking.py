"""Check: corrections through the guardrails."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.desk import corrections, episodes, findings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.guard.case import Case
from dreamdesk.guard.run import run
from dreamdesk.locate import offline
from dreamdesk.model.check import Check, Level
from dreamdesk.pipeline.common import Cancelled, Progress


def check(
    db: Connection,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[int]:
    """Run every guardrail on the newest revision of the corrections *chosen* (all when None); return their ids."""
    work = corrections.ids(db) if chosen is None else list(chosen)
    done: list[int] = []
    for identity in work:
        if cancelled and cancelled():
            break
        number, checks, level = _answers(db, identity)
        with transaction(db):
            corrections.save_checks(db, identity, number, checks, level)
        done.append(identity)
        if progress:
            progress(len(done), len(work), "corrections checked")
    return done


def check_again(db: Connection, correction: int) -> bool:
    """Run the guardrails once more and tell whether they still say what the desk shows; keep what they say now.

    Nobody approves on an answer that was forged, or that the error point or the guardrails have outlived.
    """
    number, checks, level = _answers(db, correction)
    same = corrections.checks(db, correction, number) == (checks, level)
    if not same:
        with transaction(db):
            corrections.save_checks(db, correction, number, checks, level)
    return same


def _answers(db: Connection, correction: int) -> tuple[int, tuple[Check, ...], Level]:
    episode = corrections.get(db, correction).episode
    revision = corrections.revision(db, correction)
    case = Case(episodes.load(db, episode), revision, findings.standing(db, episode), offline.findings)
    return revision.number, *run(case)
