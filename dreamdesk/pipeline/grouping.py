"""Group: located failures to families that share a cause."""

from __future__ import annotations

from itertools import islice

from dreamdesk.desk import families
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.locate.families import Cause, Families, words
from dreamdesk.pipeline.common import Cancelled, Progress, write_head

_AT_ONCE = 1_000
"""Failures in one transaction."""


def group(db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None) -> int:
    """Put each failure that has no family, or whose error point has changed, into one; return how many were put.

    Families keep their identity and their name; failures that are placed already stay where they are.
    """
    total = families.unplaced(db)
    if not total:
        return 0
    known = Families()
    for family, category, tool, founder in families.founders(db):
        known.add(family, category, tool, founder)
    done = 0
    waiting = families.waiting(db)
    while some := list(islice(waiting, _AT_ONCE)):
        if cancelled and cancelled():
            break
        with transaction(db):
            for waits in some:
                terms = words(Cause(waits.category, waits.tool, waits.clause, "\n".join(waits.texts)))
                nearest = known.nearest(waits.category, waits.tool, terms)
                if nearest is None:
                    nearest = families.found(db, waits, terms)
                    known.add(nearest, waits.category, waits.tool, terms)
                families.join(db, waits, nearest)
        done += len(some)
        if progress:
            progress(done, total, "failures grouped")
    return done


def name_family(db: Connection, family: int, words: str, actor: str) -> None:
    """Give *family* a name of the officer's; see `desk.families.name`."""
    families.name(db, family, words, actor)
    write_head(db)
