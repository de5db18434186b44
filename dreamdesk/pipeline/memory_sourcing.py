"""Sources of memories: the sessions of a dream on the desk, and the passages in them that support what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.desk import episodes, search
from dreamdesk.desk.database import Connection
from dreamdesk.guard import memory_sources
from dreamdesk.memory import compare
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Change, Dream, Statement, Support
from dreamdesk.model.text import counted
from dreamdesk.pipeline.common import Cancelled, Progress

MOST_STATEMENTS = 5_000
"""New statements of a set for which sources are looked for; a note tells where there are more."""


def sessions_of(db: Connection, job: Dream | None) -> tuple[list[int], list[str]]:
    """Return the episodes of the dream's input sessions, [] for every episode, and notes on what is missing."""
    if job is None or not job.sessions:
        return [], []
    here = episodes.keys(db, job.sessions)
    missing = len(set(job.sessions) - set(here.values()))
    if not missing:
        return list(here), []
    words = f"{missing} of {counted(len(job.sessions), 'input session')} that the dream names not on this desk"
    if not here:
        return [], [f"{words}: sources were looked for in every episode instead"]
    return list(here), [f"{words}: sources in them cannot be found until they are imported"]


def look_up(
    db: Connection,
    changes: Sequence[Change],
    sessions: Sequence[int],
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> tuple[list[tuple[Statement, ...]], list[str]]:
    """Return the new statements of each change, with the passages of the sessions that support them, and notes."""
    names = episodes.keys(db)
    found: list[tuple[Statement, ...]] = []
    looked = 0
    for number, change in enumerate(changes, 1):
        if cancelled and cancelled():
            raise UserError("The comparison was stopped; no change set was added.")
        told = memory_sources.statements(change.before or "", change.after or "", compare.hunks_of(change))
        room = max(0, MOST_STATEMENTS - looked)
        looked += len(told)
        found.append(
            tuple(
                replace(statement, support=_support(db, statement.text, sessions, names)) if place < room else statement
                for place, statement in enumerate(told)
            )
        )
        if progress:
            progress(number, len(changes), "memory changes compared")
    if looked <= MOST_STATEMENTS:
        return found, []
    return found, [f"sources were looked for of the first {MOST_STATEMENTS:,} of {looked:,} new statements alone"]


def _support(db: Connection, text: str, sessions: Sequence[int], names: dict[int, str]) -> tuple[Support, ...]:
    """Return the passages that support *text*: an index names the steps, `memory_sources.quotes` judges them."""
    rows = [
        episodes.step(db, identity) for identity in search.steps_with(db, memory_sources.search_words(text), sessions)
    ]
    found: list[Support] = []
    owner = {id(step): episode for episode, step in rows}
    for step, quote in memory_sources.quotes(text, [step for _, step in rows]):
        episode = owner[id(step)]
        found.append(Support(episode, names.get(episode, ""), step.index, step.actor, quote.text))
    return tuple(found)
