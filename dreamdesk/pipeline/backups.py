"""Backups of a desk, verified after they were written; and going on with an older copy, which the ledger then says."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from dreamdesk.desk import copying, database, heads, ledger, rules
from dreamdesk.desk.database import Connection, open_desk, path_of, transaction
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import PROGRAM, Progress, write_head
from dreamdesk.pipeline.verifying import verify_desk

BACKED_UP = "backed-up"
"""The type of the entry of a backup; its body says where the copy lies and up to which entry it goes."""


def back_up(db: Connection, target: Path, progress: Progress | None = None) -> Path:
    """Write a copy of the desk to *target*, a folder or the name of a file, verify it, and enter it in the ledger.

    Raises:
        UserError: it cannot be written there, a file is there already, or the copy does not verify.
    """
    desk = path_of(db)
    if target.is_dir():
        target = target / f"{desk.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.desk"
    if target.exists():
        raise UserError(f"{target}: there is a file of that name already; nothing was written.")
    entries, last = ledger.head(db)
    draft = target.with_name(f".{target.name}.new")
    try:
        copying.copy(db, draft, progress)
        verify_copy(draft, target)
        copying.put(draft, target)
    except (OSError, database.DatabaseError) as error:
        raise UserError(f"{target}: the backup cannot be written ({error}).") from error
    finally:
        with suppress(OSError):
            copying.remove(draft)
    with transaction(db):
        body: dict[str, Json] = {"subject": f"{target.name}, up to entry {entries:,}", "path": str(target.absolute())}
        ledger.append(db, PROGRAM, BACKED_UP, {**body, "entries": entries, "last": last})
    write_head(db)
    return target


def verify_copy(copy: Path, called: Path) -> None:
    """Verify the desk at *copy*, which is named *called* in what is said of it.

    Raises:
        UserError: it does not verify.
    """
    with closing(open_desk(copy, readonly=True)) as db:
        if faults := verify_desk(db):
            raise UserError(f"{called}: this desk does not verify, so it is no backup: {faults[0]}")


def accept(db: Connection, by: rules.By, reason: str) -> None:
    """Say in the ledger that the desk is known to be older than what was recorded outside it, and repeat its head.

    The head that contradicted is kept under another name beside its file.

    Raises:
        UserError: nothing contradicts the desk, the reason is missing, or *by* may not do it.
    """
    against = [place for place in heads.places(db) if place.fault]
    if not against:
        raise UserError("Nothing that is recorded outside contradicts this desk; nothing was changed.")
    if not reason.strip():
        raise UserError("Say why an older desk is gone on with; the ledger has the reason. Nothing was changed.")
    said: list[Json] = [f"{place.path.name}: {place.fault}" for place in against]
    with transaction(db):
        rules.enter(db, by, "older-copy-accepted", {"subject": reason.strip(), "reason": reason.strip(), "said": said})
    for place in against:
        with suppress(OSError):
            place.path.rename(place.path.with_name(f"{place.path.name}.contradicted-{time.time_ns()}"))
    write_head(db)
