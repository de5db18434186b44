"""Execute again: results of a correction taken over from its environment, on request."""

from __future__ import annotations

from dataclasses import replace

from dreamdesk.desk import auditors, corrections, episodes
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.correction import CorrectedStep, Provenance, corrected_path
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import executing
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import write_head


def reexecute(db: Connection, correction: int, auditor: str) -> int | None:
    """Write a revision of *correction* whose results are what the environment answers, and check it; return its number.

    Results that are answered as written stay as they are. The others are replaced, and stay marked as simulated, with
    the environment as their origin. None where nothing has to be replaced.

    Raises:
        UserError: the correction was released, no environment fits, or it gave no answer.
    """
    auditors.check_writes(db, auditor)
    row = corrections.get(db, correction)
    if row.state in (ReviewState.RELEASED, ReviewState.RECALLED):
        raise UserError(f"Correction {correction} has been released and cannot be changed; author a new one.")
    base, episode = corrections.revision(db, correction), episodes.load(db, row.episode)
    found = executing.execution(db, episode, corrected_path(episode, base))
    if found is None:
        raise UserError(f"No environment fits episode {row.episode}. See: dreamdesk environments.")
    if found.fault:
        raise UserError(f"{found.fault} Nothing was changed.")
    steps = list(base.steps)
    for result in found.after(base.start):
        if result.answer is not None and not result.agrees:
            at = result.at - base.start
            answered = replace(steps[at].step, content=result.answer.text, is_error=result.answer.is_error)
            steps[at] = CorrectedStep(answered, Provenance.SIMULATED, f"environment {found.environment}")
    if tuple(steps) == base.steps:
        return None
    note = f"Results as {found.environment} answers them."
    revision = replace(base, steps=tuple(steps), author=auditor, note=note)
    with transaction(db):
        number = corrections.add_revision(db, correction, revision, auditor)
    check(db, [correction])
    write_head(db)
    return number
