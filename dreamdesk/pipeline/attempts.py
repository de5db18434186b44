"""Attempts at the same task: which there are, and where two of them parted."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import episodes, queue
from dreamdesk.desk.database import Connection
from dreamdesk.locate.siblings import divergence
from dreamdesk.model.episode import Episode, OutcomeState

MOST = 200
"""Attempts that are listed; the ones that succeeded come first."""
_SHORT = (OutcomeState.FAILED, OutcomeState.PARTIAL)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two attempts at one task.

    Attributes:
        mine, theirs: The episodes, with all their steps.
        parting: Where a failed attempt left the way of one that succeeded: a step of *mine* and one of *theirs*; None
            where neither of the two failed, or both did, or they made the same calls.
        why: What was done there, in a sentence that is told from *mine*, where that is the one that failed; else "".
    """

    mine: Episode
    theirs: Episode
    parting: tuple[int, int] | None = None
    why: str = ""


def other_attempts(db: Connection, episode: int, auditor: str = "") -> list[queue.Row]:
    """Return the other attempts at the task of *episode* as *auditor* may see them, successful ones first.

    At most MOST; none are known where the source does not name the task.
    """
    task = episodes.task_key(db, episode)
    if not task:
        return []
    first = episodes.ids(db, outcomes=(OutcomeState.SUCCEEDED,), task_key=task)
    ordered = dict.fromkeys([*first, *episodes.ids(db, task_key=task)])
    return queue.veiled(db, queue.rows(db, [other for other in ordered if other != episode][:MOST]), auditor)


def pair_up(db: Connection, episode: int, other: int) -> Pairing:
    """Return *episode* and *other*, which are attempts at one task, with where they parted.

    Raises:
        UserError: the desk has no such episode.
    """
    mine, theirs = episodes.load(db, episode), episodes.load(db, other)
    here, there = mine.outcome.state, theirs.outcome.state
    if here in _SHORT and there is OutcomeState.SUCCEEDED and (found := divergence(mine, theirs)):
        return Pairing(mine, theirs, (found.failed_step, found.succeeded_step), found.why)
    if there in _SHORT and here is OutcomeState.SUCCEEDED and (found := divergence(theirs, mine)):
        return Pairing(mine, theirs, (found.succeeded_step, found.failed_step))
    return Pairing(mine, theirs)
