"""Decisions on the desk: written once, each with its ledger entry in the same transaction."""

from __future__ import annotations

import json
import time

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, refusing
from dreamdesk.model.canonical import sha256
from dreamdesk.model.decision import Decision, Verdict

_COLUMNS = "correction, revision, verdict, reason, comment, auditor, at, statement, sshsig, envelope, until"

VOID = (
    "(verdict = 'approve' AND EXISTS(SELECT 1 FROM auditor_key AS k WHERE k.auditor = made.auditor"
    " AND k.since <= at AND at < coalesce(k.retired, at + 1) AND k.revoked <= at))"
)
"""Whether a decision of the table that is called *made* is an approval by a key that was revoked from before it on."""


def add(db: Connection, decision: Decision, packet: str = "", actor: str = "") -> int:
    """Write a signed decision and its ledger entry, in the caller's transaction; the desk works out the state.

    *packet* names the packet with which it came from another desk, and *actor* who took it in there.

    Raises:
        UserError: a rule of the desk forbids it.
    """
    cursor = refusing(
        db,
        f"INSERT INTO decision({_COLUMNS}, digest) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
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
            sha256(decision.statement),
        ),
    )
    ledger.append(
        db,
        actor or decision.auditor,
        "decision",
        {
            "subject": f"{decision.verdict.value} correction {decision.correction}, revision {decision.revision}"
            + (f" ({decision.reason})" if decision.reason else "")
            + signature_words(decision),
            "correction": decision.correction,
            "revision": decision.revision,
            "verdict": decision.verdict.value,
            "reason": decision.reason,
            "statement": sha256(decision.statement),
            "signature": sha256(decision.sshsig.encode()),
            **({"packet": packet, "auditor": decision.auditor} if packet else {}),
        },
    )
    return int(cursor.lastrowid or 0)


def signature_words(decision: Decision) -> str:
    """Return meaning and key of the signature, for the line of the ledger that people read."""
    said = json.loads(decision.statement)["predicate"] if decision.statement else {}
    return f" · “{said['meaning']}” · {said['auditor']['key']}" if said else ""


def of_correction(db: Connection, correction: int, revision: int | None = None) -> tuple[Decision, ...]:
    """Return the decisions on a correction, or on one revision of it, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS}, {VOID} FROM decision AS made"  # noqa: S608
        " WHERE correction = ? AND coalesce(revision = ?, 1) ORDER BY id",
        (correction, revision),
    )
    return tuple(map(decision_in, rows))


def all_decisions(db: Connection) -> list[tuple[int, Decision]]:
    """Return every decision with its id, oldest first."""
    rows = db.execute(f"SELECT {_COLUMNS}, {VOID}, id FROM decision AS made ORDER BY id")  # noqa: S608
    return [(row[-1], decision_in(row[:-1])) for row in rows]


def decision_in(row: tuple[int, int, str, str, str, str, int, bytes, str, bytes, int | None, int]) -> Decision:
    """Rebuild a decision from its columns and `VOID`."""
    said = (row[0], row[1], Verdict(row[2]), row[3], row[4], row[5], row[6])
    return Decision(*said, bytes(row[7]), row[8], bytes(row[9]), row[10], bool(row[11]))


def today(db: Connection, auditor: str) -> int:
    """Return how many decisions, on corrections and on memory, *auditor* made since the last midnight, local time."""
    now = time.localtime()
    midnight = time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 0, 0, 0, 0, 0, -1))
    row = db.execute(
        "SELECT (SELECT count(*) FROM decision WHERE auditor = :auditor AND at >= :midnight)"
        " + (SELECT count(*) FROM memory_decision WHERE auditor = :auditor AND at >= :midnight)",
        {"auditor": auditor, "midnight": int(midnight * 1_000_000_000)},
    ).fetchone()
    return int(row[0])


def misnamed(db: Connection) -> list[int]:
    """Return the decisions whose digest is not that of what was signed; early ones have none.

    The digest stays where words were erased from the statement, because later decisions name it.
    """
    erased = ledger.renamed(db)
    rows = db.execute("SELECT id, digest, statement FROM decision WHERE digest != '' ORDER BY id")
    return [identity for identity, digest, statement in rows if sha256(statement) != erased.get(digest, digest)]
