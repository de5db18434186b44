"""Families on the desk: which failures share a cause, and by what name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.desk import encode, ledger, marks
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.language import t
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category
from dreamdesk.model.text import one_line

NAME_LIMIT = 120

NAMED = "family-named"
"""The type of the ledger entry."""


def called(title: str) -> str:
    """Return the *title* of a family as it is shown: a name that people gave it, or its kind and tool."""
    kind, dot, tool = title.partition(" · ")
    return one_line(t(kind) + dot + tool, 200)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A located failure whose family is not known, or was found for another error point: what its cause is read from.

    *stamp* names the error point as it stands now. *texts*: what the claim says, its quotes, what followed.
    """

    episode: int
    category: Category
    tool: str
    clause: str
    texts: tuple[str, ...]
    stamp: str


# The error point as it stands: step and category, the newest mark, the best candidate.
_STAMP = """episode.error_step || ' ' || episode.category || ' ' ||
    coalesce((SELECT max(id) FROM mark WHERE mark.episode = episode.id), 0) || ' ' ||
    coalesce((SELECT id FROM candidate WHERE candidate.episode = episode.id AND rank = 1), 0)"""

LOCATED = "live AND error_step IS NOT NULL AND outcome IN ('failed', 'partial')"
"""The failures that can have a family, as SQL over ``episode``."""


def unplaced(db: Connection) -> int:
    """Return how many located failures have no family that fits their error point as it stands now."""
    return int(
        db.execute(
            f"SELECT count(*) FROM episode LEFT JOIN family_member ON family_member.episode = episode.id"  # noqa: S608
            f" WHERE {LOCATED} AND coalesce(cause, '') != {_STAMP}"
        ).fetchone()[0]
    )


def waiting(db: Connection) -> Iterator[Waiting]:
    """Yield the failures that `unplaced` counts, in the order of import."""
    rows = db.execute(
        f"SELECT episode.id, error_step, category, {_STAMP} AS stamp"  # noqa: S608
        " FROM episode LEFT JOIN family_member ON family_member.episode = episode.id"
        f" WHERE {LOCATED} AND coalesce(cause, '') != stamp ORDER BY episode.id"
    ).fetchall()
    for episode, step, category, stamp in rows:
        tool, told = _around(db, episode, step)
        clause, said = _said(db, episode, step)
        yield Waiting(episode, Category(category), tool, clause, (*said, told), stamp)


def _around(db: Connection, episode: int, step: int) -> tuple[str, str]:
    """Return the tool that the turn of *step* calls, "" for none, and the first error within the steps that follow."""
    at = episode << STEP_BITS | step
    tool = told = ""
    rows = db.execute(
        "SELECT kind, tool, is_error, substr(content, 1, 300), actor FROM step WHERE id BETWEEN ? AND ? ORDER BY id",
        (at, min(at + _FOLLOWING, (episode + 1 << STEP_BITS) - 1)),
    ).fetchall()
    for kind, name, is_error, content, actor in rows:
        if kind == "tool_call" and not tool:
            tool = name
        if is_error and not told:
            told = content
        if actor == "user" and (tool or told):
            break
    return tool, told


_FOLLOWING = 4
"""Steps after the error point in which its call and its error are looked for."""


def _said(db: Connection, episode: int, step: int) -> tuple[str, list[str]]:
    """Return the clause that the best candidate at *step* cites, and what is said of it: why, quotes, marks."""
    said: list[str] = []
    clause = ""
    row = db.execute(
        "SELECT why, quotes, citations FROM candidate WHERE episode = ? AND step = ? ORDER BY rank LIMIT 1",
        (episode, step),
    ).fetchone()
    if row is not None:
        said += [row[0], *(quote.text for quote in encode.quotes_in(row[1]))]
        clause = next((c.text for c in encode.citations_in(row[2]) if c.attempt is None), "")
    for mark in marks.of_episode(db, episode):
        if mark.step == step:
            said += [mark.note, mark.quote.text if mark.quote else ""]
    return clause, said


def founders(db: Connection) -> list[tuple[int, Category, str, dict[str, int]]]:
    """Return id, category, tool and founder's words of every family, oldest first."""
    rows = db.execute("SELECT id, category, tool, words FROM family ORDER BY id")
    return [(row[0], Category(row[1]), row[2], json.loads(row[3])) for row in rows]


def found(db: Connection, waits: Waiting, words: dict[str, int]) -> int:
    """Make a family of which *waits* is the founder, in the caller's transaction; return its id, which stays."""
    cursor = db.execute(
        "INSERT INTO family(name, category, tool, clause, words, founded) VALUES('',?,?,?,?,?)",
        (waits.category.value, waits.tool, waits.clause, encode.dump(words), waits.episode),
    )
    return int(cursor.lastrowid or 0)


def join(db: Connection, waits: Waiting, family: int) -> None:
    """Put the episode that waits into *family*, out of any other, in the caller's transaction."""
    db.execute(
        "INSERT INTO family_member(episode, family, cause) VALUES(?,?,?)"
        " ON CONFLICT(episode) DO UPDATE SET family = excluded.family, cause = excluded.cause",
        (waits.episode, family, waits.stamp),
    )


def name(db: Connection, family: int, words: str, actor: str) -> None:
    """Give *family* the name *words* ("" takes it back) and say so in the ledger.

    Raises:
        UserError: there is no such family, or the name is too long.
    """
    words = " ".join(words.split())
    if len(words) > NAME_LIMIT:
        raise UserError(f"The name of a family is at most {NAME_LIMIT} characters long; this one has {len(words)}.")
    with transaction(db):
        row = db.execute("SELECT name FROM family WHERE id = ?", (family,)).fetchone()
        if row is None:
            raise UserError(f"There is no family {family} on this desk.")
        db.execute("UPDATE family SET name = ? WHERE id = ?", (words, family))
        subject = f"family {family}: {row[0] or '(no name)'} → {words or '(no name)'}"
        ledger.append(db, actor, NAMED, {"subject": subject, "family": family, "from": row[0], "to": words})
