"""The queue: which episodes wait for whom, worst first, as ids for a list of any length and rows for what is shown."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from dreamdesk.desk import findings, incidents, marks, reservations, sampling, search, settings
from dreamdesk.desk.database import Connection
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.desk.narrowing import Narrowing
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.finding import Category

EVERYTHING = Narrowing()


class Tab(Enum):
    """The parts of the queue."""

    REVIEW = "review"
    MINE = "mine"
    SECOND = "second"
    QUALITY = "quality"
    ESCALATED = "escalated"
    RETURNED = "returned"
    HELD = "held"
    STALE = "stale"
    INCIDENT = "incident"
    APPROVED = "approved"
    REJECTED = "rejected"
    UNCORRECTED = "uncorrected"
    ALL = "all"

    @property
    def title(self) -> str:
        """The name that people see."""
        return _TITLES[self]


_TITLES = {
    Tab.REVIEW: "To review",
    Tab.MINE: "Mine",
    Tab.SECOND: "Second opinion",
    Tab.QUALITY: "Quality control",
    Tab.ESCALATED: "Escalated",
    Tab.RETURNED: "Returned",
    Tab.HELD: "On hold",
    Tab.STALE: "Stale",
    Tab.INCIDENT: "Incidents",
    Tab.APPROVED: "Approved",
    Tab.REJECTED: "Rejected",
    Tab.UNCORRECTED: "No correction",
    Tab.ALL: "All",
}

_STATES = {
    Tab.REVIEW: ("proposed", "amended"),
    Tab.SECOND: ("second",),
    Tab.ESCALATED: ("escalated",),
    Tab.RETURNED: ("returned",),
    Tab.HELD: ("held",),
    Tab.STALE: ("stale",),
    Tab.APPROVED: ("approved", "released"),
    Tab.REJECTED: ("rejected",),
}
_DECIDED = (Tab.APPROVED, Tab.REJECTED, Tab.SECOND, Tab.ESCALATED, Tab.RETURNED, Tab.HELD, Tab.MINE)
_UNCORRECTED = ("failed", "partial")
"""Outcomes that ask for a correction."""

_WAITING = (Tab.REVIEW, Tab.SECOND, Tab.ESCALATED, Tab.RETURNED, Tab.HELD)
# Whose outcome was changed on this desk to one that is no failure leaves the lists of what waits for a decision.
_MENDED = f"outcome NOT IN {_UNCORRECTED} AND id IN (SELECT episode FROM own_outcome)"  # noqa: S608

_WHERE = {
    **{tab: f"review IN ({', '.join(map(repr, states))})" for tab, states in _STATES.items()},
    Tab.UNCORRECTED: f"review IS NULL AND outcome IN {_UNCORRECTED}",
    Tab.ALL: "1",
}
# A hold whose day has come waits for a decision again, and the hold is in the way no longer.
_DUE = (
    "(review = 'held' AND EXISTS (SELECT 1 FROM decision WHERE decision.correction = episode.correction"
    " AND until <= CAST(strftime('%s') AS INTEGER) * 1000000000 AND id ="
    " (SELECT max(id) FROM decision AS last WHERE last.correction = episode.correction)))"
)
_WHERE[Tab.REVIEW] = f"review IN ('proposed', 'amended', 'held') AND (review != 'held' OR {_DUE})"
_WHERE[Tab.HELD] += f" AND NOT {_DUE}"
_WHERE |= {tab: f"{_WHERE[tab]} AND NOT ({_MENDED})" for tab in _WAITING}
_WHERE[Tab.INCIDENT] = "id IN (SELECT episode FROM incident WHERE closed IS NULL)"
# What this auditor has in review, was sent back as its author, or put on hold or passed on.
_WHERE[Tab.MINE] = (
    "correction IS NOT NULL AND (correction IN (SELECT correction FROM reservation WHERE auditor = :auditor"
    " AND until > CAST(strftime('%s') AS INTEGER) * 1000000000)"
    " OR (review IN ('returned', 'amended') AND :auditor = (SELECT author FROM revision"
    " WHERE revision.correction = episode.correction ORDER BY number DESC LIMIT 1))"
    " OR (review IN ('held', 'escalated') AND :auditor = (SELECT auditor FROM decision"
    " WHERE decision.correction = episode.correction ORDER BY id DESC LIMIT 1)))"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. *severity* is "high", "medium", "low" or "" (nothing located yet).

    *hidden*: the desk's view is not shown to the one who looks before they mark; see `veiled`.
    *found*: the words of a step in which what was looked for stands. *reserved*: the auditor who has the case in
    review; *incident*: how long the clock of its open incident still runs.
    """

    episode: int
    title: str
    agent: str
    model: str
    outcome: OutcomeState
    category: Category | None
    steps: int
    error: int | None
    probability: float | None
    severity: str
    correction: int | None
    state: ReviewState | None
    source: str
    hidden: bool = False
    found: str = ""
    reserved: str = ""
    incident: str = ""

    @property
    def stage(self) -> str:
        """Where the episode stands, in a word: imported, located, or where its correction stands."""
        if self.state is None:
            return "imported" if self.error is None else "located"
        waits = self.state in (ReviewState.PROPOSED, ReviewState.AMENDED)
        return ReviewState.IN_REVIEW.called if waits and self.reserved else self.state.called


def ids(
    db: Connection,
    tab: Tab,
    text: str = "",
    auditor: str = "",
    spoken: Collection[int] | None = None,
    narrowing: Narrowing = EVERYTHING,
) -> array[int]:
    """Return the episode ids of *tab*, worst first; with *text* those that hold it in their heading or in a step.

    Args:
        db: The desk.
        tab: The part of the queue.
        text: What is looked for; title, agent and model may hold it anywhere, a step as words. A space at its end says
            that the last word is whole.
        auditor: Who looks. The second-opinion tab leaves out what this auditor has decided already, or wrote; `MINE`
            and `QUALITY` are empty for nobody.
        spoken: What `search.episodes` found of *text*, when it was asked already.
        narrowing: What else they must be, and another order; `QUALITY` keeps its own.
    """
    if tab is Tab.QUALITY:
        # In the order of the auditor's own draw, which is not the one in which the first looks were taken.
        looks = dict.fromkeys(look.episode for look in sampling.waiting(db, auditor)) if auditor else {}
        there = set(ids(db, Tab.ALL, text, auditor, spoken, narrowing)) if looks else set()
        return array("q", (episode for episode in looks if episode in there))
    # Incidents are few and looked up one by one: the + keeps SQLite from reading an index of all episodes instead.
    live = "+live = 1" if tab is Tab.INCIDENT else "live = 1"
    clauses, values = [f"{live} AND {_WHERE[tab]}"], {"auditor": auditor}
    if text:
        spoken = search.episodes(db, text) if spoken is None else spoken
        pattern = "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        named = " OR ".join(f"{column} LIKE :pattern ESCAPE '\\'" for column in ("title", "agent", "model"))
        clauses.append(f"({named} OR id IN (SELECT value FROM json_each(:spoken)))")  # noqa: S608
        values |= {"pattern": pattern, "spoken": json.dumps(list(spoken))}
    if auditor and tab is Tab.SECOND:
        clauses.append(_UNDECIDED)
    covered = sampling.covered_episodes(db, auditor) if tab in _DECIDED or narrowing.risks else ()
    values["covered"] = json.dumps(list(covered))
    secret = "id IN (SELECT value FROM json_each(:covered))" if covered else "0"
    if tab in _DECIDED:
        # Which list a decision stands in must not tell it to whoever may look at it a second time.
        clauses.append(f"NOT {secret}")
    more, wanted = narrowing.clauses(f"({secret} OR {marks.withholding(db)})")
    where = " AND ".join([*clauses, *more])
    # One text of all ids: a row for each would take longer than finding them.
    query = f"SELECT json_group_array(id) FROM (SELECT id FROM episode WHERE {where} ORDER BY {narrowing.sort.order})"  # noqa: S608
    return array("q", json.loads(db.execute(query, values | wanted).fetchone()[0]))


_UNDECIDED = """NOT EXISTS (SELECT 1 FROM decision WHERE decision.correction = episode.correction
    AND decision.auditor = :auditor AND decision.revision =
    (SELECT max(number) FROM revision WHERE revision.correction = episode.correction))
    AND NOT EXISTS (SELECT 1 FROM revision WHERE revision.correction = episode.correction AND author = :auditor)"""


def counts(db: Connection, auditor: str = "") -> dict[Tab, int]:
    """Return how many episodes each tab holds."""
    found = dict.fromkeys(Tab, 0)
    query = "SELECT review, outcome, count(*) FROM episode WHERE live = 1 GROUP BY review, outcome"
    for review, outcome, number in db.execute(query):  # the index holds all of it, in this order
        found[Tab.ALL] += number
        for tab, states in _STATES.items():
            found[tab] += number if review in states else 0
        found[Tab.UNCORRECTED] += number if review is None and outcome in _UNCORRECTED else 0
    mended = f"SELECT review, count(*) FROM episode WHERE +live = 1 AND {_MENDED} GROUP BY review"  # noqa: S608
    for review, number in db.execute(mended):
        for tab in _WAITING:
            found[tab] -= number if review in _STATES[tab] else 0
    found[Tab.INCIDENT] = len(ids(db, Tab.INCIDENT))
    query = f"SELECT count(*) FROM episode WHERE live = 1 AND {_DUE} AND NOT ({_MENDED})"  # noqa: S608
    due = db.execute(query).fetchone()[0] if found[Tab.HELD] else 0
    found[Tab.REVIEW] += due
    found[Tab.HELD] -= due
    if auditor:
        found |= {tab: len(ids(db, tab, auditor=auditor)) for tab in (Tab.MINE, Tab.QUALITY)}
        found[Tab.SECOND] = len(ids(db, Tab.SECOND, auditor=auditor))
    if sampling.covered(db, auditor):
        found |= {tab: len(ids(db, tab, auditor=auditor)) for tab in _DECIDED}
    return found


def rows(db: Connection, episodes: Sequence[int]) -> list[Row]:
    """Return the rows of *episodes*, in that order; an id that is not on the desk is left out."""
    marks = ",".join("?" * len(episodes))
    found = {
        row[0]: row
        for row in db.execute(
            "SELECT episode.id, title, agent, model, outcome, category, steps, error_step, probability, correction,"  # noqa: S608
            f" review, name FROM episode JOIN source ON source.id = episode.source WHERE episode.id IN ({marks})",
            list(episodes),
        )
    }
    held = reservations.of_corrections(db, [row[9] for row in found.values() if row[9] is not None])
    clocks = {one.episode: one.clock(time.time_ns()) for one in incidents.open_of(db, list(found))}
    return [
        replace(
            _row(found[identity]),
            reserved=held[number].auditor if (number := found[identity][9]) in held else "",
            incident=clocks.get(identity, ""),
        )
        for identity in episodes
        if identity in found
    ]


def with_hits(db: Connection, found: Sequence[Row], text: str, steps: Mapping[int, int | None]) -> list[Row]:
    """Return *found* with the words of the steps, as `search.episodes` gave them, in which *text* stands."""
    chosen = {row.episode: steps[row.episode] for row in found if row.episode in steps}
    words = {hit.episode: hit.excerpt for hit in search.excerpts(db, text, chosen)}
    return [replace(row, found=words.get(row.episode, "")) for row in found]


def veiled(db: Connection, found: Sequence[Row], auditor: str) -> list[Row]:
    """Return *found* as *auditor* ("" for nobody) may see them: hidden where they mark first.

    Where the desk requires a mark, nothing of the desk's view is left in a hidden row; where a second look waits that
    may be theirs, nothing of the first decision.
    """
    found = _covered(db, found, auditor)
    secret = marks.hidden(db, [row.episode for row in found], auditor)
    nothing: dict[str, Any] = {}
    if marks.mode(db) == settings.REQUIRED:
        nothing = {"category": None, "error": None, "probability": None, "severity": ""}
    return [replace(row, hidden=True, **nothing) if row.episode in secret else row for row in found]


def _covered(db: Connection, found: Sequence[Row], auditor: str) -> list[Row]:
    """Return *found* with what the first auditor said taken out of those at which a second look waits."""
    secret = sampling.covered_episodes(db, auditor)
    rows = []
    for row in found:
        if row.episode in secret:
            seen = next(iter(findings.as_seen_by(db, row.episode, auditor)), None)
            row = replace(
                row,
                state=ReviewState.PROPOSED,
                category=seen.category if seen else None,
                error=seen.step if seen else None,
                probability=seen.probability if seen else None,
                severity=SEVERITY[seen.category] if seen else "",
            )
        rows.append(row)
    return rows


def _row(
    row: tuple[int, str, str, str, str, str | None, int, int | None, float | None, int | None, str | None, str],
) -> Row:
    category = Category(row[5]) if row[5] else None
    return Row(
        episode=row[0],
        title=row[1],
        agent=row[2],
        model=row[3],
        outcome=OutcomeState(row[4]),
        category=category,
        steps=row[6],
        error=row[7],
        probability=row[8],
        severity=SEVERITY[category] if category else "",
        correction=row[9],
        state=ReviewState(row[10]) if row[10] else None,
        source=row[11],
    )
