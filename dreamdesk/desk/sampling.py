"""Sampling plans and second looks on the desk: what was drawn from what, and what the second auditor said of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dreamdesk.desk import ledger, rules
from dreamdesk.desk.database import Connection
from dreamdesk.desk.ledger import Entry
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.errors import UserError

PLANNED = "sampling-planned"
LOOKED = "second-look"
"""The types of their entries in the ledger."""

HARMLESS = ("revision-added",)
"""Types of entries about a correction that do not tell what somebody said of it."""
MARKED = "error-point-marked"

COVERED = "(covered until the second look is signed)"
"""What stands in the ledger instead, for whoever may take that look."""

DECIDED = ("approved", "released", "rejected")
"""States of what can be looked at a second time."""


@dataclass(frozen=True, slots=True)
class Item:
    """One decided correction that a lot may hold.

    *name* is known across desks: digests of revision, episode and source. *verdict* is what was decided.
    """

    name: str
    episode: int
    correction: int
    revision: int
    verdict: Verdict
    priority: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A sampling plan as it was made; *body* holds terms, seed, strata and sizes, *lot* the lines of the whole lot."""

    id: int
    at: int
    auditor: str
    body: dict[str, Json]
    lot: str


@dataclass(frozen=True, slots=True)
class Look:
    """One item of a sample. *first* and *second* are the verdicts, *auditor* and *at* the second's; None until then."""

    id: int
    plan: int
    name: str
    correction: int
    revision: int
    episode: int
    first: Verdict | None = None
    second: Verdict | None = None
    auditor: str | None = None
    at: int | None = None

    @property
    def overturned(self) -> bool | None:
        """Whether the second auditor decided otherwise; None where nobody has looked yet."""
        return None if self.second is None else self.second is not self.first


_STANDING = """(SELECT verdict FROM decision WHERE decision.correction = correction.id
    AND decision.revision = revision.number AND sshsig != '' ORDER BY at DESC, decision.id DESC LIMIT 1)"""


def decided(db: Connection, states: Sequence[str] = DECIDED) -> list[Item]:
    """Return the decided corrections in these states, by their names; known-bad ones are never among them.

    Left out is what stood in the lot of an earlier plan: a lot is judged once.
    """
    marks = ",".join("?" * len(states))
    known = {line.split(" ", 1)[1] for plan in plans(db) for line in plan.lot.splitlines()}
    rows = db.execute(
        "SELECT revision.digest, episode.sha256, source.sha256, key, episode.id, correction.id, revision.number,"  # noqa: S608
        f" {_STANDING} AS verdict, priority"
        " FROM correction JOIN revision ON revision.correction = correction.id"
        " AND number = (SELECT max(number) FROM revision AS newer WHERE newer.correction = correction.id)"
        " JOIN episode ON episode.id = correction.episode JOIN source ON source.id = episode.source"
        f" WHERE correction.state IN ({marks}) AND correction.id NOT IN (SELECT correction FROM sealed)"
        " AND verdict IN ('approve', 'reject') ORDER BY revision.digest, correction.id",
        list(states),
    )
    items = [Item(_name(*row[:4]), row[4], row[5], row[6], Verdict(row[7]), row[8]) for row in rows]
    return [item for item in items if item.name not in known]


def _name(revision: str, episode: str, source: str, key: str) -> str:
    """Return the name of a revision: its digest, then those of the episode's bytes, the source, the episode's key."""
    return f"{revision}:{episode}:{source}:{sha256(key.encode())[:16]}"


def add_plan(db: Connection, by: rules.Key, body: dict[str, Json], lot: str, sample: Sequence[Item]) -> int:
    """Keep a plan and its sample, with a signed ledger entry that holds *body*, in the caller's transaction."""
    at = time.time_ns()
    cursor = db.execute(
        "INSERT INTO sampling_plan(at, auditor, body, lot) VALUES(?,?,?,?)",
        (at, by.auditor.name, canonical(body).decode(), lot),
    )
    plan = int(cursor.lastrowid or 0)
    for item in sample:
        db.execute(
            "INSERT INTO second_look(plan, item, correction, revision) VALUES(?,?,?,?)",
            (plan, item.name, item.correction, item.revision),
        )
    said = f"plan {plan}: {len(sample)} of {body['lot']['size']} decisions for a second look"
    rules.sign_entry(db, by, PLANNED, {"subject": said, "plan": plan, **body})
    return plan


def plans(db: Connection) -> tuple[Plan, ...]:
    """Return the plans, oldest first."""
    rows = db.execute("SELECT id, at, auditor, body, lot FROM sampling_plan ORDER BY id")
    return tuple(Plan(row[0], row[1], row[2], json.loads(row[3]), row[4]) for row in rows)


def plan(db: Connection, identity: int) -> Plan:
    """Return the plan with this id.

    Raises:
        UserError: there is none.
    """
    for one in plans(db):
        if one.id == identity:
            return one
    raise UserError(f"There is no sampling plan {identity} on this desk.")


_LOOKS = """SELECT second_look.id, plan, item, second_look.correction, second_look.revision, correction.episode, first,
    second_decision.verdict, second_decision.auditor, second_decision.at
    FROM second_look JOIN correction ON correction.id = second_look.correction
    LEFT JOIN second_decision ON look = second_look.id"""


def looks(db: Connection, plan: int | None = None) -> tuple[Look, ...]:
    """Return the items of *plan*, of all plans when None, in the order of the draw."""
    rows = db.execute(f"{_LOOKS} WHERE plan = coalesce(?, plan) ORDER BY second_look.id", (plan,))
    return tuple(map(_look, rows))


def _look(row: tuple[int, int, str, int, int, int, str | None, str | None, str | None, int | None]) -> Look:
    return Look(*row[:6], Verdict(row[6]) if row[6] else None, Verdict(row[7]) if row[7] else None, *row[8:])


_MAY_NOT = """(SELECT 1 FROM decision WHERE decision.correction = second_look.correction
        AND decision.revision = second_look.revision AND decision.auditor = :auditor
    UNION ALL SELECT 1 FROM revision WHERE revision.correction = second_look.correction
        AND revision.author = :auditor AND :auditor != '')"""


def waiting(db: Connection, auditor: str) -> tuple[Look, ...]:
    """Return the looks that *auditor* may take: nobody has signed them, and they are neither the first nor the author.

    The order is another for each auditor and each plan, and not that of the first review: by the digest of both.
    """
    rows = db.execute(f"{_LOOKS} WHERE second_decision.look IS NULL AND NOT EXISTS{_MAY_NOT}", {"auditor": auditor})
    return tuple(sorted(map(_look, rows), key=lambda look: sha256(f"{auditor} {look.plan} {look.name}".encode())))


def covered(db: Connection, auditor: str) -> frozenset[int]:
    """Return the corrections whose decisions *auditor* ("" for nobody) must not see, since a second look waits.

    That is everyone who may take it: all but the first auditors, the authors, and those whose role does not decide.
    """
    role = db.execute("SELECT role FROM auditor WHERE name = ?", (auditor,)).fetchone()
    if role and role[0] in ("reader", "author", "administrator"):
        return frozenset()
    return frozenset(look.correction for look in waiting(db, auditor))


def covered_episodes(db: Connection, auditor: str) -> frozenset[int]:
    """Return the episodes of the corrections that are `covered`."""
    chosen = covered(db, auditor)
    marks = ",".join("?" * len(chosen))
    rows = db.execute(f"SELECT episode FROM correction WHERE id IN ({marks})", list(chosen))  # noqa: S608
    return frozenset(row[0] for row in rows)


def parties(db: Connection, correction: int, revision: int) -> frozenset[str]:
    """Return who must not decide on a revision on which two looks differ: both auditors and the authors; else nobody.

    The schema refuses it too.
    """
    rows = db.execute(
        "SELECT second.auditor, second.at FROM second_look AS look JOIN second_decision AS second"
        " ON second.look = look.id WHERE correction = ? AND revision = ? AND second.verdict != second.first",
        (correction, revision),
    ).fetchall()
    found = {row[0] for row in rows}
    for _, at in rows:
        query = "SELECT auditor FROM decision WHERE correction = ? AND revision = ? AND at <= ?"
        found.update(row[0] for row in db.execute(query, (correction, revision, at)))
        found.update(row[0] for row in db.execute("SELECT author FROM revision WHERE correction = ?", (correction,)))
    return frozenset(found)


def without_first(db: Connection, entries: Sequence[Entry], auditor: str) -> list[Entry]:
    """Return *entries* of the ledger as *auditor* may read them: what a second look must not know is left out."""
    secret, episodes = covered(db, auditor), covered_episodes(db, auditor)
    if not secret:
        return list(entries)
    about = ledger.corrections_of(db, [entry.seq for entry in entries if entry.type not in HARMLESS])

    def tells(entry: Entry) -> bool:
        correction, episode = about.get(entry.seq, (None, None))
        return correction in secret or (entry.type == MARKED and episode in episodes)

    return [replace(entry, subject=COVERED) if tells(entry) else entry for entry in entries]


def standing(db: Connection, look: Look) -> Verdict:
    """Return the verdict that stands on the revision of *look*: what the second one is compared with.

    Raises:
        UserError: nothing decided stands any more, since the revision was decided otherwise after the draw.
    """
    row = db.execute(
        "SELECT verdict FROM decision WHERE correction = ? AND revision = ? AND sshsig != ''"
        " ORDER BY at DESC, id DESC LIMIT 1",
        (look.correction, look.revision),
    ).fetchone()
    if row is None or row[0] not in ("approve", "reject"):
        raise UserError(f"Correction {look.correction} was decided otherwise since the draw; no second look is needed.")
    return Verdict(row[0])


def add_look(db: Connection, look: Look, first: Verdict, decision: Decision) -> None:
    """Keep the second auditor's signed *decision* beside the *first* verdict, in the caller's transaction."""
    db.execute(
        "INSERT INTO second_decision VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            *(look.id, first.value, decision.verdict.value, decision.reason, decision.comment, decision.auditor),
            *(decision.at, decision.statement, decision.sshsig, decision.envelope),
        ),
    )
    same = "as the first" if decision.verdict is first else "not as the first"
    ledger.append(
        db,
        decision.auditor,
        LOOKED,
        {
            "subject": f"second look at correction {look.correction}, revision {look.revision}: {same}",
            "look": look.id,
            "plan": look.plan,
            "correction": look.correction,
            "revision": look.revision,
            "first": first.value,
            "verdict": decision.verdict.value,
            "statement": sha256(decision.statement),
            "signature": sha256(decision.sshsig.encode()),
        },
    )


def signed(db: Connection) -> list[tuple[Look, Decision]]:
    """Return the second looks that were signed, each with its decision, oldest first."""
    rows = db.execute(
        "SELECT look, verdict, reason, comment, auditor, at, statement, sshsig, envelope FROM second_decision"
        " ORDER BY at, look"
    ).fetchall()
    by_id = {look.id: look for look in looks(db)}
    found = []
    for row in rows:
        look = by_id[row[0]]
        words = (Verdict(row[1]), row[2], row[3], row[4], row[5], bytes(row[6]), row[7], bytes(row[8]))
        found.append((look, Decision(look.correction, look.revision, *words)))
    return found
