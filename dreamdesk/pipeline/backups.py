"""Backups of a desk, verified after they were written, and putting one back, which the ledger then says."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from dreamdesk.desk import database, heads, ledger, rules, witness
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
        database.copy(db, draft, progress)
        _verify(draft, target)
        draft.rename(target)
    except (OSError, database.DatabaseError) as error:
        raise UserError(f"{target}: the backup cannot be written ({error}).") from error
    finally:
        database.remove(draft)
    with transaction(db):
        body: dict[str, Json] = {"subject": f"{target.name}, up to entry {entries:,}", "path": str(target.absolute())}
        ledger.append(db, PROGRAM, BACKED_UP, {**body, "entries": entries, "last": last})
    write_head(db)
    return target


def _verify(copy: Path, called: Path) -> None:
    with closing(open_desk(copy, readonly=True)) as db:
        if faults := verify_desk(db):
            raise UserError(f"{called}: this desk does not verify, so it is no backup: {faults[0]}")


def restore(backup: Path, desk: Path, by: rules.By, reason: str, progress: Progress | None = None) -> Path | None:
    """Put *backup* in the place of *desk* after it was verified; return where the desk that was there lies now.

    The ledger of the restored desk says from which head it goes on, and has the hashes of the entries that are lost.

    Raises:
        UserError: the backup does not verify or is of another desk, the reason is missing, or *by* may not do it.
    """
    if not reason.strip():
        raise UserError("Say why the backup is put back; the ledger has the reason. Nothing was changed.")
    if desk.exists() and backup.exists() and desk.samefile(backup):
        raise UserError(f"{backup}: this is the desk itself. Nothing was changed.")
    _verify(backup, backup)
    draft = desk.with_name(f".{desk.name}.new")
    try:
        with closing(open_desk(backup, readonly=True)) as copy:
            database.copy(copy, draft, progress)
        with closing(open_desk(draft)) as db:
            size, last = ledger.head(db)
            lost, replaced, backups = _left_behind(db, desk)
            with transaction(db):
                body: dict[str, Json] = {"subject": f"{backup.name}, which ends with entry {size:,}: {reason.strip()}"}
                body |= {"reason": reason.strip(), "from": size, "last": last, "replaced": replaced, "lost": lost}
                # The restored desk does not know of its own backup, nor of later ones; an erasure has to.
                body["backups"] = sorted({str(backup.resolve()), *backups})
                rules.enter(db, by, witness.RESTORED, body)
        aside = _move_aside(desk)
        draft.rename(desk)
    except (OSError, database.DatabaseError) as error:
        raise UserError(f"{desk}: the backup cannot be put there ({error}).") from error
    finally:
        database.remove(draft)
    with closing(open_desk(desk)) as db:
        heads.write(db)
    return aside


def _left_behind(restored: Connection, desk: Path) -> tuple[list[Json], dict[str, Json] | None, list[str]]:
    """Return the hashes of what the desk at *desk* has and the restored one has not, its head, and its backups.

    Nothing, None and nothing where it cannot be read.

    Raises:
        UserError: it is another desk.
    """
    try:
        with closing(open_desk(desk, readonly=True)) as there:
            if ledger.desk_id(there) != ledger.desk_id(restored):
                raise UserError(f"{desk}: this is another desk than the backup is of. Nothing was changed.")
            entries, last = ledger.head(there)
            backups = [str(body["path"]) for body in ledger.bodies(there, BACKED_UP)]
            return witness.after(there, ledger.size(restored)), {"entries": entries, "last": last}, backups
    except UserError as error:
        if "another desk than" in str(error):
            raise
    except database.DatabaseError:
        pass
    return [], None, []


def _move_aside(desk: Path) -> Path | None:
    """Move what lies at *desk* aside; its log goes with it."""
    if not desk.exists():
        return None
    aside = desk.with_name(f"{desk.name}.replaced-{time.time_ns()}")
    for suffix in ("-wal", "-shm", ""):
        part = desk.with_name(desk.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


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
