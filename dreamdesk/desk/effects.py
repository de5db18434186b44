"""What came after a bundle: attempts of the same agent before and after it, and the failures of a family among them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dreamdesk.desk import patterns, releases
from dreamdesk.desk.database import Connection

_VERSION = re.compile(r"[\s_@/-]+v?\d+(?:\.\d+)*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tally:
    """Attempts of one agent version, and how many of them failed as the family does."""

    agent: str
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Effect:
    """One family that a bundle addressed.

    Attributes:
        bundle: Number of the first bundle with a correction of the family's; *at*: its release, in ns since 1970.
        before, after: Attempts of the same agents up to the bundle and since, by agent version, most attempts first.
        unlocated: Later failures of these agents whose error point is not known yet: they may belong to the family.
    """

    family: int
    title: str
    bundle: int
    at: int
    before: tuple[Tally, ...]
    after: tuple[Tally, ...]
    unlocated: int


@dataclass(frozen=True, slots=True)
class _Attempt:
    agent: str
    at: int
    family: int | None
    unlocated: bool


def lineage(agent: str) -> str:
    """Return the name of an agent without its version: "support-agent v14" is a support-agent."""
    return _VERSION.sub("", agent.strip()) or agent.strip()


def effects(db: Connection, auditor: str = "") -> list[Effect]:
    """Return the effect on every family that a bundle addressed and *auditor* may see, in the order of the bundles.

    An attempt belongs to the time at which it started, or was imported where the trace does not say.
    """
    addressed = _addressed(db)
    if not addressed:
        return []
    attempts = _attempts(db)
    found = []
    for family in patterns.overview(db, auditor).families:
        if family.id not in addressed:
            continue
        bundle, at, agents = addressed[family.id]
        own = [attempt for attempt in attempts if lineage(attempt.agent) in agents]
        later = [attempt for attempt in own if attempt.at > at]
        found.append(
            Effect(
                family.id,
                family.title,
                bundle,
                at,
                _tallies((attempt for attempt in own if attempt.at <= at), family.id),
                _tallies(later, family.id),
                sum(attempt.unlocated for attempt in later),
            )
        )
    return sorted(found, key=lambda effect: (effect.bundle, effect.family))


def new_families(db: Connection, auditor: str = "") -> list[patterns.Family]:
    """Return the families of which nothing was seen before the last bundle; none before there is a bundle."""
    last = max((release.at for release in releases.all_releases(db)), default=None)
    return [] if last is None else [f for f in patterns.overview(db, auditor).families if f.first > last]


def _addressed(db: Connection) -> dict[int, tuple[int, int, set[str]]]:
    """Return, by family, the first bundle with a correction of it, when that was, and which agents it corrects."""
    found: dict[int, tuple[int, int, set[str]]] = {}
    for release in reversed(releases.all_releases(db)):
        rows = db.execute(
            f"SELECT family, {_AGENT} FROM correction JOIN episode ON episode.id = correction.episode"  # noqa: S608
            " JOIN family_member ON family_member.episode = episode.id"
            " WHERE correction.id IN (SELECT value FROM json_each(?))",
            (json.dumps(release.corrections),),
        )
        for family, agent in rows:
            found.setdefault(family, (release.id, release.at, set()))[2].add(lineage(agent))
    return found


_AGENT = "coalesce(nullif(episode.agent, ''), episode.model)"


def _attempts(db: Connection) -> list[_Attempt]:
    rows = db.execute(
        f"SELECT {_AGENT}, {patterns.WHEN}, family, outcome IN ('failed', 'partial') AND error_step IS NULL"  # noqa: S608
        " FROM episode LEFT JOIN family_member ON family_member.episode = episode.id WHERE live"
    )
    return [_Attempt(row[0], row[1], row[2], bool(row[3])) for row in rows]


def _tallies(attempts: Iterable[_Attempt], family: int) -> tuple[Tally, ...]:
    counts, failures = Counter[str](), Counter[str]()
    for attempt in attempts:
        counts[attempt.agent] += 1
        failures[attempt.agent] += attempt.family == family
    return tuple(Tally(agent, count, failures[agent]) for agent, count in counts.most_common())
