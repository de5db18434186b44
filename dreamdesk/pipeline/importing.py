"""Import: trace files to episodes on the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from dreamdesk.desk import corrections, episodes, ledger, outcomes, search, settings, sources, versions
from dreamdesk.desk.database import Connection, relaxed, transaction
from dreamdesk.desk.episodes import Packed
from dreamdesk.desk.kept import KEEP_BYTES, Keeping, SourceChanged
from dreamdesk.desk.recording import Recorder
from dreamdesk.intake import opening
from dreamdesk.intake.beside import Beside, ReadingEnded
from dreamdesk.intake.files import File, on_disk
from dreamdesk.intake.opening import Reading
from dreamdesk.intake.reader import Reader
from dreamdesk.intake.taking import Part, Taken, take
from dreamdesk.model.ahead import Ahead
from dreamdesk.model.canonical import digest
from dreamdesk.model.errors import UserError
from dreamdesk.model.interpreter import many_objects
from dreamdesk.model.outcome import Rule
from dreamdesk.model.source import ImportReport, Skip
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline.arriving import Company, arrived, scratch
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.joining import Arrivals, join
from dreamdesk.pipeline.mapping import kept_readers, mapping_digest
from dreamdesk.pipeline.pace import Pace

_REFERENCED = (
    f"the file takes more than {KEEP_BYTES >> 20} MB even when it is compressed: the desk holds its digest and path,"
    " not its bytes; keep the file"
)


def formats() -> list[str]:
    """Return the names of the formats that can be read."""
    return opening.formats()


def import_paths(
    db: Connection,
    paths: Sequence[Path],
    format_name: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    *,
    searchable: bool = True,
) -> Iterator[ImportReport]:
    """Import the files of *paths* (folders are walked) and yield one report per source.

    A source is either wholly on the desk or not at all. A file that cannot be read yields a report with format "" that
    says why, and the others go on. A file whose bytes the desk already holds adds nothing. *progress* counts bytes.

    Raises:
        UserError: a path does not exist, or another process imports into this desk.
    """
    files = opening.expand(paths)
    size = sum(map(_size, files))
    with sources.only_import(db), scratch(db) as folder, Beside(size) as beside:
        sources.discard_abandoned(db)
        pace = Pace(progress, size, megabytes=True)
        company = Company(frozenset(map(str, paths)))
        yield from _import_files(db, files, company, folder, format_name, pace, cancelled, beside)
        if searchable:  # else the next import or `prepare` sees to it
            _make_searchable(db, progress, cancelled)
    write_head(db)


def _make_searchable(db: Connection, progress: Progress | None, cancelled: Cancelled | None) -> None:
    """Index the text of what came in; stopped, the next import goes on with it."""
    pace = Pace(progress, search.waiting(db))
    with relaxed(db):  # what a crash takes of the index is indexed again
        search.index(db, cancelled, lambda done: pace.tell(done, "Making the text searchable"))


def _import_files(
    db: Connection,
    paths: list[Path],
    company: Company,
    folder: Path,
    format_name: str | None,
    pace: Pace,
    cancelled: Cancelled | None,
    beside: Beside,
) -> Iterator[ImportReport]:
    stopped = cancelled or (lambda: False)
    before, kept, arrivals = 0.0, kept_readers(db), Arrivals()
    for path in paths:
        if stopped():
            return
        with arrived(path, folder, stopped) as found:
            if found.report and not stopped():
                yield found.report
            share = _size(path) / max(1, sum(_size(file.path) for file in found.files))  # of an archive, packed
            for file in found.files:
                if stopped():
                    return
                if file.place not in company.parts:
                    report = _import_file(db, file, format_name, kept, _Watch(pace, before, share, stopped), beside)
                    if report is None:
                        return
                    arrivals.take(file.place, report)
                    if company.takes(file.place, report):
                        yield report
                before += _size(file.path) * share
    yield from company.unread()
    for path in arrivals.waiting(db):
        report = _import_file(db, on_disk(path), None, kept, _Watch(pace, before, 0, stopped), beside)
        if report is None or stopped():
            return
        if report.joined:
            yield report


def _import_file(
    db: Connection, file: File, format_name: str | None, kept: Sequence[Reader], watch: _Watch, beside: Beside
) -> ImportReport | None:
    """Import one file; None when it was cancelled and taken back."""
    try:
        reading = opening.open_source(file, format_name, kept)
    except UserError as error:
        mappable = str(file.path) if isinstance(error, opening.UnknownFormat) and file.is_on_disk else ""
        return ImportReport(file.name, "", "", skipped=(Skip(file.name, str(error)),), mappable=mappable)
    known = sources.find(db, reading.source.sha256)
    before = None if known is None else sources.report(db, known)
    try:
        if known is not None and before and not _is_another(before, reading, named=format_name is not None):
            reading.watch(watch.over(reading, lambda: reading.position))
            return join(db, known, reading)
        return _import_source(db, reading, watch, known, beside)
    except (SourceChanged, ReadingEnded) as error:
        return ImportReport(file.name, "", "", skipped=(Skip(file.name, str(error)),))
    except _Cancelled:
        return None


def _is_another(before: ImportReport, reading: Reading, *, named: bool) -> bool:
    """Tell whether *reading* reads the bytes otherwise than *before*.

    That is as the format *named*, with a new mapping, or with labels that lie beside the file by now.
    """
    if reading.source.format != before.format:
        return named
    joined = {companion.sha256 for companion in before.companions}
    return mapping_digest(reading) != before.mapping or not joined.issuperset(reading.labels_beside())


def _size(file: Path) -> int:
    """Return the size of *file* for progress; 0 when it cannot be reached, which `open_source` tells."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


class _Cancelled(Exception):
    """The import was cancelled: raised where it is noticed, caught where the source is taken back."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """What looks up again and again while a file is read: it tells the progress and hears a cancel.

    Attributes:
        before: Bytes of the files before it.
        share: Bytes that one byte of this file stands for: less than 1 in an archive.
    """

    pace: Pace
    before: float
    share: float
    stopped: Cancelled

    def over(self, reading: Reading, position: Callable[[], int]) -> Callable[[], None]:
        """Return what is called while *reading* goes on, which has come to *position*."""
        what = f"Reading {one_line(reading.source.name, 80)}"

        def look() -> None:
            self.pace.tell(round(self.before + position() * self.share), what)
            self.heed()

        return look

    def heed(self) -> None:
        """Raise `_Cancelled` once the import is."""
        if self.stopped():
            raise _Cancelled


def _predecessor(db: Connection, reading: Reading) -> int | None:
    """Return the source that *reading* is a later state of: it begins with its bytes, or lies at its place."""
    source = reading.source
    here = versions.same_place(db, source)
    smaller = versions.smaller(db, source)
    if smaller:
        starts = opening.digests(reading.path, [size for _, size, _ in smaller])
        for (identity, _, sha256), start in zip(smaller, starts, strict=True):
            if sha256 == start and identity not in versions.line(db, here):
                return identity
    return here


def _import_source(
    db: Connection, reading: Reading, watch: _Watch, known: int | None, beside: Beside
) -> ImportReport | None:
    """Import one source, of which *known* read the same bytes; None when it was cancelled and taken back."""
    path = str(reading.path)
    reading.source = replace(reading.source, name=_text(reading.source.name), path=_text(reading.source.path))
    line = versions.before(db, _predecessor(db, reading) if known is None else known)
    source = sources.begin(db, reading.source)
    try:
        parts, look = _parts(reading, line, watch, beside)
        states = _States(db, line)
        # Durability comes with the last commit: until then a crash only means that the source is taken back.
        with relaxed(db), many_objects(), Keeping(db, source, path, reading.source.sha256) as keeping, parts:
            for part in parts.rest(look):
                if isinstance(part, Taken):
                    taken = part
                    break
                batch = [Packed(*values) for values in part]
                with transaction(db):
                    states.compare(batch)
                    episodes.write(db, source, batch)
                    keeping.write()
                look()
            with transaction(db):
                keeping.finish()
        steps, places, facts = taken.digests
        with transaction(db):
            # Of what reads the same bytes in another way, only what somebody worked on stands beside this.
            withdrawn = [] if known is None else versions.untouched(db, source, taken.left)
            report = _report(
                reading, line, taken, states, withdrawn if known is not None else None, referenced=keeping.referenced
            )
            sources.finish(db, source, report)
            if (rule := settings.outcome_rule(db)) != Rule():
                outcomes.derive(db, rule, source)
            if line.sources:
                versions.add(db, source, line.sources[0])
            ledger.append(
                db,
                PROGRAM,
                "imported",
                {
                    "subject": f"{report.source}: {counted(report.episodes, 'episode')}, {report.format}",
                    "source": source,
                    "name": report.source,
                    "sha256": report.sha256,
                    "format": report.format,
                    "reader_version": reading.source.reader_version,
                    "episodes": report.episodes,
                    "skipped": len(report.skipped),
                    "steps_sha256": steps,
                    "places_sha256": places,
                    "facts_sha256": facts,
                    "report_sha256": digest(asdict(report)),
                    **_version_entry(report, line),
                    **({"mapping_sha256": report.mapping} if report.mapping else {}),
                },
            )
            if line.sources:
                corrections.outdate(db, versions.superseded(db, source), PROGRAM)
            versions.withdraw(db, withdrawn, report.source, PROGRAM)
        return report
    except _Cancelled:
        sources.discard(db, source)
        return None
    except BaseException:
        with suppress(UserError):  # where even that cannot be written, the next import takes it back
            sources.discard(db, source)
        raise


def _parts(
    reading: Reading, line: versions.Line, watch: _Watch, beside: Beside
) -> tuple[Ahead[Part], Callable[[], None]]:
    """Return what is taken from the source, made ahead in a process or a thread, and what to call meanwhile."""
    if beside.takes(reading.source.size):
        parts: Ahead[Part] = Ahead(beside.take(reading, partial(Recorder, line), lambda: parts.heed()))
        return parts, watch.over(reading, lambda: beside.position)
    parts = Ahead(take(reading, Recorder(line)))

    def at_every_record() -> None:
        parts.heed()
        watch.heed()

    reading.watch(at_every_record)
    return parts, watch.over(reading, lambda: reading.position)


class _States:
    """Compares episodes with earlier states of them.

    Attributes:
        changed: Episodes of which the line holds an earlier state.
        stale: Corrections of such states.
    """

    def __init__(self, db: Connection, line: versions.Line) -> None:
        self.changed = self.stale = 0
        self._db, self._line = db, line

    def compare(self, batch: Sequence[Packed]) -> None:
        """Look for earlier states of the episodes of *batch*."""
        for packed in batch:
            older = self._line.older(self._db, packed.key, packed.task_key)
            if older is not None:
                self.changed += 1
                self.stale += versions.corrections(self._db, older)


def _report(
    reading: Reading,
    line: versions.Line,
    taken: Taken,
    states: _States,
    withdrawn: Sequence[int] | None,
    *,
    referenced: bool,
) -> ImportReport:
    """Return the report of a source.

    Args:
        reading: It.
        line: Its earlier versions.
        taken: What was read of it.
        states: What of that are later states of episodes.
        withdrawn: Where its bytes were read before, the episodes of then that are no longer shown.
        referenced: Its bytes are not kept.
    """
    found, notes = taken.report(reading), list[str]()
    if line.sources:
        words = f"{found.unchanged:,} unchanged, {states.changed:,} changed, {found.episodes - states.changed:,} new"
        notes.append(f"version {line.number} of this file; of its episodes {words}")
    if withdrawn is not None:
        gone = (
            f"; {counted(len(withdrawn), 'episode')} of it, which nobody worked on, no longer shown"
            if withdrawn
            else ""
        )
        notes.append(f"the bytes of version {line.number - 1}, read again{gone}")
    if referenced:
        notes.append(_REFERENCED)
    if states.stale:
        notes.append(f"corrections of earlier states of these episodes, now stale: {states.stale:,}")
    return replace(
        found,
        notes=(*notes, *found.notes),
        version=line.number,
        changed=states.changed,
        mapping=mapping_digest(reading),
    )


def _version_entry(report: ImportReport, line: versions.Line) -> dict[str, int]:
    """Return what the ledger keeps of a version after the first."""
    if not line.sources:
        return {}
    return {
        "predecessor": line.sources[0],
        "version": line.number,
        "unchanged": report.unchanged,
        "changed": report.changed,
    }


def _text(name: str) -> str:
    """Return a file name as text: bytes in it that are no UTF-8 become U+FFFD, because a desk holds text alone."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
