"""Reservations: who is deciding on a correction just now. A courtesy between colleagues, which runs out by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.language import t
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

LASTS = 20 * 60 * 1_000_000_000
"""Nanoseconds after which a reservation that nobody renews is over."""

TAKEN, TAKEN_OVER = "reserved", "taken-over"
"""Types of ledger entries: a correction came into review, and passed from one auditor to another, with the reason."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """*auditor* has *correction* from *since* to *until*, in nanoseconds since 1970 UTC."""

    correction: int
    auditor: str
    since: int
    until: int


def of(db: Connection, correction: int) -> Reservation | None:
    """Return who has *correction* now, None where nobody does."""
    row = db.execute(
        "SELECT correction, auditor, since, until FROM reservation WHERE correction = ? AND until > ?",
        (correction, time.time_ns()),
    ).fetchone()
    return Reservation(*row) if row else None


def of_corrections(db: Connection, corrections: Sequence[int]) -> dict[int, Reservation]:
    """Return who has which of *corrections* now."""
    marks = ",".join("?" * len(corrections))
    rows = db.execute(
        f"SELECT correction, auditor, since, until FROM reservation WHERE until > ? AND correction IN ({marks})",  # noqa: S608
        [time.time_ns(), *corrections],
    )
    return {row[0]: Reservation(*row) for row in rows}


def reserve(db: Connection, correction: int, auditor: str, reason: str = "") -> Reservation:
    """Reserve *correction* for *auditor*, or renew that, in the caller's transaction.

    With a *reason* it is taken over from whoever has it; the ledger says from whom and why.

    Raises:
        UserError: another auditor has it, and no reason was given to take it over.
    """
    now = time.time_ns()
    held = of(db, correction)
    if held is not None and held.auditor != auditor and not reason.strip():
        raise UserError(f"{taken(held)} Take it over with a reason, or choose another.")
    mine = held is not None and held.auditor == auditor
    kept = Reservation(correction, auditor, held.since if held is not None and mine else now, now + LASTS)
    db.execute(
        "INSERT INTO reservation VALUES(?,?,?,?) ON CONFLICT(correction) DO UPDATE"
        " SET auditor = excluded.auditor, since = excluded.since, until = excluded.until",
        (kept.correction, kept.auditor, kept.since, kept.until),
    )
    if held is not None and not mine:
        subject = f"correction {correction}, from {held.auditor}: {one_line(reason, 80)}"
        body = {"subject": subject, "correction": correction, "from": held.auditor, "reason": reason.strip()}
        ledger.append(db, auditor, TAKEN_OVER, body)
    elif not mine:
        ledger.append(db, auditor, TAKEN, {"subject": f"correction {correction}", "correction": correction})
    return kept


def give_back(db: Connection, correction: int, auditor: str) -> None:
    """End the reservation of *correction* by *auditor*, in the caller's transaction, if there is one."""
    db.execute("DELETE FROM reservation WHERE correction = ? AND auditor = ?", (correction, auditor))


def taken(held: Reservation) -> str:
    """Return in a sentence who has a correction, and until when, local time."""
    until = time.strftime("%H:%M", time.localtime(held.until / 1e9))
    return t("{auditor} has this case in review until {until}.", auditor=held.auditor, until=until)
