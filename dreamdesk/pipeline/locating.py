"""Locate: failed episodes to ranked error points."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from dreamdesk.desk import episodes, explanations, findings, learned
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.locate import offline, ranker
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Episode, OutcomeState
from dreamdesk.model.finding import MECHANICAL, Candidate
from dreamdesk.pipeline import executing
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.grouping import group
from dreamdesk.pipeline.judging import FAILED, OFFLINE_METHODS, failed, keep
from dreamdesk.pipeline.policies import bound

__all__ = ["FAILED", "MOST_SIBLINGS", "OFFLINE_METHODS", "Siblings", "locate"]

MOST_SIBLINGS = 8
"""Successful attempts at one task that are compared with a failed one: enough to learn from."""


def locate(
    db: Connection,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[int]:
    """Find the error point of the failed episodes among *chosen* (all when None) offline; return those located.

    A model's opinion that is on the desk stays, and is joined with what is found now. What was located is then grouped
    into families.
    """
    work = failed(db, chosen)
    siblings = Siblings(db)
    done: list[int] = []
    for identity in work:
        if cancelled and cancelled():
            break
        episode = bound(db, identity)
        trace = Trace(episode)
        found = offline.located(trace, siblings.of(identity), own_weights(db, learned.family_of(db, identity)))
        computed = executing.no_return(db, episode, list(siblings.of(identity).values()))
        with transaction(db):
            keep(db, identity, trace, found.candidates, OFFLINE_METHODS)
            explanations.save(db, identity, found.explanation)
            findings.save(db, identity, computed, (MECHANICAL,))
        done.append(identity)
        if progress:
            progress(len(done), len(work), "episodes located")
    group(db, progress, cancelled)
    return done


def own_weights(db: Connection, family: str) -> ranker.Weights | None:
    """Return the desk's own weights for episodes of this family of agents; None where the shipped ones rank them."""
    refit = learned.in_force(db).get(family)
    return ranker.Weights(refit.features, refit.default) if refit else None


class Siblings:
    """The successful attempts at the task of an episode, read once per task and kept for the episodes that follow."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._kept: OrderedDict[str, dict[int, Episode]] = OrderedDict()

    def of(self, episode: int) -> dict[int, Episode]:
        """Return desk id -> episode; at most the first `MOST_SIBLINGS` attempts."""
        task = episodes.task_key(self._db, episode)
        if not task:
            return {}
        if task not in self._kept:
            ids = episodes.ids(self._db, outcomes=(OutcomeState.SUCCEEDED,), task_key=task)
            self._kept[task] = {identity: episodes.load(self._db, identity) for identity in ids[:MOST_SIBLINGS]}
            while len(self._kept) > 16:
                self._kept.popitem(last=False)
        return self._kept[task]


def standing(db: Connection, episode: int) -> Candidate | None:
    """Return the candidate that stands for *episode*."""
    return findings.standing(db, episode)
