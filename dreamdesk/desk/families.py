"""Families on the desk: which failures share a cause, by what name, and what became of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dreamdesk.desk import encode, ledger, marks
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category

BINS = 12
"""Parts that the time between the first and the last episode of the desk is divided into, for trends."""
NAME_LIMIT = 120

NAMED = "family-named"
"""The type of the ledger entry."""


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


@dataclass(frozen=True, slots=True)
class Family:
    """One family as people see it.

    Attributes:
        name: The officer's name for it, or "".
        words: Words that tell it from its like.
        size: Its episodes that the reader may see; *hidden*: those whose desk's view is withheld from them.
        decided: How many of *size* are approved, released or rejected.
        times: Episodes per part of the desk's time span, `BINS` of them; *first* and *last* in nanoseconds since 1970.
        agents: Episodes by agent, most first.
        example: The episode that reads first: the one with the highest priority.
    """

    id: int
    name: str
    category: Category
    tool: str
    clause: str
    words: tuple[str, ...]
    size: int
    hidden: int
    decided: int
    times: tuple[int, ...]
    first: int
    last: int
    agents: tuple[tuple[str, int], ...]
    example: int
    example_title: str

    @property
    def title(self) -> str:
        """What it is called: the officer's name, else its kind and tool."""
        return self.name or self.category.title + (f" · {self.tool}" if self.tool else "")

    @property
    def severity(self) -> str:
        """How bad its kind of error is: high, medium or low."""
        return SEVERITY[self.category]


@dataclass(frozen=True, slots=True)
class Patterns:
    """All families, largest first, and what they are a part of; *edges*: the `BINS` + 1 limits of the time span."""

    families: tuple[Family, ...]
    failures: int
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Where one episode stands in its family.

    *place* of *size*, from 1; *following*: the next episode of it that waits for a decision, or None. *first*: the
    first decision in the family: verdict, auditor, reason code, comment and episode; None before there is one.
    """

    family: int
    title: str
    place: int
    size: int
    following: int | None
    first: tuple[Verdict, str, str, str, int] | None


# The error point as it stands: step and category, the newest mark, the best candidate.
_STAMP = """episode.error_step || ' ' || episode.category || ' ' ||
    coalesce((SELECT max(id) FROM mark WHERE mark.episode = episode.id), 0) || ' ' ||
    coalesce((SELECT id FROM candidate WHERE candidate.episode = episode.id AND rank = 1), 0)"""

_LOCATED = "live AND error_step IS NOT NULL AND outcome IN ('failed', 'partial')"


def unplaced(db: Connection) -> int:
    """Return how many located failures have no family that fits their error point as it stands now."""
    return int(
        db.execute(
            f"SELECT count(*) FROM episode LEFT JOIN family_member ON family_member.episode = episode.id"  # noqa: S608
            f" WHERE {_LOCATED} AND coalesce(cause, '') != {_STAMP}"
        ).fetchone()[0]
    )


def waiting(db: Connection) -> Iterator[Waiting]:
    """Yield the failures that `unplaced` counts, in the order of import."""
    rows = db.execute(
        f"SELECT episode.id, error_step, category, {_STAMP} AS stamp"  # noqa: S608
        " FROM episode LEFT JOIN family_member ON family_member.episode = episode.id"
        f" WHERE {_LOCATED} AND coalesce(cause, '') != stamp ORDER BY episode.id"
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


WHEN = "coalesce(started, (SELECT imported_at FROM source WHERE source.id = episode.source))"


def patterns(db: Connection, auditor: str = "") -> Patterns:
    """Return the families as *auditor* may see them; one of which nothing may be seen is left out."""
    rows = db.execute(
        f"SELECT family, episode.id, {WHEN}, coalesce(nullif(agent, ''), model), priority,"  # noqa: S608
        " coalesce(review IN ('approved', 'released', 'rejected'), 0)"
        f" FROM family_member JOIN episode ON episode.id = family_member.episode WHERE {_LOCATED}"
    ).fetchall()
    secret = marks.withheld(db, [row[1] for row in rows], auditor)
    begin, end = min((row[2] for row in rows), default=0), max((row[2] for row in rows), default=0)
    edges = tuple(begin + (end - begin) * place // BINS for place in range(BINS + 1))
    members: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        members.setdefault(row[0], []).append(row)
    kinds = {row[0]: row[1:] for row in db.execute("SELECT id, name, category, tool, clause, words FROM family")}
    like: dict[tuple[str, str], Counter[str]] = {}
    for family in members:
        like.setdefault((kinds[family][1], kinds[family][2]), Counter()).update(json.loads(kinds[family][4]))
    made = []
    for family, all_rows in members.items():
        seen = [row for row in all_rows if row[1] not in secret]
        if not seen:
            continue
        times = [0] * BINS
        for row in seen:
            times[min(BINS - 1, (row[2] - begin) * BINS // max(1, end - begin))] += 1
        best = min(seen, key=lambda row: (-row[4], row[1]))
        label, category, tool, clause, words = kinds[family]
        made.append(
            Family(
                id=family,
                name=label,
                category=Category(category),
                tool=tool,
                clause=clause,
                words=_telling(json.loads(words), like[category, tool]),
                size=len(seen),
                hidden=len(all_rows) - len(seen),
                decided=sum(row[5] for row in seen),
                times=tuple(times),
                first=min(row[2] for row in seen),
                last=max(row[2] for row in seen),
                agents=tuple(Counter(row[3] for row in seen).most_common()),
                example=best[1],
                example_title=db.execute("SELECT title FROM episode WHERE id = ?", (best[1],)).fetchone()[0],
            )
        )
    made.sort(key=lambda family: (-family.size, family.id))
    failures = db.execute(f"SELECT count(*) FROM episode WHERE {_LOCATED}").fetchone()[0]  # noqa: S608
    return Patterns(tuple(made), failures, edges)


def _telling(founder: dict[str, int], like: Counter[str]) -> tuple[str, ...]:
    """Return the three words of *founder* that fewest families of its kind and tool share, the most frequent first.

    None where the family is the only one of its kind and tool, which already tell it from others.
    """
    if all(count == 1 for count in like.values()):
        return ()
    plain = [word for word in founder if not word.startswith("§")]
    return tuple(sorted(plain, key=lambda word: (like[word], -founder[word], word))[:3])


def members(db: Connection, family: int) -> list[int]:
    """Return the episodes of *family*, those that read first before the others."""
    rows = db.execute(
        "SELECT episode.id FROM family_member JOIN episode ON episode.id = family_member.episode"  # noqa: S608
        f" WHERE family = ? AND {_LOCATED} ORDER BY priority DESC, episode.id",
        (family,),
    )
    return [row[0] for row in rows]


def open_members(db: Connection, family: int, auditor: str) -> list[int]:
    """Return the `members` of *family* whose desk's view is not withheld from *auditor*."""
    together = members(db, family)
    secret = marks.withheld(db, together, auditor)
    return [episode for episode in together if episode not in secret]


def next_open(db: Connection, family: int, auditor: str) -> int | None:
    """Return the first of the `open_members` that waits for a decision, else the first of them, None for none."""
    together = open_members(db, family, auditor)
    undecided = _undecided(db, family)
    return next((episode for episode in together if episode in undecided), next(iter(together), None))


def member(db: Connection, episode: int, auditor: str = "") -> Member | None:
    """Return where *episode* stands in its family, or None where it has none or is alone in it.

    Episodes whose desk's view is withheld from *auditor* are left out.
    """
    row = db.execute(
        "SELECT family.id, name, category, tool FROM family_member JOIN family ON family.id = family"
        " WHERE family_member.episode = ?",
        (episode,),
    ).fetchone()
    if row is None:
        return None
    together = open_members(db, row[0], auditor)
    if len(together) < 2 or episode not in together:
        return None
    place = together.index(episode)
    open_ones = _undecided(db, row[0])
    following = next((other for other in together[place + 1 :] + together[:place] if other in open_ones), None)
    title = row[1] or Category(row[2]).title + (f" · {row[3]}" if row[3] else "")
    return Member(row[0], title, place + 1, len(together), following, _first_decision(db, row[0]))


def _undecided(db: Connection, family: int) -> set[int]:
    rows = db.execute(
        "SELECT episode.id FROM family_member JOIN episode ON episode.id = family_member.episode WHERE family = ?"
        " AND coalesce(review NOT IN ('approved', 'released', 'rejected'), 1)",
        (family,),
    )
    return {row[0] for row in rows}


def _first_decision(db: Connection, family: int) -> tuple[Verdict, str, str, str, int] | None:
    row = db.execute(
        "SELECT verdict, decision.auditor, reason, comment, correction.episode FROM decision"
        " JOIN correction ON correction.id = decision.correction"
        " JOIN family_member ON family_member.episode = correction.episode WHERE family = ?"
        " ORDER BY decision.id LIMIT 1",
        (family,),
    ).fetchone()
    return None if row is None else (Verdict(row[0]), *row[1:])


def listed(found: Patterns) -> Sequence[dict[str, Any]]:
    """Return the families as rows for scripts."""
    return [
        {
            "id": family.id,
            "title": family.title,
            "category": family.category.value,
            "tool": family.tool,
            "clause": family.clause,
            "words": list(family.words),
            "severity": family.severity,
            "size": family.size,
            "share": round(family.size / found.failures, 4) if found.failures else 0.0,
            "decided": family.decided,
            "hidden": family.hidden,
            "trend": list(family.times),
            "first": family.first,
            "last": family.last,
            "agents": dict(family.agents),
            "example": family.example,
        }
        for family in found.families
    ]
