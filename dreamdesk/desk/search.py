"""Full text: the index is built after an import, in pieces that can be stopped and taken up again, and then asked.

Hits are ordered by the queue, worst episode first, never by relevance: to rank them SQLite would have to read every one
of them, which takes seconds for a common word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from dreamdesk.desk import tallies
from dreamdesk.desk.database import Connection, DatabaseError, keep_aside, transaction
from dreamdesk.desk.schema import MAX_STEPS, STEP_BITS
from dreamdesk.model.text import one_line

_PIECE = 20_000  # steps per transaction: some 20 MB of text, half a second
_HASH = 32 << 20  # bytes of postings that SQLite gathers before it writes a segment

RARE = 20_000
"""So many matching steps are read one by one, in 10 ms; of a commoner word only the episodes are."""

SHORTEST_PREFIX = 3
BROAD = 30_000
"""A last word is taken as the beginning of others if it is no shorter, and if these stand in no more steps: SQLite puts
all of them together before it gives the first. Else it is a word by itself until more of it is typed."""

_BEFORE, _EXCERPT = 16, 100  # characters before what was found, and in all: a row of the queue shows some 45


@dataclass(frozen=True, slots=True)
class Hit:
    """A step that holds what was looked for, and the words around it."""

    episode: int
    step: int
    excerpt: str


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
    with transaction(db):
        lift(db)
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
    if added == len(episodes):
        tally(db)
    return added


_TALLIED = ("step_search_data", "step_search_idx", "step_search_config")
"""What FTS5 keeps, but for the sizes of the texts, which its own check compares with them."""


def tally(db: Connection) -> None:
    """Sum up the index, which nothing will change before more steps are added."""
    with transaction(db):
        for name in _TALLIED:
            tallies.put(db, name)


def lift(db: Connection) -> None:
    """Take the tallies off the index, which is about to change, in the caller's transaction."""
    for name in _TALLIED:
        tallies.lift(db, name)


def optimize(db: Connection) -> None:
    """Merge the index into one segment, which leaves out what was removed from it."""
    with transaction(db):
        lift(db)
        db.execute("INSERT INTO step_search(step_search) VALUES('optimize')")
    tally(db)


def faults(db: Connection) -> list[str]:
    """Return whether the index holds exactly the words of the steps, in words.

    FTS5 compares them itself, but only where it may write. So the index is copied into a temporary one over the same
    steps, and that one is asked.
    """
    keep_aside(db, in_memory=False)
    try:
        db.execute(
            "CREATE TEMP VIEW indexed AS"
            " SELECT id, content FROM main.step WHERE id IN (SELECT id FROM main.step_search_docsize)"
        )
        db.execute("CREATE VIRTUAL TABLE temp.copied USING fts5(content, content='indexed', content_rowid='id')")
        for name in ("data", "idx", "docsize", "config"):
            db.execute(f"DELETE FROM temp.copied_{name}")  # noqa: S608
            db.execute(f"INSERT INTO temp.copied_{name} SELECT * FROM main.step_search_{name}")  # noqa: S608
        db.execute("INSERT INTO temp.copied(copied, rank) VALUES('integrity-check', 1)")
    except DatabaseError as error:
        if "malformed" not in str(error):
            raise
        return ["the index of words does not hold the words of the steps; what is searched for may not be found"]
    finally:
        db.execute("DROP TABLE IF EXISTS temp.copied")
        db.execute("DROP VIEW IF EXISTS temp.indexed")
    return []


def _configure(db: Connection, **options: int) -> None:
    with transaction(db):
        for name, value in options.items():
            db.execute("INSERT INTO step_search(step_search, rank) VALUES(?,?)", (name, value))


def _query(db: Connection, text: str) -> tuple[str, bool]:
    """Return what FTS5 shall match, and whether its last word is a beginning: not when a space follows it.

    Each word stands as a string, so that nothing in it is syntax.
    """
    words = _words(text)
    prefix = bool(words) and not text[-1].isspace() and _is_beginning(db, words[-1])
    return " ".join(f'"{word}"' for word in words) + ("*" if prefix else ""), prefix


def _is_beginning(db: Connection, word: str) -> bool:
    """Tell whether *word* may stand for all words that begin with it."""
    *_, start = re.split(r"[\W_]+", _folded(word))
    if len(start) < SHORTEST_PREFIX:
        return False
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.term USING fts5vocab(main, step_search, row)")
    steps = 0
    for (number,) in db.execute(
        "SELECT doc FROM temp.term WHERE term >= ? AND term < ?", (start, start + "\U0010ffff")
    ):
        steps += number
        if steps > BROAD:
            return False
    return True


def _folded(word: str) -> str:
    """Return *word* as the index has it: in lower case, without diacritics (tokenizer unicode61)."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return text.replace('"', " ").replace("\0", " ").split()


def episodes(db: Connection, text: str) -> dict[int, int | None]:
    """Return every episode with a step that holds all words of *text*, the last one as a beginning of words.

    Each comes with the index of its first such step; None for a word so common that nobody counts its steps: `excerpts`
    finds them soon enough.
    """
    query, _ = _query(db, text)
    return _episodes(db, query)


def _episodes(db: Connection, query: str) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    if not query:
        return found
    rows = db.execute("SELECT rowid FROM step_search WHERE step_search MATCH ? LIMIT ?", (query, RARE)).fetchall()
    for (step,) in rows:
        found.setdefault(step >> STEP_BITS, step & MAX_STEPS - 1)
    if len(rows) == RARE:
        every = f"SELECT DISTINCT rowid >> {STEP_BITS} FROM step_search WHERE step_search MATCH ?"  # noqa: S608
        for (episode,) in db.execute(every, (query,)):
            found.setdefault(episode, None)
    return found


def within(db: Connection, text: str, episode: int) -> list[int]:
    """Return the indices of the steps of *episode* that hold all words of *text*, the last one as a beginning."""
    query, _ = _query(db, text)
    if not query:
        return []
    rows = db.execute(
        "SELECT rowid FROM step_search WHERE step_search MATCH ? AND rowid BETWEEN ? AND ?",
        (query, episode << STEP_BITS, (episode + 1 << STEP_BITS) - 1),
    )
    return [step & MAX_STEPS - 1 for (step,) in rows]


def find(db: Connection, text: str, order: Iterable[int], limit: int = 50) -> list[Hit]:
    """Return the first *limit* hits of *text*, one for each episode, the episodes in the given *order*."""
    query, prefix = _query(db, text)
    if not query:
        return []
    chosen: dict[int, int | None] = {}
    common = db.execute(
        "SELECT 1 FROM step_search WHERE step_search MATCH ? LIMIT 1 OFFSET ?", (query, RARE)
    ).fetchone()
    if common and not prefix:  # asking episode by episode is soon done, because most of them have it
        within = "SELECT rowid FROM step_search WHERE step_search MATCH ? AND rowid BETWEEN ? AND ? LIMIT 1"
        for episode in order:
            last = (episode + 1 << STEP_BITS) - 1
            if row := db.execute(within, (query, episode << STEP_BITS, last)).fetchone():
                chosen[episode] = row[0] & MAX_STEPS - 1
                if len(chosen) == limit:
                    break
    else:
        every = _episodes(db, query)
        chosen = {episode: every[episode] for episode in islice((e for e in order if e in every), limit)}
    return excerpts(db, text, chosen)


def excerpts(db: Connection, text: str, steps: Mapping[int, int | None]) -> list[Hit]:
    """Return the words around what was found, for each episode in *steps*; where its step is None it is looked for."""
    words = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in _words(text)]
    hits = []
    for episode, step in steps.items():
        first = episode << STEP_BITS | (step or 0)
        last = first if step is not None else (episode + 1 << STEP_BITS) - 1
        for identity, content in db.execute("SELECT id, content FROM step WHERE id BETWEEN ? AND ?", (first, last)):
            places = [match.start() for word in words if (match := word.search(content))]
            if step is not None or len(places) == len(words):
                hits.append(Hit(episode, identity & MAX_STEPS - 1, _excerpt(content, min(places, default=0))))
                break
    return hits


def _excerpt(content: str, place: int) -> str:
    """Return one line of *content* around *place*."""
    start = max(0, place - _BEFORE)
    if start:
        start = content.find(" ", start, place) + 1 or start
    words = one_line(content[start : start + 2 * _EXCERPT], _EXCERPT)
    return f"…{words}" if start else words


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
