"""Marks: where auditors say that an episode went wrong, and when they looked at the desk's view of it.

A mark is frozen: the schema refuses to change or delete one, and a later mark of the same auditor is a second mark.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dreamdesk.desk import ledger, sampling, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Category, Quote

MARKED = "error-point-marked"
REVEALED = "desk-view-revealed"
"""The types of their entries in the ledger."""

NO_STEP = (Category.D0, Category.D15)
"""What can be said without naming a step: that it cannot be determined, and that it was not the agent."""

ANYONE = ""
"""Whose look it was when nobody had signed in: it may have been anyone's."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an auditor says the episode went wrong.

    Attributes:
        step: First step of the turn, or None: cannot be determined, or not the agent (see *category*).
        at: When, in nanoseconds since 1970, UTC.
        blind: Set before the auditor saw the desk's view of this episode.
        quote: Words of the marked turn that the auditor selected.
        note: The auditor's own words, or "".
        took: Milliseconds between the sight of the episode and the mark, or None where nobody measured.
    """

    auditor: str
    step: int | None
    category: Category
    at: int
    blind: bool
    quote: Quote | None = None
    note: str = ""
    took: int | None = None

    @property
    def words(self) -> str:
        """The mark in a few words."""
        if self.step is None:
            return self.category.title.lower() if self.category in NO_STEP else "no step named"
        return f"step {self.step}, {self.category.title.lower()}"


_COLUMNS = "auditor, step, category, at, blind, quote_step, quote, note, took"


def of_episode(db: Connection, episode: int) -> tuple[Mark, ...]:
    """Return the marks on *episode*, oldest first."""
    return tuple(_mark(row[1:]) for row in _rows(db, "WHERE episode = ?", (episode,)))


def every(db: Connection) -> list[tuple[int, Mark]]:
    """Return (episode, mark) for all marks of the desk, oldest first."""
    return [(row[0], _mark(row[1:])) for row in _rows(db)]


def _rows(db: Connection, where: str = "", values: tuple[int, ...] = ()) -> Iterable[tuple[Json, ...]]:
    return db.execute(f"SELECT episode, {_COLUMNS} FROM mark {where} ORDER BY at, id", values)  # noqa: S608


def _mark(row: tuple[Json, ...]) -> Mark:
    auditor, step, category, at, blind, quote_step, quote, note, took = row
    words = Quote(quote_step, quote) if quote_step is not None else None
    return Mark(auditor, step, Category(category), at, bool(blind), words, note, took)


def add(db: Connection, episode: int, given: Mark) -> Mark:
    """Record *given*, made now, and its entry in the transaction that the caller has open; return it as it is kept.

    It stays blind only if the auditor had neither marked the episode nor looked at the desk's view of it.
    """
    blind = given.blind and not (knows(db, episode, given.auditor) or knows(db, episode, ANYONE))
    mark = replace(given, at=time.time_ns(), blind=blind)
    _record(db, episode, mark)
    return mark


def take_over(db: Connection, episode: int, mark: Mark, packet: str, actor: str) -> bool:
    """Record *mark*, made on another desk, in the caller's transaction; False where this desk has it."""
    if mark in of_episode(db, episode):
        return False
    _record(db, episode, mark, packet, actor)
    return True


def _record(db: Connection, episode: int, mark: Mark, packet: str = "", actor: str = "") -> None:
    quote = (mark.quote.step, mark.quote.text) if mark.quote else (None, "")
    db.execute(
        "INSERT INTO mark(episode, auditor, step, category, at, blind, quote_step, quote, note, took)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        (episode, mark.auditor, mark.step, mark.category.value, mark.at, mark.blind, *quote, mark.note, mark.took),
    )
    subject = f"episode {episode}: {mark.words}{' (blind)' if mark.blind else ''}"
    body = {"subject": subject, "auditor": mark.auditor, **_body(episode, mark)}
    ledger.append(db, actor or mark.auditor, MARKED, {**body, "packet": packet} if packet else body)


def reveal(db: Connection, episode: int, auditor: str, actor: str) -> None:
    """Record that *auditor* (`ANYONE`: nobody signed in) looks at the desk's view unmarked, in the open transaction."""
    db.execute("INSERT INTO reveal(episode, auditor, at) VALUES(?,?,?)", (episode, auditor, time.time_ns()))
    subject = f"episode {episode}: the desk's view, before a mark"
    ledger.append(db, actor, REVEALED, {"subject": subject, "episode": episode, "auditor": auditor})


def knows(db: Connection, episode: int, auditor: str) -> bool:
    """Tell whether *auditor* has marked *episode* or looked at the desk's view of it."""
    query = "SELECT EXISTS(SELECT 1 FROM mark WHERE episode = ?1 AND auditor = ?2)"
    query += " OR EXISTS(SELECT 1 FROM reveal WHERE episode = ?1 AND auditor = ?2)"
    return bool(db.execute(query, (episode, auditor)).fetchone()[0])


_HIDDEN = """((id IN (SELECT value FROM json_each(:covered)) OR CASE WHEN review IS NULL
        THEN outcome IN ('failed', 'partial') ELSE review NOT IN ('approved', 'released', 'rejected') END)
    AND NOT EXISTS(SELECT 1 FROM mark WHERE mark.episode = episode.id AND auditor = :auditor AND :auditor != '')
    AND NOT EXISTS(SELECT 1 FROM reveal WHERE reveal.episode = episode.id AND auditor = :auditor AND :auditor != ''))"""


def hidden(db: Connection, episodes: Sequence[int], auditor: str) -> frozenset[int]:
    """Return those of *episodes* whose desk's view *auditor* ("" for nobody) is not shown unasked.

    Those are the failures yet to be judged that the auditor has neither marked nor looked at, unless marking first is
    off. What is decided is no secret any more, but where a second look waits that may be theirs.
    """
    if mode(db) == settings.OFF:
        return frozenset()
    covered = json.dumps(sorted(sampling.covered_episodes(db, auditor)))
    values = {"episodes": json.dumps(list(episodes)), "covered": covered, "auditor": auditor}
    query = f"SELECT id FROM episode WHERE id IN (SELECT value FROM json_each(:episodes)) AND {_HIDDEN}"  # noqa: S608
    return frozenset(row[0] for row in db.execute(query, values))


def mode(db: Connection) -> str:
    """Return the desk's setting for blind marks: off, optional or required."""
    return settings.get(db, settings.BLIND_MARK)


def withheld(db: Connection, episodes: Sequence[int], auditor: str) -> frozenset[int]:
    """Return those of *episodes* whose desk's view *auditor* must not see in any way before a mark."""
    return hidden(db, episodes, auditor) if mode(db) == settings.REQUIRED else frozenset()


def withholding(db: Connection) -> str:
    """Return the condition under which an episode of table ``episode`` is `withheld`.

    :auditor stands in it for who looks, :covered for the episodes, in JSON, at which a second look waits.
    """
    return _HIDDEN if mode(db) == settings.REQUIRED else "0"


def _body(episode: int, mark: Mark) -> dict[str, Json]:
    return {
        "episode": episode,
        "step": mark.step,
        "category": mark.category.value,
        "blind": mark.blind,
        "quote": {"step": mark.quote.step, "text": mark.quote.text} if mark.quote else None,
        "note": mark.note,
        "took": mark.took,
    }


def faults(db: Connection, entered: Iterable[dict[str, Json]], *, erased: bool) -> list[str]:
    """Return where the marks differ from *entered*, the bodies of their ledger entries.

    A mark that the ledger does not know is a fault, unless bodies were *erased*: it may have been one of theirs.
    """
    known = Counter((body.get("auditor"), *_told(body)) for body in entered)
    there: Counter[tuple[Json, ...]] = Counter()
    for episode, mark in every(db):
        told = _told(_body(episode, mark))
        # Entries of earlier versions name the auditor only as the one who acted.
        there[(None, *told) if known[(None, *told)] > there[(None, *told)] else (mark.auditor, *told)] += 1
    found = [
        f"a mark on episode {told[1]} is not as the ledger has it" for told in ((there - known) if not erased else ())
    ]
    return found + [f"the ledger has a mark on episode {told[1]} that the desk has lost" for told in known - there]


def _told(body: dict[str, Json]) -> tuple[Json, ...]:
    quote = body.get("quote") or {"step": None, "text": ""}
    told = (body["episode"], body["step"], body["category"], body["blind"])
    return (*told, quote["step"], quote["text"], body.get("note", ""), body.get("took"))
