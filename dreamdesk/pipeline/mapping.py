"""Mapping: files of unknown formats looked at, previewed, and read with mappings that the desk keeps."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dreamdesk.desk import mappings
from dreamdesk.desk.database import Connection
from dreamdesk.desk.mappings import Kept
from dreamdesk.intake.mapping.applying import apply
from dreamdesk.intake.mapping.mapped import PREFIX, MappedReader
from dreamdesk.intake.mapping.mapping import (
    MEANINGS,
    Container,
    Dialect,
    Field,
    Mapping,
    Role,
    Unit,
    faults,
    from_json,
    from_text,
    to_text,
)
from dreamdesk.intake.mapping.proposal import Found, Proposal, Structure, as_role, propose
from dreamdesk.intake.mapping.sample import Sample, inside, take
from dreamdesk.intake.mapping.times import FORMS
from dreamdesk.intake.mapping.values import MAX_LISTED
from dreamdesk.intake.opening import Reading
from dreamdesk.intake.reader import Log
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Skip
from dreamdesk.pipeline.common import write_head

__all__ = [
    "FORMS",
    "MAX_LISTED",
    "MEANINGS",
    "PREFIX",
    "Container",
    "Dialect",
    "Field",
    "Found",
    "Kept",
    "Mapping",
    "Preview",
    "Proposal",
    "Role",
    "Sample",
    "Structure",
    "Unit",
    "as_role",
    "choose",
    "delete",
    "export",
    "keep",
    "kept",
    "load",
    "look",
    "preview",
    "propose",
    "take",
]

SHOWN = 20
"""Episodes of a preview."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping makes of a sample: the first episodes, how many there are in it, and what was passed over."""

    episodes: tuple[Episode, ...]
    count: int
    steps: int
    skipped: tuple[Skip, ...]
    notes: tuple[str, ...]
    fault: str = ""


def look(path: Path) -> tuple[Sample, Proposal]:
    """Return the first records of the file at *path*, and which field seems to be what.

    Raises:
        UserError: the file cannot be read, or is neither JSON nor a table.
    """
    sample = take(path)
    return sample, propose(sample)


def preview(sample: Sample, mapping: Mapping) -> Preview:
    """Return what *mapping* makes of *sample*."""
    fault = next(iter(faults(mapping)), "")
    if fault:
        return Preview((), 0, 0, sample.skipped, (), fault)
    log = Log()
    found = list(apply(mapping, inside(sample.records, mapping.records, log), log))
    steps = sum(len(episode.steps) for episode in found)
    skipped = (*sample.skipped, *log.skipped)
    return Preview(tuple(islice(found, SHOWN)), len(found), steps, skipped, tuple(log.notes))


def kept(db: Connection) -> list[Kept]:
    """Return the mappings that the desk keeps, the newest first."""
    return mappings.all_kept(db)


def load(db: Connection, name: str) -> Mapping:
    """Return the mapping kept under *name*.

    Raises:
        UserError: there is none, or it cannot be used.
    """
    return from_json(json.loads(mappings.get(db, name).body))


def keep(db: Connection, name: str, mapping: Mapping, actor: str, *, replace: bool = False) -> None:
    """Keep *mapping* under *name*, said so in the ledger and beside the desk.

    Raises:
        UserError: the mapping cannot be used, the name is none, or another mapping has it.
    """
    mappings.put(db, name, from_json(mapping.to_json()).to_json(), actor, replace=replace)
    write_head(db)


def delete(db: Connection, name: str, actor: str) -> None:
    """Delete the mapping kept under *name*; what was read with it stays.

    Raises:
        UserError: there is none.
    """
    mappings.delete(db, name, actor)
    write_head(db)


def export(db: Connection, name: str) -> bytes:
    """Return the mapping kept under *name* as the file that is handed to a colleague.

    Raises:
        UserError: there is none.
    """
    return to_text(name, load(db, name))


def bring(db: Connection, file: Path, actor: str, name: str = "", *, replace: bool = False) -> str:
    """Keep the mapping in *file* under *name*, else under the name that it has there; return the name.

    Raises:
        UserError: the file holds no mapping, or another mapping has the name.
    """
    try:
        with file.open("rb") as opened:
            own, mapping = from_text(opened.read(4 << 20))
    except OSError as error:
        raise UserError(f"{file}: the file cannot be read ({error.strerror or error}).") from error
    except UserError as error:
        raise UserError(f"{file.name}: {error}") from error
    name = name or own or file.stem
    keep(db, name, mapping, actor, replace=replace)
    return name


def choose(db: Connection, name_or_file: str, actor: str = "") -> str:
    """Return the format name of a kept mapping, or of one in a file, which the desk then keeps.

    Raises:
        UserError: there is neither, or the mapping cannot be used.
    """
    if any(one.name == name_or_file for one in kept(db)):
        return f"{PREFIX}{name_or_file}"
    if Path(name_or_file).is_file():
        return f"{PREFIX}{bring(db, Path(name_or_file), actor or getpass.getuser())}"
    mappings.get(db, name_or_file)
    raise AssertionError("a mapping that is kept was found above")


def kept_readers(db: Connection) -> Sequence[MappedReader]:
    """Return a reader for each kept mapping, the newest first; one of a later DreamDesk is passed over."""
    readers = []
    for one in kept(db):
        try:
            readers.append(MappedReader(one.name, from_json(json.loads(one.body))))
        except UserError:
            continue
    return readers


def mapping_digest(reading: Reading) -> str:
    """Return the SHA-256 of the mapping that *reading* reads with, "" for any other reader."""
    return reading.reader.digest if isinstance(reading.reader, MappedReader) else ""
