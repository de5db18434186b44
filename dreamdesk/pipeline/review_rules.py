"""What a desk says for itself of its review: reason codes, the checklist, retention. Each change is in the ledger."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.desk import rules, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Reason, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.review_rules import Retention, checklist_in, checklist_out, merged, reasons_in, reasons_out
from dreamdesk.pipeline.common import change_setting
from dreamdesk.review import reasons as reason_codes

_YEAR = 365.25 * 24 * 60 * 60 * 1_000_000_000


def desk_reasons(db: Connection, verdict: Verdict | None = None) -> tuple[Reason, ...]:
    """Return the reason codes of the desk; those retired too, except where only what fits *verdict* is asked."""
    known = merged(reason_codes.reasons(), reasons_in(settings.get(db, settings.REASONS)))
    return tuple(r for r in known if verdict is None or (verdict in r.verdicts and not r.retired))


def add_reason(db: Connection, code: str, title: str, verdicts: Sequence[Verdict], by: rules.By) -> None:
    """Add a reason code of the desk's own.

    Raises:
        UserError: the code is taken or is no code, or *by* may not change the rules.
    """
    if any(reason.code == code for reason in desk_reasons(db)):
        raise UserError(f"There is a reason code “{code}” already, in use or retired: what was said with it stays so.")
    _keep(db, Reason(code, title, tuple(verdicts)), by)


def change_reason(db: Connection, code: str, by: rules.By, *, title: str = "", retired: bool | None = None) -> None:
    """Give a reason code other words, or retire it, or take it into use again. Decisions keep the code they have.

    Raises:
        UserError: there is no such code, it cannot be retired, or *by* may not change the rules.
    """
    found = next((reason for reason in desk_reasons(db) if reason.code == code), None)
    if found is None:
        raise UserError(f"There is no reason code “{code}” on this desk. See: dreamdesk reasons list.")
    if retired and code == reason_codes.OTHER:
        raise UserError("The reason ‘other’ stays: with a comment it says what no code does.")
    _keep(db, replace(found, title=title or found.title, retired=found.retired if retired is None else retired), by)


def _keep(db: Connection, reason: Reason, by: rules.By) -> None:
    own = [one for one in reasons_in(settings.get(db, settings.REASONS)) if one.code != reason.code]
    change_setting(db, settings.REASONS, reasons_out([*own, reason]), by)


def checklist(db: Connection) -> tuple[str, ...]:
    """Return what is ticked before an approval on this desk."""
    return checklist_in(settings.get(db, settings.CHECKLIST))


def set_checklist(db: Connection, items: Sequence[str], by: rules.By) -> None:
    """Set what is ticked before an approval; approvals that stand were given under the list of their day.

    Raises:
        UserError: there are too many items, or one is said twice, or *by* may not change the rules.
    """
    change_setting(db, settings.CHECKLIST, checklist_out(items), by)


def retention(db: Connection) -> Retention | None:
    """Return for how long the desk keeps what it holds, None where it says nothing."""
    return Retention.parse(settings.get(db, settings.RETENTION))


def refuse_early_purge(db: Connection, since: int) -> None:
    """Return if what came to the desk at *since* (nanoseconds since 1970 UTC) may be purged by now.

    Raises:
        UserError: the desk's retention has not run out for it.
    """
    rule = retention(db)
    if rule is not None and time.time_ns() < (end := since + rule.years * _YEAR):
        day = time.strftime("%Y-%m-%d", time.gmtime(end / 1e9))
        raise UserError(f"This desk keeps what it holds for {rule.years} years: until {day}. Nothing was purged.")
