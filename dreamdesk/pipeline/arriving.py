"""What arrives at the desk: files, and the members of archives; and which of them belong to another file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dreamdesk.desk import foreign
from dreamdesk.desk.database import Connection, path_of
from dreamdesk.intake import opening, tables
from dreamdesk.intake.files import File, on_disk
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import ImportReport, Skip
from dreamdesk.model.text import counted
from dreamdesk.pipeline.common import Cancelled

tables.offer(foreign.MAGIC, foreign.rows)  # a stage knows no SQL


@dataclass(slots=True)
class Arrived:
    """The files that one path stands for: the file itself, or the members of the archive that it is."""

    files: list[File]
    report: ImportReport | None = None


@contextmanager
def scratch(db: Connection) -> Iterator[Path]:
    """Make a folder beside the desk for the content of archives; it is removed at the end, and at the next import."""
    desk = path_of(db)
    folder = desk.with_name(f".{desk.name}.unpacked")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise UserError(f"Nothing can be written beside {desk.name} ({error.strerror or error}).") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def arrived(path: Path, folder: Path, stopped: Cancelled) -> Iterator[Arrived]:
    """Give the files that *path* stands for; the content of an archive lies in *folder* meanwhile."""
    place = folder / "archive"
    try:
        try:
            inside = opening.unpack(path, place, stopped)
        except UserError as error:  # the disk is full, say: the next source may still find room
            yield Arrived([], ImportReport(path.name, "", "", skipped=(Skip(path.name, str(error)),)))
            return
        if inside is None:
            yield Arrived([on_disk(path)])
            return
        found = Arrived(inside.files)
        if inside.skipped:
            note = f"an archive of {counted(len(inside.files), 'file')}, each of which is a source of its own"
            found.report = ImportReport(
                path.name, "", "archive" if inside.files else "", skipped=tuple(inside.skipped),
                notes=(note,) if inside.files else (),
            )  # fmt: skip
        yield found
    finally:
        shutil.rmtree(place, ignore_errors=True)


@dataclass(slots=True)
class Company:
    """Which files belong to which: a verdict beside a trace is no broken trace.

    Attributes:
        named: Paths that were named one by one; what cannot be read of them is told at once.
        used: Places of the files that sources were joined with.
        parts: Those of them that are parts of a source.
        held: Reports of files that could not be read, with their places, until it is known whose they are.
    """

    named: frozenset[str] = frozenset()
    used: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    held: list[tuple[str, ImportReport]] = field(default_factory=list)

    def takes(self, place: str, report: ImportReport) -> bool:
        """Note what the *report* on the file at *place* tells; False when it is held back."""
        for companion in report.companions:
            there = os.path.normpath(os.path.join(os.path.dirname(place), companion.name))
            self.used.add(there)
            if companion.part:
                self.parts.add(there)
        if report.format or place in self.named:
            return True
        self.held.append((place, report))
        return False

    def unread(self) -> Iterator[ImportReport]:
        """Yield the reports of the files that could not be read and belong to nothing."""
        for place, report in self.held:
            if os.path.normpath(place) not in self.used:
                yield report
