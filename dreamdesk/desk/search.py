"""Full text: the index is built after an import, in pieces that can be stopped and taken up again."""

from __future__ import annotations

from collections.abc import Callable

from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.schema import STEP_BITS

_PIECE = 64  # episodes per transaction


def index(db: Connection, cancelled: Callable[[], bool] | None = None) -> int:
    """Add the steps of visible episodes that are not searchable yet; return how many episodes were added."""
    done = db.execute("SELECT coalesce(max(id), 0) FROM step_search_docsize").fetchone()[0] >> STEP_BITS
    waiting = [row[0] for row in db.execute("SELECT id FROM episode WHERE live AND id > ? ORDER BY id", (done,))]
    for start in range(0, len(waiting), _PIECE):
        if cancelled and cancelled():
            return start
        piece = waiting[start : start + _PIECE]
        with transaction(db):
            for episode in piece:
                db.execute(
                    "INSERT INTO step_search(rowid, content) SELECT id, content FROM step WHERE id BETWEEN ? AND ?",
                    (episode << STEP_BITS, (episode + 1 << STEP_BITS) - 1),
                )
    return len(waiting)


def episodes(db: Connection, words: str, limit: int = 200) -> list[int]:
    """Return ids of episodes with a step that contains all *words*, the last one as a prefix."""
    terms = [f'"{word}"' for word in words.replace('"', " ").split()]
    if not terms:
        return []
    terms[-1] += "*"
    rows = db.execute(
        f"SELECT DISTINCT rowid >> {STEP_BITS} FROM step_search WHERE step_search MATCH ? LIMIT ?",  # noqa: S608
        (" ".join(terms), limit),
    )
    return [row[0] for row in rows]
