"""Full text: the index is built after an import, in pieces that can be stopped and taken up again, and then asked.

Hits are ordered by the queue, worst episode first, never by relevance: to rank them SQLite would have to read every one
of them, which takes seconds for a common word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.schema import STEP_BITS

_PIECE = 20_000  # steps per transaction: some 20 MB of text, half a second
_HASH = 32 << 20  # bytes of postings that SQLite gathers before it writes a segment

RARE = 2_000
"""Up to so many matching steps are looked at one by one; beyond, the episodes are asked in the order of the queue."""

SHORTEST_PREFIX = 3
"""A last word of fewer letters is not taken as the beginning of others: it would match most steps of the desk."""


def waiting(db: Connection) -> int:
    """Return how many steps of visible episodes are not searchable yet."""
    return sum(steps for _, steps in _waiting(db))


def _waiting(db: Connection) -> list[tuple[int, int]]:
    """Return id and number of steps of the visible episodes that are not searchable yet."""
    done = db.execute("SELECT coalesce(max(id), 0) FROM step_search_docsize").fetchone()[0] >> STEP_BITS
    return db.execute("SELECT id, steps FROM episode WHERE live AND id > ? ORDER BY id", (done,)).fetchall()


def index(
    db: Connection, cancelled: Callable[[], bool] | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """Add the steps of visible episodes that are not searchable yet; return how many episodes were added.

    *progress* is told how many steps were added so far.
    """
    episodes = _waiting(db)
    if not episodes:
        return 0
    # Segments are not merged while many are written, which would take as long again.
    _configure(db, automerge=0, crisismerge=1_999, hashsize=_HASH)
    added = steps = 0
    while added < len(episodes) and not (cancelled and cancelled()):
        start, limit = added, steps + _PIECE
        while added < len(episodes) and steps < limit:
            steps += episodes[added][1]
            added += 1
        with transaction(db):
            # One statement for all of them, because FTS5 writes a segment at the end of each.
            db.execute(
                "INSERT INTO step_search(rowid, content) SELECT id, content FROM step WHERE id BETWEEN ? AND ?",
                (episodes[start][0] << STEP_BITS, (episodes[added - 1][0] + 1 << STEP_BITS) - 1),
            )
        if progress:
            progress(steps)
    _configure(db, automerge=4)
    return added


def _configure(db: Connection, **options: int) -> None:
    with transaction(db):
        for name, value in options.items():
            db.execute("INSERT INTO step_search(step_search, rank) VALUES(?,?)", (name, value))


def _query(text: str) -> str:
    """Return what FTS5 shall match: each word as a string, so that nothing in it is syntax; the last as a prefix."""
    words = text.replace('"', " ").split()
    if not words:
        return ""
    last = "*" if len(words[-1]) >= SHORTEST_PREFIX else ""
    return " ".join(f'"{word}"' for word in words) + last


def episodes(db: Connection, words: str, limit: int = 200) -> list[int]:
    """Return ids of episodes with a step that contains all *words*, the last one as a prefix."""
    query = _query(words)
    if not query:
        return []
    rows = db.execute(
        f"SELECT DISTINCT rowid >> {STEP_BITS} FROM step_search WHERE step_search MATCH ? LIMIT ?",  # noqa: S608
        (query, limit),
    )
    return [row[0] for row in rows]


def steps_with(db: Connection, beginnings: Sequence[str], chosen: Sequence[int] = (), limit: int = 60) -> list[int]:
    """Return ids of the steps that hold most of the words with these *beginnings*, the best first (by BM25).

    Only steps of the episodes *chosen*, where any are given.
    """
    terms = " OR ".join(f'"{word}"*' for word in dict.fromkeys(w.replace('"', " ") for w in beginnings) if word.strip())
    if not terms:
        return []
    marks = ",".join("?" * len(chosen))
    among = f"AND rowid >> {STEP_BITS} IN ({marks})" if chosen else ""
    rows = db.execute(
        f"SELECT rowid FROM step_search WHERE step_search MATCH ? {among} ORDER BY rank LIMIT ?",  # noqa: S608
        (terms, *chosen, limit),
    )
    return [row[0] for row in rows]
