"""Locate: failed episodes to ranked error points."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from dreamdesk.desk import episodes, findings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.locate import judge, offline
from dreamdesk.model.episode import Episode, OutcomeState
from dreamdesk.model.finding import Candidate
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.grouping import group
from dreamdesk.pipeline.outbound import recorded
from dreamdesk.pipeline.policies import bound

FAILED = (OutcomeState.FAILED, OutcomeState.PARTIAL)
"""The outcomes that there is something to correct in."""

OFFLINE_METHODS = ("label", "offline", "divergence")


def locate(
    db: Connection,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    method: str = "offline",
    endpoint: Endpoint | None = None,
) -> list[int]:
    """Find the error point of the failed episodes among *chosen* (all when None); return the ids that were located.

    *method* is "offline", or "model" for the judge behind *endpoint*. Each method replaces only its own candidates.
    What was located is then grouped into families.
    """
    failed = episodes.ids(db, outcomes=FAILED)
    work = failed if chosen is None else [identity for identity in chosen if identity in set(failed)]
    siblings = Siblings(db)
    done: list[int] = []
    for identity in work:
        if cancelled and cancelled():
            break
        episode = bound(db, identity)
        if method == "model":
            if endpoint is None:
                raise ValueError("the model method needs an endpoint")
            asking = recorded(db, endpoint, f"error point of episode {identity}")
            found = judge.judge(episode, offline.findings(episode), asking)
        else:
            found = offline.locate(episode, list(siblings.of(identity).values()))
        with transaction(db):
            findings.save(db, identity, found, ("model",) if method == "model" else OFFLINE_METHODS)
        done.append(identity)
        if progress:
            progress(len(done), len(work), "episodes located")
    group(db, progress, cancelled)
    return done


class Siblings:
    """The successful attempts at the task of an episode, read once per task and kept for the episodes that follow."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._kept: OrderedDict[str, dict[int, Episode]] = OrderedDict()

    def of(self, episode: int) -> dict[int, Episode]:
        """Return desk id -> episode; at most the first eight attempts, which is enough to learn from."""
        task = episodes.task_key(self._db, episode)
        if not task:
            return {}
        if task not in self._kept:
            ids = episodes.ids(self._db, outcomes=(OutcomeState.SUCCEEDED,), task_key=task)
            self._kept[task] = {identity: episodes.load(self._db, identity) for identity in ids[:8]}
            while len(self._kept) > 16:
                self._kept.popitem(last=False)
        return self._kept[task]


def standing(db: Connection, episode: int) -> Candidate | None:
    """Return the candidate that stands for *episode*."""
    return findings.standing(db, episode)
