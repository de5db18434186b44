"""Patterns: the families of a desk as people see them, and where one episode stands in its family."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dreamdesk.desk import marks, sampling
from dreamdesk.desk.database import Connection
from dreamdesk.desk.families import LOCATED
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.model.decision import Verdict
from dreamdesk.model.finding import Category

BINS = 12
"""Parts that the time between the first and the last episode of the desk is divided into, for trends."""


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


WHEN = "coalesce(started, (SELECT imported_at FROM source WHERE source.id = episode.source))"
"""When an episode ran, or was imported where the trace does not say; as SQL over ``episode``."""


def overview(db: Connection, auditor: str = "") -> Patterns:
    """Return the families as *auditor* may see them; one of which nothing may be seen is left out."""
    rows = db.execute(
        f"SELECT family, episode.id, {WHEN}, coalesce(nullif(agent, ''), model), priority,"  # noqa: S608
        " coalesce(review IN ('approved', 'released', 'rejected'), 0)"
        f" FROM family_member JOIN episode ON episode.id = family_member.episode WHERE {LOCATED}"
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
    failures = db.execute(f"SELECT count(*) FROM episode WHERE {LOCATED}").fetchone()[0]  # noqa: S608
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
        f" WHERE family = ? AND {LOCATED} ORDER BY priority DESC, episode.id",
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
    return Member(row[0], title, place + 1, len(together), following, _first_decision(db, row[0], auditor))


def _undecided(db: Connection, family: int) -> set[int]:
    rows = db.execute(
        "SELECT episode.id FROM family_member JOIN episode ON episode.id = family_member.episode WHERE family = ?"
        " AND coalesce(review NOT IN ('approved', 'released', 'rejected'), 1)",
        (family,),
    )
    return {row[0] for row in rows}


def _first_decision(db: Connection, family: int, auditor: str) -> tuple[Verdict, str, str, str, int] | None:
    """Return the first decision in the family, of those that a second look by *auditor* does not cover."""
    covered = json.dumps(sorted(sampling.covered(db, auditor)))
    row = db.execute(
        "SELECT verdict, decision.auditor, reason, comment, correction.episode FROM decision"
        " JOIN correction ON correction.id = decision.correction"
        " JOIN family_member ON family_member.episode = correction.episode WHERE family = ?"
        " AND correction.id NOT IN (SELECT value FROM json_each(?)) ORDER BY decision.id LIMIT 1",
        (family, covered),
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
