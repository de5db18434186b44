"""Verdicts that arrive after their trace: a trace whose bytes are known is read again for what lies beside it now."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from dreamdesk.desk import late, outcomes, settings, sources, versions
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.intake import opening
from dreamdesk.intake.opening import Reading
from dreamdesk.model.episode import Outcome
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import ImportReport
from dreamdesk.model.text import counted
from dreamdesk.pipeline.common import PROGRAM

_VERDICTS = "verdicts"
_ABOVE = 3
"""So many folders above a trace, its own included, its verdict may lie in or below."""


@dataclass(slots=True)
class Arrivals:
    """The files of one import: those that hold verdicts, and those that need no second look.

    Attributes:
        verdicts: Places of files of verdicts.
        seen: Digests of the sources that were read in this import.
    """

    verdicts: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def take(self, place: str, report: ImportReport) -> None:
        """Note the file at *place*, of which *report* tells."""
        self.seen.add(report.sha256)
        if report.format == _VERDICTS:
            self.verdicts.append(place)

    def waiting(self, db: Connection) -> Iterator[Path]:
        """Yield the traces on the disk that lie near one of the files of verdicts and may be judged by it."""
        if not self.verdicts:
            return
        for source, place, sha256 in sources.places(db):
            folders = Path(os.path.abspath(place)).parents[:_ABOVE]
            near = any(Path(os.path.abspath(verdict)).is_relative_to(f) for verdict in self.verdicts for f in folders)
            if near and sha256 not in self.seen and _may_join(db, source) and _is_still(Path(place), sha256):
                yield Path(place)


def _may_join(db: Connection, source: int) -> bool:
    """Tell whether a verdict that *source* has not may lie beside it: it lacks one, or has one from there."""
    return bool(sources.report(db, source).companions) or late.awaited(db, versions.line(db, source))


def _is_still(path: Path, sha256: str) -> bool:
    """Tell whether the file at *path* is there and has the bytes that it had."""
    return path.is_file() and opening.digests(path, [path.stat().st_size]) == [sha256]


def join(db: Connection, source: int, reading: Reading) -> ImportReport:
    """Return the report of *source*, whose bytes *reading* has again; verdicts that are beside it now are joined.

    The bytes and the reader being the same, another outcome can only come from a file beside them. What no verdict
    stands behind replaces nothing.
    """
    before = sources.report(db, source)
    known = replace(before, source=reading.source.name, known=True)
    line = versions.line(db, source)
    given = sources.named(db, reading.source.sha256)
    alike = (given.format, given.reader_version) == (reading.source.format, reading.source.reader_version)
    if not alike or not _may_join(db, source):
        return known
    found = _found(db, versions.Line(line), reading)
    if not found or not reading.companions:
        return known
    moves = Counter((outcomes.own(db, number).state.value, one.state.value) for number, one in found.items())
    told = [f"{n:,} {old} → {new}" if old != new else f"{n:,} {old} as before" for (old, new), n in moves.items()]
    note = f"{counted(len(found), 'verdict')} joined to episodes of {known.source}: {', '.join(told)}"
    known = replace(known, joined=len(found), notes=(note, *known.notes), companions=reading.companions)
    with transaction(db):
        late.join(db, found, known, settings.outcome_rule(db), PROGRAM)
    return known


def _found(db: Connection, line: versions.Line, reading: Reading) -> dict[int, Outcome]:
    """Return the verdicts of *reading* that the desk has not, by the episode of the *line* that each is on."""
    found: dict[int, Outcome] = {}
    with suppress(UserError):  # reading ends where it ended at the import, whose report says why
        for episode in reading.episodes():
            if episode.outcome.source in late.UNJUDGED:
                continue
            identity = line.older(db, episode.key, episode.task_key)
            if identity is not None and outcomes.own(db, identity) != episode.outcome:
                found[identity] = episode.outcome
    return found
