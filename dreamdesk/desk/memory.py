"""Memory changes on the desk: sets and changes that never change, and the signed decisions on them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from dreamdesk.desk import encode, ledger
from dreamdesk.desk.database import Connection, refusing
from dreamdesk.desk.decisions import VOID, decision_in, signature_words
from dreamdesk.model.canonical import Json, digest, sha256
from dreamdesk.model.check import Check
from dreamdesk.model.decision import Decision, ReviewState
from dreamdesk.model.episode import Actor
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Author, Change, ChangeSet, Dream, Operation, Statement, StoreKind, Support
from dreamdesk.model.source import Skip
from dreamdesk.model.text import counted, one_line


@dataclass(frozen=True, slots=True)
class SetRow:
    """A change set in a list: how many of its changes are undecided, approved, rejected, or have left the desk."""

    id: int
    title: str
    in_place: bool
    changes: int
    open: int
    approved: int
    rejected: int
    released: int
    created: int


@dataclass(frozen=True, slots=True)
class Line:
    """One change in a list: no contents, only how many checks warn and block, and what has no source."""

    id: int
    set: int
    operation: Operation
    path: str
    old_path: str
    state: ReviewState
    warns: int
    blocks: int
    sourceless: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change with all that the desk holds of it; *checks* are those on all of its hunks, as of the import."""

    id: int
    set: int
    number: int
    change: Change
    statements: tuple[Statement, ...]
    checks: tuple[Check, ...]
    state: ReviewState


@dataclass(frozen=True, slots=True)
class Revision:
    """One selection of hunks that was put to decision, numbered from 1; *digest* is what a decision on it signs."""

    number: int
    hunks: tuple[int, ...]
    digest: str
    checks: tuple[Check, ...]


def add(
    db: Connection,
    about: ChangeSet,
    statements: Sequence[Sequence[Statement]],
    checks: Sequence[Sequence[Check]],
    actor: str,
) -> int:
    """Write a change set with the statements and checks of each change, in the caller's transaction; return its id.

    Raises:
        UserError: the desk has the set already.
    """
    bodies = [encode.dump(asdict(change)) for change in about.changes]
    told = [encode.dump([asdict(statement) for statement in of]) for of in statements]
    body = encode.dump(asdict(replace(about, changes=())))
    name = set_digest(body, list(zip(bodies, told, strict=True)))
    known = db.execute("SELECT id FROM memory_set WHERE digest = ?", (name,)).fetchone()
    if known is not None:
        raise UserError(f"These changes are on the desk already, as change set {known[0]}. Nothing was added.")
    cursor = db.execute("INSERT INTO memory_set(digest, body, created) VALUES(?,?,?)", (name, body, time.time_ns()))
    identity = int(cursor.lastrowid or 0)
    db.executemany(
        "INSERT INTO memory_change(memory_set, number, body, statements, checks, state) VALUES(?,?,?,?,?,?)",
        [
            (identity, number, body, told[number], encode.checks_out(checks[number]), ReviewState.PROPOSED.value)
            for number, body in enumerate(bodies)
        ],
    )
    subject = f"change set {identity}, {one_line(about.title, 60)}: {counted(len(bodies), 'change')}"
    in_place = " that stand in the store already" if about.in_place else ""
    entry = {"subject": subject + in_place, "memory_set": identity, "digest": name, "changes": len(bodies)}
    ledger.append(db, actor, "memory-imported", entry)
    return identity


def set_digest(body: str, changes: Sequence[tuple[str, str]]) -> str:
    """Return the digest of a set: of its body, and of body and statements of each change, as they are stored."""
    return digest([body, [list(pair) for pair in changes]])


def stored_digest(db: Connection, identity: int) -> str:
    """Return the digest of what the desk holds of a set now; "" when it is gone."""
    row = db.execute("SELECT body FROM memory_set WHERE id = ?", (identity,)).fetchone()
    pairs = db.execute(
        "SELECT body, statements FROM memory_change WHERE memory_set = ? ORDER BY number", (identity,)
    ).fetchall()
    return set_digest(row[0], pairs) if row else ""


def sets(db: Connection) -> tuple[SetRow, ...]:
    """Return the change sets, newest first."""
    rows = db.execute(
        "SELECT memory_set.id, memory_set.body, created, count(memory_change.id),"
        " sum(state = 'approved'), sum(state = 'rejected'), sum(state = 'released')"
        " FROM memory_set LEFT JOIN memory_change ON memory_set = memory_set.id GROUP BY memory_set.id"
        " ORDER BY memory_set.id DESC"
    )
    found = []
    for identity, body, created, count, approved, rejected, released in rows:
        about = json.loads(body)
        done = (approved or 0) + (rejected or 0) + (released or 0)
        numbers = (count, count - done, approved or 0, rejected or 0, released or 0)
        found.append(SetRow(identity, about["title"], about["in_place"], *numbers, created))
    return tuple(found)


def get_set(db: Connection, identity: int) -> ChangeSet:
    """Return a change set with its changes.

    Raises:
        UserError: the desk has no such set.
    """
    row = db.execute("SELECT body FROM memory_set WHERE id = ?", (identity,)).fetchone()
    if row is None:
        raise UserError(f"There is no change set {identity} on this desk.")
    fields = json.loads(row[0])
    changes = db.execute("SELECT body FROM memory_change WHERE memory_set = ? ORDER BY number", (identity,))
    return ChangeSet(
        **{
            **fields,
            "kind": StoreKind(fields["kind"]),
            "changes": tuple(_change(body) for (body,) in changes),
            "paths": tuple(fields["paths"]),
            "left_out": tuple(Skip(**skip) for skip in fields["left_out"]),
            "notes": tuple(fields["notes"]),
            "dream": _dream(fields["dream"]),
        }
    )


def _dream(fields: dict[str, Json] | None) -> Dream | None:
    return Dream(**{**fields, "sessions": tuple(fields["sessions"])}) if fields else None


def _change(body: str) -> Change:
    fields = json.loads(body)
    return Change(**{**fields, "operation": Operation(fields["operation"]), "author": Author(**fields["author"])})


def lines(db: Connection) -> tuple[Line, ...]:
    """Return every change for a list: newest set first, the changes of a set in their order."""
    rows = db.execute(
        "SELECT id, memory_set, json_extract(body, '$.operation'), json_extract(body, '$.path'),"
        " json_extract(body, '$.old_path'), state,"
        " (SELECT count(*) FROM json_each(checks) WHERE json_extract(value, '$.result') = 'warn'),"
        " (SELECT count(*) FROM json_each(checks) WHERE json_extract(value, '$.result') = 'block'),"
        " (SELECT count(*) FROM json_each(statements) WHERE json_array_length(value, '$.support') = 0)"
        " FROM memory_change ORDER BY memory_set DESC, number"
    )
    return tuple(Line(r[0], r[1], Operation(r[2]), r[3], r[4], ReviewState(r[5]), *r[6:]) for r in rows)


def changes(db: Connection, identity: int) -> tuple[ChangeRow, ...]:
    """Return the changes of a set in their order."""
    return tuple(map(_row, db.execute(f"{_CHANGES} WHERE memory_set = ? ORDER BY number", (identity,))))


def change(db: Connection, identity: int) -> ChangeRow:
    """Return one change.

    Raises:
        UserError: the desk has no such change.
    """
    row = db.execute(f"{_CHANGES} WHERE id = ?", (identity,)).fetchone()
    if row is None:
        raise UserError(f"There is no memory change {identity} on this desk.")
    return _row(row)


_CHANGES = "SELECT id, memory_set, number, body, statements, checks, state FROM memory_change"


def _row(row: tuple[int, int, int, str, str, str, str]) -> ChangeRow:
    return ChangeRow(
        row[0], row[1], row[2], _change(row[3]), _statements(row[4]), encode.checks_in(row[5]), ReviewState(row[6])
    )


def _statements(text: str) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            fields["text"],
            fields["line"],
            fields["hunk"],
            tuple(Support(**{**support, "actor": Actor(support["actor"])}) for support in fields["support"]),
        )
        for fields in json.loads(text)
    )


def revisions(db: Connection, identity: int) -> tuple[Revision, ...]:
    """Return the selections of hunks of change *identity* that were put to decision, in order."""
    rows = db.execute(
        "SELECT number, hunks, digest, checks FROM memory_revision WHERE change = ? ORDER BY number", (identity,)
    )
    return tuple(Revision(r[0], tuple(json.loads(r[1])), r[2], encode.checks_in(r[3])) for r in rows)


def add_revision(db: Connection, identity: int, hunks: Sequence[int], name: str, checks: Sequence[Check]) -> int:
    """Write a selection of hunks with its digest *name*, in the caller's transaction; return its number."""
    number = len(revisions(db, identity)) + 1
    db.execute(
        "INSERT INTO memory_revision VALUES(?,?,?,?,?,?)",
        (identity, number, encode.dump(list(hunks)), name, encode.checks_out(checks), time.time_ns()),
    )
    return number


def decide(db: Connection, decision: Decision) -> None:
    """Write a signed decision and its ledger entry, in the caller's transaction; the desk works out the state.

    Raises:
        UserError: a rule of the desk forbids it.
    """
    refusing(
        db,
        "INSERT INTO memory_decision(change, revision, verdict, reason, comment, auditor, at, statement, sshsig,"
        " envelope, until) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
        (
            decision.correction,
            decision.revision,
            decision.verdict.value,
            decision.reason,
            decision.comment,
            decision.auditor,
            decision.at,
            decision.statement,
            decision.sshsig,
            decision.envelope,
            decision.until,
        ),
    )
    path = one_line(change(db, decision.correction).change.path, 60)
    ledger.append(
        db,
        decision.auditor,
        "decision",
        {
            "subject": f"{decision.verdict.value} memory change {decision.correction}, {path}"
            + (f" ({decision.reason})" if decision.reason else "")
            + signature_words(decision),
            "memory_change": decision.correction,
            "revision": decision.revision,
            "verdict": decision.verdict.value,
            "reason": decision.reason,
            "statement": sha256(decision.statement),
            "signature": sha256(decision.sshsig.encode()),
        },
    )


def decisions(db: Connection, identity: int | None = None) -> tuple[Decision, ...]:
    """Return the decisions on a change, or all of them, oldest first; `Decision.correction` is the change's id."""
    rows = db.execute(
        f"SELECT change, revision, verdict, reason, comment, auditor, at, statement, sshsig, envelope, until, {VOID}"  # noqa: S608
        " FROM memory_decision AS made WHERE coalesce(change = ?, 1) ORDER BY id",
        (identity,),
    )
    return tuple(map(decision_in, rows))


def waiting(db: Connection) -> list[int]:
    """Return the ids of the changes that a release would take along.

    Those are the approved ones, and of sets that were written in place the rejected ones, too: they are taken back.
    """
    in_place = {row.id for row in sets(db) if row.in_place}
    rows = db.execute("SELECT id, memory_set, state FROM memory_change ORDER BY memory_set, number")
    return [
        identity
        for identity, owner, state in rows
        if state == ReviewState.APPROVED or (state == ReviewState.REJECTED and owner in in_place)
    ]


def policies(db: Connection, episodes: Sequence[int]) -> tuple[str, ...]:
    """Return the different policies of *episodes* (of all when there are none), at most 20."""
    marks = ",".join("?" * len(episodes))
    where = f"AND episode.id IN ({marks})" if episodes else ""
    rows = db.execute(
        "SELECT DISTINCT body FROM episode JOIN episode_text ON episode = episode.id"  # noqa: S608
        f" JOIN document ON document.id = policy WHERE live {where} ORDER BY document.id LIMIT 20",
        list(episodes),
    )
    return tuple(row[0] for row in rows)
