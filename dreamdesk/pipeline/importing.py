"""Import: trace files to episodes on the desk."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from dreamdesk.desk import episodes, ledger, outcomes, search, settings, sources
from dreamdesk.desk.database import Connection, relaxed, transaction
from dreamdesk.desk.fingerprint import Facts, Fingerprint
from dreamdesk.desk.kept import KEEP_BYTES, Keeping, SourceChanged
from dreamdesk.intake import opening
from dreamdesk.intake.opening import Reading
from dreamdesk.model.canonical import digest
from dreamdesk.model.episode import Episode, GapKind, Kind, OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Rule
from dreamdesk.model.source import ImportReport, Skip
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.mapping import kept_readers, mapping_entry
from dreamdesk.pipeline.pace import Pace

_PROVIDERS_OWN = "srvtoolu_"
"""Ids of tools that the model's provider runs itself: part of its reply, no call of the agent on its environment."""

_REFERENCED = (
    f"the file takes more than {KEEP_BYTES >> 20} MB even when it is compressed: the desk holds its digest and path,"
    " not its bytes; keep the file"
)

# Of one transaction: small enough for flat memory, large enough that commits do not matter.
_STEPS, _CHARACTERS = 4_000, 8 << 20


def formats() -> list[str]:
    """Return the names of the formats that can be read."""
    return opening.formats()


def import_paths(
    db: Connection,
    paths: Sequence[Path],
    format_name: str | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[ImportReport]:
    """Import the files of *paths* (folders are walked) and yield one report per source.

    A source is either wholly on the desk or not at all. A file that cannot be read yields a report with format "" that
    says why, and the others go on. A file whose bytes the desk already holds adds nothing. *progress* counts bytes.

    Raises:
        UserError: a path does not exist, or another process imports into this desk.
    """
    files = opening.expand(paths)
    with sources.only_import(db):
        sources.discard_abandoned(db)
        yield from _import_files(
            db, files, format_name, Pace(progress, sum(map(_size, files)), megabytes=True), cancelled
        )
        _make_searchable(db, progress, cancelled)
    write_head(db)


def _make_searchable(db: Connection, progress: Progress | None, cancelled: Cancelled | None) -> None:
    """Index the text of what came in; stopped, the next import goes on with it."""
    pace = Pace(progress, search.waiting(db))
    with relaxed(db):  # what a crash takes of the index is indexed again
        search.index(db, cancelled, lambda done: pace.tell(done, "Making the text searchable"))


def _import_files(
    db: Connection, files: list[Path], format_name: str | None, pace: Pace, cancelled: Cancelled | None
) -> Iterator[ImportReport]:
    before = 0
    kept = kept_readers(db)
    for file in files:
        if cancelled and cancelled():
            return
        try:
            reading = opening.open_source(file, format_name, kept)
        except UserError as error:
            mappable = str(file) if isinstance(error, opening.UnknownFormat) else ""
            yield ImportReport(file.name, "", "", skipped=(Skip(file.name, str(error)),), mappable=mappable)
            continue
        known = sources.find(db, reading.source.sha256)
        if known is not None:
            yield replace(sources.report(db, known), source=reading.source.name, known=True)
        else:
            try:
                report = _import_source(db, reading, _watch(reading, pace, before, cancelled))
            except SourceChanged as error:
                yield ImportReport(file.name, "", "", skipped=(Skip(file.name, str(error)),))
                continue
            if report is None:
                return
            yield report
        before += reading.source.size


def _size(file: Path) -> int:
    """Return the size of *file* for progress; 0 when it cannot be reached, which `open_source` tells."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0


class _Cancelled(Exception):
    """The import was cancelled: raised where it is noticed, caught where the source is taken back."""


def _watch(reading: Reading, pace: Pace, before: int, cancelled: Cancelled | None) -> Callable[[], None]:
    """Return what is called again and again while *reading* goes on; *before* are the bytes of the files before it."""
    what = f"Reading {one_line(reading.source.name, 80)}"

    def watch() -> None:
        pace.tell(before + reading.position, what)
        if cancelled and cancelled():
            raise _Cancelled

    return watch


def _import_source(db: Connection, reading: Reading, watch: Callable[[], None]) -> ImportReport | None:
    """Import one source; None when it was cancelled and taken back."""
    path = reading.source.path
    reading.source = replace(reading.source, name=_text(reading.source.name), path=_text(path))
    source = sources.begin(db, reading.source)
    try:
        counts = _Counts()
        reading.watch(watch)
        # Durability comes with the last commit: until then a crash only means that the source is taken back.
        with relaxed(db), _few_collections(), Keeping(db, source, path, reading.source.sha256) as keeping:
            for batch in _batches(reading, counts):
                with transaction(db):
                    for episode in batch:
                        counts.add(episode)
                        episodes.add(db, source, episode)
                    keeping.write()
                watch()
            with transaction(db):
                keeping.finish()
            if keeping.referenced:
                counts.notes.append(_REFERENCED)
        report = counts.report(reading)
        with transaction(db):
            sources.finish(db, source, report)
            if (rule := settings.outcome_rule(db)) != Rule():
                outcomes.derive(db, rule, source)
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
                    "steps_sha256": counts.fingerprint.hex(),
                    "facts_sha256": counts.facts.hex(),
                    "report_sha256": digest(asdict(report)),
                    **mapping_entry(reading),
                },
            )
        return report
    except _Cancelled:
        sources.discard(db, source)
        return None
    except BaseException:
        with suppress(UserError):  # where even that cannot be written, the next import takes it back
            sources.discard(db, source)
        raise


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage in cycles a tenth as often: decoded JSON has none, and looking takes a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _text(name: str) -> str:
    """Return a file name as text: bytes in it that are no UTF-8 become U+FFFD, because a desk holds text alone."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _batches(reading: Reading, counts: _Counts) -> Iterator[list[Episode]]:
    batch: list[Episode] = []
    steps = characters = 0
    try:
        for episode in reading.episodes():
            batch.append(episode)
            steps += len(episode.steps)
            characters += sum([len(step.content) for step in episode.steps])
            if steps >= _STEPS or characters >= _CHARACTERS:
                yield batch
                batch, steps, characters = [], 0, 0
    except UserError as error:
        # What was good before the place where reading had to stop is kept, and the place is listed.
        counts.stopped = Skip(reading.source.name, str(error))
    if batch:
        yield batch


class _Counts:
    """Counts while episodes pass by, for the report."""

    def __init__(self) -> None:
        self.states = dict.fromkeys(OutcomeState, 0)
        self.steps = self.native_steps = self.tool_calls = self.tool_errors = self.gaps = 0
        self.fingerprint, self.facts = Fingerprint(), Facts()
        self.kinds: Counter[str] = Counter()
        self.stopped: Skip | None = None
        self.notes: list[str] = []

    def add(self, episode: Episode) -> None:
        self.states[episode.outcome.state] += 1
        self.steps += len(episode.steps)
        self.native_steps += episode.native_steps
        self.gaps += len(episode.gaps)
        self.kinds.update([gap.kind.value for gap in episode.gaps])
        self.tool_calls += sum(
            step.kind is Kind.TOOL_CALL and not step.call_id.startswith(_PROVIDERS_OWN) for step in episode.steps
        )
        self.tool_errors += sum(step.kind is Kind.TOOL_RESULT and step.is_error for step in episode.steps)
        self.fingerprint.add(episode.steps)
        self.facts.add(episode)

    def report(self, reading: Reading) -> ImportReport:
        source = reading.source
        if reading.duplicates:
            self.kinds[GapKind.DUPLICATE.value] += reading.duplicates
        return ImportReport(
            source=source.name,
            sha256=source.sha256,
            format=source.format,
            episodes=sum(self.states.values()),
            failed=self.states[OutcomeState.FAILED],
            succeeded=self.states[OutcomeState.SUCCEEDED],
            partial=self.states[OutcomeState.PARTIAL],
            unknown=self.states[OutcomeState.UNKNOWN],
            steps=self.steps,
            native_steps=self.native_steps,
            tool_calls=self.tool_calls,
            tool_errors=self.tool_errors,
            gaps=self.gaps,
            gap_kinds=dict(sorted(self.kinds.items())),
            dialects=reading.dialects,
            skipped=(*reading.skipped, *((self.stopped,) if self.stopped else ())),
            notes=(*reading.notes, *self.notes),
        )
