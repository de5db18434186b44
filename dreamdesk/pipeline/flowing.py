"""The flow of cases between people: who has which in review, and incidents with their clocks."""

from __future__ import annotations

from dreamdesk.desk import auditors, corrections, episodes, incidents, reservations
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.incidents import Incident, Kind
from dreamdesk.desk.reservations import Reservation
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head
from dreamdesk.review.identity import Signer

FREE = (ReviewState.RELEASED, ReviewState.RECALLED, ReviewState.REJECTED)
"""States in which nobody reserves a correction, because nothing waits for a decision."""


def reserve(db: Connection, correction: int, auditor: str, reason: str = "") -> Reservation:
    """Reserve *correction* for *auditor*, or renew it; with a *reason*, take it over from whoever has it.

    Raises:
        UserError: another auditor has it and no reason was given, the auditor does not decide, or nothing waits.
    """
    with transaction(db):
        who = auditors.get(db, auditor)
        if not who.active or not who.role.decides:
            raise UserError(f"{auditor} does not decide on this desk and has nothing to reserve.")
        if (state := corrections.get(db, correction).state) in FREE:
            raise UserError(f"Correction {correction} is {state.called}; there is nothing to reserve.")
        kept = reservations.reserve(db, correction, auditor, reason)
    write_head(db)
    return kept


def give_back(db: Connection, correction: int, auditor: str) -> None:
    """End the reservation of *correction* by *auditor*, if there is one."""
    with transaction(db):
        reservations.give_back(db, correction, auditor)


def open_incident(
    db: Connection, episode: int, kind: Kind, reason: str, signer: Signer, days: int | None = None
) -> Incident:
    """Flag *episode* as an incident; its clock begins now and ends after *days*, or the days of its *kind*.

    Raises:
        UserError: no reason was given, the days are none, or an incident of the episode is open.
    """
    episodes.load(db, episode)
    with transaction(db):
        who = auditors.current(db, signer)
        found = incidents.open_(db, episode, kind, reason, who.name, days)
    write_head(db)
    return found


def close_incident(db: Connection, identity: int, closing: str, signer: Signer) -> Incident:
    """Close an incident with the words that say what was done.

    Raises:
        UserError: there is no such incident, it is closed, or nothing was said.
    """
    with transaction(db):
        found = incidents.close(db, identity, closing, auditors.current(db, signer).name)
    write_head(db)
    return found
