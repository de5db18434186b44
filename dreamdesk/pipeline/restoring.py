"""Putting a backup of a desk back: with a look at what would be lost first, and the ledger says that it was done."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.desk import auditors, copying, database, heads, ledger, rules, witness
from dreamdesk.desk.database import BusyDesk, ReadOnlyDesk, open_desk, transaction
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.backups import BACKED_UP, verify_copy
from dreamdesk.pipeline.common import Progress

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Restorable:
    """What putting a backup back would mean.

    Attributes:
        entries: How many entries the ledger of the backup has.
        at: When the newest of them was made, in nanoseconds since 1970.
        lost: How many entries of the desk that is there the backup does not have; None where it cannot be opened.
        fault: Why the desk that is there cannot be opened, "" where it can, or where there is none.
        administrators: Who must sign for it, one of them; nobody has to where there are none.
    """

    entries: int
    at: int
    lost: int | None
    fault: str
    administrators: tuple[str, ...]


def look_at_backup(backup: Path, desk: Path) -> Restorable:
    """Return what it would mean to put *backup* in the place of *desk*; nothing is changed or verified yet.

    Raises:
        UserError: the backup cannot be opened, or is of another desk.
    """
    with closing(open_desk(backup, readonly=True)) as db:
        entries = ledger.size(db)
        newest = ledger.entry(db, entries)
        people = tuple(a.name for a in auditors.all_auditors(db) if a.active and a.role is Role.ADMINISTRATOR)
        lost, fault = (_compared(db, desk)) if desk.exists() else (0, "")
    return Restorable(entries, newest.at if newest else 0, lost, fault, people)


def _compared(backup: database.Connection, desk: Path) -> tuple[int | None, str]:
    try:
        with closing(open_desk(desk, readonly=True)) as there:
            if ledger.desk_id(there) != ledger.desk_id(backup):
                raise _another(desk)
            return len(witness.after(there, ledger.size(backup))), ""
    except _AnotherDesk:
        raise
    except (UserError, database.DatabaseError) as error:
        return None, str(error)


class _AnotherDesk(UserError):
    """The backup is of another desk."""


def _another(desk: Path) -> _AnotherDesk:
    return _AnotherDesk(f"{desk}: this is another desk than the backup is of. Nothing was changed.")


def restore(backup: Path, desk: Path, by: rules.By, reason: str, progress: Progress | None = None) -> Path | None:
    """Put *backup* in the place of *desk* after it was verified; return where a copy of what was there lies now.

    The ledger of the restored desk says from which head it goes on, and has the hashes of the entries that are lost.
    Windows and programs that have the desk open go on with the restored one; what they write meanwhile is not lost
    unseen: then everything is begun again.

    Raises:
        UserError: the backup does not verify or is of another desk, the reason is missing, or *by* may not do it.
    """
    if not reason.strip():
        raise UserError("Say why the backup is put back; the ledger has the reason. Nothing was changed.")
    if desk.exists() and backup.exists() and desk.samefile(backup):
        raise UserError(f"{backup}: this is the desk itself. Nothing was changed.")
    verify_copy(backup, backup)
    readable = desk.exists() and _readable(desk)
    for _ in range(_TRIES):
        aside = desk.with_name(f"{desk.name}.replaced-{time.time_ns()}") if desk.exists() else None
        draft, old = (desk.with_name(f".{desk.name}.{word}.new") for word in ("restored", "replaced"))
        try:
            if aside is not None and readable:
                with closing(open_desk(desk, readonly=True)) as db:
                    copying.copy(db, old)
            with closing(open_desk(backup, readonly=True)) as db:
                copying.copy(db, draft, progress)
            _say_restored(draft, old if aside is not None and readable else None, desk, backup, by, reason.strip())
            if _in_place(draft, old, desk, aside, readable, progress):
                with closing(open_desk(desk)) as db:
                    heads.write(db)
                return aside
        except (OSError, database.DatabaseError) as error:
            raise UserError(f"{desk}: the backup cannot be put there ({error}).") from error
        finally:
            with suppress(OSError):
                copying.remove(draft)
                copying.remove(old)
    raise UserError(f"{desk}: somebody is working on this desk. Close its other windows. Nothing was changed.")


def _readable(desk: Path) -> bool:
    """Tell whether the desk that is there can be opened; one that cannot is moved aside as it is.

    Raises:
        UserError: it can be opened, and must not be written over.
    """
    try:
        open_desk(desk).close()
    except (ReadOnlyDesk, BusyDesk):
        raise
    except UserError:
        return False
    return True


def _say_restored(draft: Path, old: Path | None, desk: Path, backup: Path, by: rules.By, reason: str) -> None:
    """Enter in the ledger of the restored desk what it goes on from, and what of *old* is lost.

    Raises:
        UserError: it is another desk, or *by* may not do it.
    """
    with closing(open_desk(draft)) as db:
        size, last = ledger.head(db)
        body: dict[str, Json] = {"subject": f"{backup.name}, which ends with entry {size:,}: {reason}"}
        body |= {"reason": reason, "from": size, "last": last, "replaced": None, "lost": []}
        backups = {str(backup.resolve())}  # the restored desk knows neither of its own nor of later ones
        if old is not None:
            with closing(open_desk(old, readonly=True)) as there:
                if ledger.desk_id(there) != ledger.desk_id(db):
                    raise _another(desk)
                entries, newest = ledger.head(there)
                body |= {"replaced": {"entries": entries, "last": newest}, "lost": witness.after(there, size)}
                backups |= {str(one["path"]) for one in ledger.bodies(there, BACKED_UP)}
        with transaction(db):
            rules.enter(db, by, witness.RESTORED, {**body, "backups": sorted(backups)})


def _in_place(
    draft: Path, old: Path, desk: Path, aside: Path | None, readable: bool, progress: Progress | None
) -> bool:
    """Put *draft* in the place of the desk, which lies at *aside* then; False where somebody wrote meanwhile."""
    if aside is None or not readable:
        _move_aside(desk, aside)
        copying.put(draft, desk)
        return True
    with closing(open_desk(old, readonly=True)) as db:
        before = ledger.head(db)
    old.rename(aside)
    with closing(open_desk(draft, readonly=True)) as source, closing(open_desk(desk, readonly=True)) as there:
        try:
            done = copying.overwrite(source, desk, lambda: ledger.head(there) == before, progress)
        except BaseException:
            copying.remove(aside)
            raise
    if not done:
        copying.remove(aside)
    return done


def _move_aside(desk: Path, aside: Path | None) -> None:
    """Move what lies at *desk* aside; its log goes with it."""
    for suffix in ("-wal", "-shm", ""):
        part = desk.with_name(desk.name + suffix)
        if aside is not None and part.exists():
            part.rename(aside.with_name(aside.name + suffix))
