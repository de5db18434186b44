"""Learn: the ranker's weights from the desk's own confirmed labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import learned
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.locate import offline
from dreamdesk.locate.fitting import Rows, rows
from dreamdesk.locate.learning import Lesson, lesson
from dreamdesk.locate.ranker import Weights, shipped
from dreamdesk.locate.trace import Trace
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled, Progress, write_head
from dreamdesk.pipeline.locating import locate, own_weights
from dreamdesk.pipeline.policies import bound


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: a lesson for each family of agents, and how many undecided episodes were located again."""

    lessons: tuple[Lesson, ...]
    located: int = 0

    @property
    def accepted(self) -> tuple[Lesson, ...]:
        """The lessons whose weights are better."""
        return tuple(one for one in self.lessons if one.weights is not None)


def study(db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Learned:
    """Return what the desk's confirmed labels teach; nothing is changed."""
    confirmed = learned.labels(db)
    marked: dict[str, list[Rows]] = {}
    for number, (episode, step) in enumerate(confirmed, 1):
        if cancelled and cancelled():
            raise UserError("Learning was stopped; the weights are as they were.")
        recording = bound(db, episode)
        family = learned.family_of(db, episode)
        marked.setdefault(family, []).append(rows(Trace(recording), offline.findings(recording), step, family))
        if progress:
            progress(number, len(confirmed), "labels read")
    return Learned(tuple(lesson(family, marked[family], _prior(db, marked[family])) for family in sorted(marked)))


def _prior(db: Connection, marked: Sequence[Rows]) -> Weights:
    """Return the weights that rank these episodes of one family now."""
    return own_weights(db, marked[0].family) or shipped(marked[0].profile)


def learn(
    db: Connection, auditor: str, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Learned:
    """Put in force what the confirmed labels teach, where it is better; find the undecided error points again.

    Raises:
        UserError: it was stopped before anything was changed.
    """
    found = study(db, progress, cancelled)
    if not found.accepted:
        return found
    with transaction(db):
        for one in found.accepted:
            assert one.weights is not None
            figures = {
                "labels": one.labels,
                "before": one.before,
                "after": one.after,
                "first_before": one.first_before,
                "first_after": one.first_after,
            }
            learned.add(db, auditor, one.family, one.weights.features, one.weights.default, figures)
    write_head(db)
    again = [episode for one in found.accepted for episode in learned.undecided(db, one.family)]
    return Learned(found.lessons, len(locate(db, again, progress, cancelled)) if again else 0)


def use_shipped(
    db: Connection, auditor: str, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> int:
    """Put the shipped weights in force again; return how many undecided episodes were located with them.

    Raises:
        UserError: they are in force already.
    """
    refits = learned.in_force(db)
    if not refits:
        raise UserError("The shipped weights are in use already; nothing was changed.")
    with transaction(db):
        learned.revert(db, auditor)
    write_head(db)
    again = [episode for family in refits for episode in learned.undecided(db, family)]
    return len(locate(db, again, progress, cancelled)) if again else 0
