"""Incidents: episodes that have to be reported to somebody by a day, with the clock that runs until then.

The kinds and their days follow the reporting of serious incidents in Article 73 of Regulation (EU) 2024/1689. Which of
them applies, and when its clock began, is for people to say; the desk produces evidence for it and no more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, refusing
from dreamdesk.language import counted, t
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

OPENED, CLOSED = "incident-opened", "incident-closed"
"""Types of ledger entries."""

DAY = 24 * 60 * 60 * 1_000_000_000


class Kind(StrEnum):
    """What happened, by the days within which it is reported."""

    SERIOUS = "serious"
    DEATH = "death"
    WIDESPREAD = "widespread"
    OTHER = "other"

    @property
    def days(self) -> int:
        """Days until the deadline, where nobody says another."""
        return {Kind.SERIOUS: 15, Kind.DEATH: 10, Kind.WIDESPREAD: 2, Kind.OTHER: 30}[self]

    @property
    def called(self) -> str:
        """The name that people see."""
        return {
            Kind.SERIOUS: "Serious incident",
            Kind.DEATH: "Death of a person",
            Kind.WIDESPREAD: "Widespread, or critical infrastructure",
            Kind.OTHER: "Another duty to report",
        }[self]


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of an episode; times in nanoseconds since 1970 UTC, *closed* None while its clock runs."""

    id: int
    episode: int
    kind: Kind
    reason: str
    auditor: str
    opened: int
    deadline: int
    closed: int | None
    closed_by: str
    closing: str

    def clock(self, now: int) -> str:
        """Return in words how long there is left at *now*, or how late it is."""
        if self.closed is not None:
            return t("closed")
        left = self.deadline - now
        days, hours = divmod(abs(left) // (DAY // 24), 24)
        words = counted(days, "day") if days else f"{hours} h"
        return t("{words} left", words=words) if left > 0 else t("{words} late", words=words)


_COLUMNS = "id, episode, kind, reason, auditor, opened, deadline, closed, closed_by, closing"


def open_(db: Connection, episode: int, kind: Kind, reason: str, auditor: str, days: int | None = None) -> Incident:
    """Open an incident on *episode*, in the caller's transaction; its clock begins now.

    Raises:
        UserError: no reason was given, the days are none, or an incident of the episode is open.
    """
    if not reason.strip():
        raise UserError("Say in a sentence what happened: the reason stands in the ledger.")
    if days is not None and not 1 <= days <= 366:
        raise UserError("The deadline is 1 to 366 days from now.")
    if any(incident.closed is None for incident in all_(db, episode)):
        raise UserError(f"An incident of episode {episode} is open already. Close it first.")
    now = time.time_ns()
    deadline = now + (days or kind.days) * DAY
    cursor = refusing(
        db,
        "INSERT INTO incident(episode, kind, reason, auditor, opened, deadline) VALUES(?,?,?,?,?,?)",
        (episode, kind.value, reason.strip(), auditor, now, deadline),
    )
    identity = int(cursor.lastrowid or 0)
    subject = f"episode {episode}, {kind.called.lower()}, to report by {_day(deadline)}: {one_line(reason, 80)}"
    ledger.append(db, auditor, OPENED, {"subject": subject, **_body(get(db, identity))})
    return get(db, identity)


def close(db: Connection, identity: int, closing: str, auditor: str) -> Incident:
    """Close an incident, in the caller's transaction, with the words that say what was done.

    Raises:
        UserError: there is no such incident, it is closed, or nothing was said.
    """
    before = get(db, identity)
    if before.closed is not None:
        raise UserError(f"Incident {identity} is closed already.")
    if not closing.strip():
        raise UserError("Say what was done, such as to whom it was reported: that stands in the ledger.")
    refusing(
        db,
        "UPDATE incident SET closed = ?, closed_by = ?, closing = ? WHERE id = ?",
        (time.time_ns(), auditor, closing.strip(), identity),
    )
    after = get(db, identity)
    late = ", after its deadline" if (after.closed or 0) > after.deadline else ""
    subject = f"incident {identity} of episode {after.episode}{late}: {one_line(closing, 80)}"
    ledger.append(db, auditor, CLOSED, {"subject": subject, **_body(after)})
    return after


def get(db: Connection, identity: int) -> Incident:
    """Return one incident.

    Raises:
        UserError: there is none.
    """
    row = db.execute(f"SELECT {_COLUMNS} FROM incident WHERE id = ?", (identity,)).fetchone()  # noqa: S608
    if row is None:
        raise UserError(f"There is no incident {identity} on this desk.")
    return _incident(row)


def all_(db: Connection, episode: int | None = None) -> list[Incident]:
    """Return the incidents of the desk, or of *episode*: open ones first, the nearest deadline first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM incident WHERE episode = coalesce(?, episode)"  # noqa: S608
        " ORDER BY closed IS NOT NULL, deadline, id",
        (episode,),
    )
    return list(map(_incident, rows))


def open_of(db: Connection, episodes: Sequence[int]) -> list[Incident]:
    """Return the open incidents of *episodes*."""
    marks = ",".join("?" * len(episodes))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM incident WHERE closed IS NULL AND episode IN ({marks})",  # noqa: S608
        list(episodes),
    )
    return list(map(_incident, rows))


def faults(db: Connection) -> list[str]:
    """Return which incidents are not those of the ledger; where a body was erased, nothing can be said of its words."""
    entered: dict[int, Json] = {}
    erased = bool(ledger.without_body(db, (OPENED, CLOSED)))
    for kind in (OPENED, CLOSED):
        for body in ledger.sound_bodies(db, kind):
            fields = json.loads(body)
            entered[fields["incident"]] = {name: value for name, value in fields.items() if name != "subject"}
    held = {incident.id: _body(incident) for incident in all_(db)}
    return [
        f"incident {identity} is not the one in the ledger"
        for identity in sorted({*entered, *held})
        if entered.get(identity) != held.get(identity) and not (erased and identity not in entered)
    ]


def _body(incident: Incident) -> dict[str, Json]:
    return {
        "incident": incident.id,
        "episode": incident.episode,
        "kind": incident.kind.value,
        "reason": incident.reason,
        "by": incident.auditor,
        "opened": incident.opened,
        "deadline": incident.deadline,
        "closed": incident.closed,
        "closed_by": incident.closed_by,
        "closing": incident.closing,
    }


def _incident(row: tuple[int, int, str, str, str, int, int, int | None, str, str]) -> Incident:
    return Incident(row[0], row[1], Kind(row[2]), *row[3:])


def _day(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at / 1e9))
