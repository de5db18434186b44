"""A case at a second look: nothing of the first decision, and of nobody else's mark, is left in what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dreamdesk import pipeline
from dreamdesk.desk import findings, sampling
from dreamdesk.desk.database import Connection
from dreamdesk.desk.sampling import Look
from dreamdesk.language import t
from dreamdesk.model.decision import ReviewState, Verdict

if TYPE_CHECKING:
    from dreamdesk.gui.review.case import Case

WORDS = t(
    "Second look, blind: approve or reject as if nobody had decided. What was decided first is shown "
    "once you have signed; where you differ, a third auditor decides."
)
ONLY = t("A second look says approve or reject.")


def waiting_on(db: Connection, episode: int, auditor: str) -> Look | None:
    """Return the second look at *episode* that waits for *auditor*, or None."""
    return next((look for look in sampling.waiting(db, auditor) if auditor and look.episode == episode), None)


def covered(db: Connection, case: Case, auditor: str) -> Case:
    """Return *case* as *auditor* ("" for nobody) may see it: covered where a second look waits that may be theirs."""
    if case.correction is None or case.number not in sampling.covered_episodes(db, auditor):
        return case
    own = tuple(mark for mark in case.marks if auditor and mark.auditor == auditor)
    standing = findings.as_seen_by(db, case.number, auditor)
    checks, level = pipeline.seen_by(db, case.correction.id, auditor)
    return replace(
        case,
        checks=checks,
        level=level,
        candidates=standing,
        standing=standing[0] if standing else None,
        marks=own,
        decisions=(),
        correction=replace(case.correction, state=ReviewState.PROPOSED),
        look=waiting_on(db, case.number, auditor),
    )


def obstacles(verdicts: tuple[Verdict, ...]) -> dict[Verdict, str]:
    """Return why each of *verdicts* cannot be given at a second look, "" where it can."""
    return {verdict: "" if verdict in (Verdict.APPROVE, Verdict.REJECT) else ONLY for verdict in verdicts}


def told(look: Look) -> str:
    """Return what came of a second look that was signed, in a sentence."""
    assert look.first is not None
    if not look.overturned:
        return t("Signed. The first auditor decided the same: {first}.", first=t(look.first.value))
    return t("Signed. The first auditor decided otherwise ({first}); a third decides now.", first=t(look.first.value))
