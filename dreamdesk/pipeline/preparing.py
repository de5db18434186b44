"""Prepare: everything that needs no person and no network, between an import and the review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import corrections, episodes, search
from dreamdesk.desk.database import Connection
from dreamdesk.model.correction import DreamSource
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import Cancelled, Progress, write_head
from dreamdesk.pipeline.dreaming import dream
from dreamdesk.pipeline.locating import FAILED, locate


@dataclass(frozen=True, slots=True)
class Prepared:
    """How many episodes were located, and how many corrections proposed and checked."""

    located: int
    proposed: int
    checked: int


def prepare(
    db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None,
    chosen: Sequence[int] | None = None,
) -> Prepared:  # fmt: skip
    """Locate the failed episodes without an error point, propose what needs no model, check what is unchecked.

    Of those *chosen* the located ones are proposed for too, as a run that was killed between may have left them.
    Text that an import which was stopped left unsearchable is made searchable first.
    """
    search.index(db, cancelled)
    waiting = [e for e in episodes.ids(db, outcomes=FAILED) if not episodes.located(db, e)]
    located = locate(db, waiting, progress, cancelled)
    wanted = waiting if chosen is None else chosen
    proposed = dream(db, DreamSource.IMPORTED, wanted, progress, cancelled)
    proposed += dream(db, DreamSource.GRAFT, wanted, progress, cancelled)
    unchecked = [c for c in corrections.ids(db) if not corrections.checked(db, c)]
    checked = check(db, unchecked, progress, cancelled)
    write_head(db)
    return Prepared(len(located), len(proposed), len(checked))
