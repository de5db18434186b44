"""Marks: where auditors say that an episode went wrong, and when they looked at the desk's view of it.

A mark is frozen: the schema refuses to change or delete one, and a later mark of the same auditor is a second mark.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dreamdesk.desk import ledger, settings
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
    return db.execute(f"SELECT episode, {_COLUMNS} FROM mark {where} ORDER BY id", values)  # noqa: S608


def _mark(row: tuple[Json, ...]) -> Mark:
    auditor, step, category, at, blind, quote_step, quote, note, took = row
    words = Quote(quote_step, quote) if quote_step is not None else None
    return Mark(auditor, step, Category(category), at, bool(blind), words, note, took)


def add(
    db: Connection,
    episode: int,
    auditor: str,
    step: int | None,
    category: Category,
    *,
    hidden: bool,
    quote: Quote | None = None,
    note: str = "",
    took: int | None = None,
) -> Mark:
    """Record a mark and its entry in the transaction that the caller has open.

    It is blind if the desk's view was *hidden* from the auditor until now: no earlier mark, and no look at it.
    """
    blind = hidden and not (knows(db, episode, auditor) or knows(db, episode, ANYONE))
    mark = Mark(auditor, step, category, time.time_ns(), blind, quote, note, took)
    db.execute(
        "INSERT INTO mark(episode, auditor, step, category, at, blind, quote_step, quote, note, took)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            episode,
            auditor,
            step,
            category.value,
            mark.at,
            blind,
            quote.step if quote else None,
            quote.text if quote else "",
            note,
            took,
        ),
    )
    subject = f"episode {episode}: {mark.words}{' (blind)' if blind else ''}"
    ledger.append(db, auditor, MARKED, {"subject": subject, "auditor": auditor, **_body(episode, mark)})
    return mark


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


def known_to(db: Connection, auditor: str) -> frozenset[int]:
    """Return the episodes that *auditor* has marked or looked at; none for nobody."""
    query = "SELECT episode FROM mark WHERE auditor = ?1 UNION SELECT episode FROM reveal WHERE auditor = ?1"
    return frozenset(row[0] for row in db.execute(query, (auditor,))) if auditor else frozenset()


JUDGED = "review IN ('approved', 'released', 'rejected')"
"""Episodes that are decided: what the desk thought of them is no secret any more. As SQL over ``episode``."""


def withheld(db: Connection, auditor: str) -> frozenset[int]:
    """Return the episodes whose desk's view *auditor* ("" for nobody) must not see yet, by the desk's own setting.

    Only where a mark is required: those yet to be judged that the auditor has not marked.
    """
    if settings.get(db, settings.BLIND_MARK) != settings.REQUIRED:
        return frozenset()
    undecided = db.execute(f"SELECT id FROM episode WHERE live AND coalesce(NOT ({JUDGED}), 1)")  # noqa: S608
    return frozenset(row[0] for row in undecided) - known_to(db, auditor)


def withholds(db: Connection, episode: int, auditor: str) -> bool:
    """Tell whether *episode* is one of those `withheld` from *auditor*."""
    if settings.get(db, settings.BLIND_MARK) != settings.REQUIRED or (auditor and knows(db, episode, auditor)):
        return False
    row = db.execute(f"SELECT coalesce({JUDGED}, 0) FROM episode WHERE id = ?", (episode,)).fetchone()  # noqa: S608
    return row is not None and not row[0]


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
    """Return where the marks differ from *entered*, the bodies of their ledger entries; *erased*: some of those are gone.

    A mark that the ledger does not know is a fault; while bodies are erased it may have been one of theirs.
    """
    known = Counter(_told(body) for body in entered)
    there = Counter(_told({"auditor": mark.auditor, **_body(episode, mark)}) for episode, mark in every(db))
    found = [f"a mark on episode {told[0]} is not as the ledger has it" for told in (there - known if not erased else ())]
    return found + [f"the ledger has a mark on episode {told[0]} that the desk has lost" for told in known - there]


def _told(body: dict[str, Json]) -> tuple[Json, ...]:
    quote = body.get("quote") or {"step": None, "text": ""}
    told = (body["episode"], body["step"], body["category"], body["blind"])
    return (*told, quote["step"], quote["text"], body.get("note", ""), body.get("took"))
