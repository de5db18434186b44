"""Check: corrections through the guardrails."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.desk import corrections, episodes, findings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.guard.case import Case
from dreamdesk.guard.run import run
from dreamdesk.locate import offline
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
        episode = corrections.get(db, identity).episode
        revision = corrections.revision(db, identity)
        case = Case(episodes.load(db, episode), revision, findings.standing(db, episode), offline.findings)
        checks, level = run(case)
        with transaction(db):
            corrections.save_checks(db, identity, revision.number, checks, level)
        done.append(identity)
        if progress:
            progress(len(done), len(work), "corrections checked")
    return done
