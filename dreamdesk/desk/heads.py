"""The ledger's head, repeated in files outside the desk: beside it, and in folders that the desk's settings name.

A head that contradicts the desk is never written over: it is the only thing that shows that the desk is an older copy.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from dreamdesk.desk import database, erasure, ledger, settings, witness
from dreamdesk.desk.database import Connection, path_of
from dreamdesk.language import t
from dreamdesk.model.errors import UserError

PATIENCE = 2.0
"""Seconds that a folder may take; a share that does not answer holds nobody up."""
_CLOCK = 300
"""Seconds by which clocks of honest machines may differ."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file that repeats the head. *fault*: what is wrong with it, in words; *missing*: it is not there now."""

    path: Path
    entries: int = 0
    at: float = 0.0
    fault: str = ""
    missing: bool = False


def files(db: Connection) -> list[Path]:
    """Return the files that repeat the head, the one beside the desk first."""
    desk = path_of(db)
    folders = [one.strip() for one in settings.get(db, settings.HEAD_FOLDERS).split("|") if one.strip()]
    beside = desk.with_name(desk.name + ledger.HEAD_SUFFIX)
    if not folders:
        return [beside]
    name = f"{desk.name}-{ledger.desk_id(db)}{ledger.HEAD_SUFFIX}"
    return [beside, *(Path(folder) / name for folder in folders)]


def write(db: Connection) -> None:
    """Repeat the head in each file that does not contradict the desk and can be written."""
    with database.snapshot(db):
        text = ledger.head_text(db)
        beside, *others = files(db)
        # Where the desk can be written, what lies beside it can be read: no thread to wait for.
        sound = not _contradiction(db, beside, _content(beside))
    if sound:
        _write(beside, text)
    for other in others:
        if not _contradiction(db, other, _read(other)):
            thread = Thread(target=_write, args=(other, text), daemon=True)
            thread.start()
            thread.join(PATIENCE)


def _write(target: Path, text: str) -> None:
    draft = target.with_name(target.name + ".new")
    try:
        draft.write_bytes(text.encode())
        os.replace(draft, target)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _contradiction(db: Connection, path: Path, text: str | None) -> str:
    """Return what the *text* of the file *path* says against the desk; "" where it says nothing."""
    if text is None:
        return ""
    try:
        return "; ".join(witness.compare(db, witness.read(text)))
    except UserError:
        return f"{path.name}, which should repeat the ledger's head, cannot be read"


def _content(path: Path) -> str | None:
    """Return the text of a file, None where there is none that can be read; a pipe would be waited for without end."""
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None
    except OSError:
        return None


def _read(path: Path) -> str | None:
    """Return the same within `PATIENCE`, None also where nobody answers."""
    found: list[str | None] = []
    thread = Thread(target=lambda: found.append(_content(path)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return found[0] if found else None


def places(db: Connection) -> list[Place]:
    """Return what each file says now."""
    found = []
    for path in files(db):
        text = _read(path)
        if text is None:
            found.append(Place(path, missing=True))
            continue
        fault = _contradiction(db, path, text)
        try:
            found.append(Place(path, witness.read(text).entries, path.stat().st_mtime, fault))
        except (UserError, OSError):
            found.append(Place(path, fault=fault or "it is gone"))
    return found


def faults(db: Connection) -> list[str]:
    """Return what the files say against the desk, in words."""
    return [f"{place.path.name} says: {place.fault}" for place in places(db) if place.fault]


def at_opening(db: Connection) -> list[str]:
    """Return what whoever opens the desk must know at once, in sentences of the window's language."""
    every = places(db)
    words = [sentence] if (sentence := database.newer(db)) else []
    words += [
        t(
            "This desk is not what was recorded outside it: {path} says that {fault}. Do not work on it before you "
            "know why; a backup is put back with `dreamdesk desk restore`, which says so in the ledger.",
            path=place.path,
            fault=place.fault,
        )
        for place in every
        if place.fault
    ]
    words += [
        t("The head of the ledger could not be repeated in {folder}: it is not there now.", folder=place.path.parent)
        for place in every[1:]
        if place.missing
    ]
    if erasure.unfinished(db):
        words.append(
            t(
                "An erasure was interrupted: what was erased may still stand in unused parts of the file or in copies "
                "beside it. It is finished when nobody else has the desk open (`dreamdesk erase --finish`)."
            )
        )
    size = ledger.size(db)
    newest = ledger.entry(db, size)
    if newest is not None and newest.at / 1e9 > time.time() + _CLOCK:
        words.append(
            t(
                "The newest entry of the ledger is of {when:%Y-%m-%d %H:%M} UTC, which is still to come: the clock of "
                "this computer was set back, or that of another was ahead.",
                when=datetime.fromtimestamp(newest.at / 1e9, UTC),
            )
        )
    return words
