"""Memory import: two stores or folders, compared, with a source for each new statement where a session has one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dreamdesk.desk import ledger, memory, search, settings, sources
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.fingerprint import Fingerprint
from dreamdesk.desk.kept import keep_data
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Log, Trace
from dreamdesk.memory import compare, folders, stores
from dreamdesk.model.canonical import Json, sha256
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import (
    Author,
    Change,
    ChangeSet,
    Dream,
    Store,
    StoreKind,
    content_sha256,
)
from dreamdesk.model.source import ImportReport, Source
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.importing import import_paths
from dreamdesk.pipeline.memory_reviewing import checks_of, policies_of
from dreamdesk.pipeline.memory_sourcing import look_up, sessions_of

FORMAT, FOLDER = "memory-store", "memory-folder"


@dataclass
class _Side:
    """One of the two stores, and the source that it was read from."""

    store: Store
    sha256: str


def import_memory(
    db: Connection,
    before: Path,
    after: Path,
    *,
    dream: Path | None = None,
    versions: Sequence[Path] = (),
    in_place: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> int:
    """Compare two memory stores, or two folders, and put the changes on the desk; return the id of the change set.

    Args:
        db: The desk.
        before: A file with a listing of memories, or a folder of text files. Where a dream wrote in place, a file of
            memory versions will do: from them follows how the store stood before.
        after: The same, later.
        dream: A file with the dream object, if it stands in neither.
        versions: Files with memory versions: they name authors, and hold contents that a listing leaves out.
        in_place: *after* is what stands there now. That is known without saying so where the dream wrote into its
            input store, or where both listings are of one store.
        progress: Counts the changes whose sources were looked for.
        cancelled: After True nothing of the change set is kept; its files stay, like any other source.

    Raises:
        UserError: a file cannot be read, is no memory or breaks off, the two are of different kinds, they do not differ
            or the desk has this change set already. No change set was added.
    """
    if before.is_dir() != after.is_dir():
        raise UserError("One of the two is a folder and the other a file: give two folders, or two files.")
    extra = stores.Found()
    for path in [*versions, *([dream] if dream else [])]:
        extra = _joined(extra, _file(db, path)[1])
    if before.is_dir():
        sides = (_folder(db, before), _folder(db, after))
    else:
        sides, extra = _stores(db, before, after, extra)
    job = stores.dream(extra)
    about = _about(sides[0], sides[1], job, extra, in_place)
    if not about.changes:
        left = f" {counted(len(about.left_out), 'path')} could not be compared." if about.left_out else ""
        raise UserError(f"The two do not differ in any memory: there is nothing to decide.{left}")
    sessions, notes = sessions_of(db, job)
    search.index(db, cancelled)
    told, more = look_up(db, about.changes, sessions, progress, cancelled)
    about = replace(about, notes=(*about.notes, *notes, *more))
    policies, strictness = policies_of(db, sessions), settings.strictness(db)
    checks = [
        checks_of(about, change, statements, None, policies, strictness)
        for change, statements in zip(about.changes, told, strict=True)
    ]
    with transaction(db):
        identity = memory.add(db, about, told, checks, PROGRAM)
    write_head(db)
    return identity


def _stores(db: Connection, before: Path, after: Path, extra: stores.Found) -> tuple[tuple[_Side, _Side], stores.Found]:
    """Import two files of memories; return the stores in them, and everything that the files hold together."""
    (name, old), (new_name, new) = _file(db, before), _file(db, after)
    everything = _joined(_joined(old, new), extra)
    job = stores.dream(everything)
    later = stores.store(replace(new, versions=everything.versions), after.name, job.output_store if job else "")
    if job is not None and job.in_place and not old.memories and old.versions:
        if everything.cut:
            raise UserError(f"{before.name}: the versions break off: the last page names a next. Export them all.")
        earlier = stores.before_dream(everything, job, later)
    else:
        earlier = stores.store(replace(old, versions=everything.versions), before.name, job.input_store if job else "")
    return (_Side(earlier, name), _Side(later, new_name)), everything


def _joined(one: stores.Found, other: stores.Found) -> stores.Found:
    return stores.Found(
        one.memories + other.memories,
        one.versions + other.versions,
        one.stores + other.stores,
        one.dreams + other.dreams,
        one.unknown + other.unknown,
        one.cut or other.cut,
    )


def _file(db: Connection, path: Path) -> tuple[str, stores.Found]:
    """Import a file as a source like any other; return its digest and what it holds."""
    if path.is_dir():
        raise UserError(f"{path}: this is a folder, and a file with JSON was expected.")
    (report,) = import_paths(db, [path], FORMAT)
    if not report.format:
        raise UserError(report.skipped[0].reason)
    log = Log()
    try:
        values: list[Json] = [record.value for record in Trace(path, log).records()]
        if path.stat().st_size > folders.MOST_BYTES:
            raise UserError(f"{path.name}: it is larger than {folders.MOST_BYTES >> 20} MB, which no memory store is.")
        with path.open("rb") as file:
            changed = hashlib.file_digest(file, "sha256").hexdigest() != report.sha256
    except (OSError, Unreadable) as error:
        raise UserError(f"{path.name}: {error}.") from error
    if changed:
        raise UserError(f"{path.name}: the file changed while it was read; import it again.")
    if log.skipped:
        # A memory that cannot be read would look deleted.
        place, reason = log.skipped[0].place, log.skipped[0].reason
        raise UserError(
            f"{path.name}, {place}: {reason}. A memory that is not read would look deleted; export it anew."
        )
    return report.sha256, stores.find(values)


def _folder(db: Connection, path: Path) -> _Side:
    """Import a folder as one source, of which a snapshot is kept."""
    store = folders.read(path)
    data = folders.snapshot(store)
    source = Source(
        store.name, str(path.absolute()).encode("utf-8", "replace").decode(), sha256(data), len(data), FOLDER, 1
    )
    with sources.only_import(db):
        if sources.find(db, source.sha256) is None:
            report = ImportReport(
                source.name,
                source.sha256,
                FOLDER,
                skipped=store.left_out,
                notes=(f"{counted(len(store.memories), 'file')} of text",),
            )
            identity = sources.begin(db, source)
            with transaction(db):
                keep_data(db, identity, data)
                sources.finish(db, identity, report)
                ledger.append(
                    db,
                    PROGRAM,
                    "imported",
                    {
                        "subject": f"{source.name}: {counted(len(store.memories), 'file')}, {FOLDER}",
                        "source": identity,
                        "name": source.name,
                        "sha256": source.sha256,
                        "format": FOLDER,
                        "reader_version": 1,
                        "episodes": 0,
                        "skipped": len(store.left_out),
                        "steps_sha256": Fingerprint().hex(),
                    },
                )
    return _Side(store, source.sha256)


def _about(before: _Side, after: _Side, job: Dream | None, extra: stores.Found, in_place: bool) -> ChangeSet:
    """Return the change set, with the authors that the versions tell."""
    same_store = before.store.kind is StoreKind.STORE and before.store.name == after.store.name
    written = in_place or same_store or (job is not None and job.in_place)
    known, notes = stores.authors(extra)
    changes = tuple(
        replace(change, author=_author(change, known))
        for change in compare.changes(before.store, after.store, in_place=written)
    )
    if job is not None:
        title = f"Dream {one_line(job.id, 40)} on {one_line(before.store.name, 60)}"
        if job.status not in ("", "completed"):
            notes.append(f"the dream is {one_line(job.status, 30)}: what it wrote may be incomplete")
    else:
        title = f"{before.store.name} → {after.store.name}"
    if written and not in_place:
        notes.append("these changes stand in the store already: this is a review after the fact")
    left = {skip.place: skip for skip in (*before.store.left_out, *after.store.left_out)}
    changed = {path for change in changes for path in (change.path, change.old_path)}
    both = set(before.store.memories) & set(after.store.memories) - set(left)
    return ChangeSet(
        title=title,
        before=before.sha256,
        after=after.sha256,
        kind=before.store.kind,
        store=after.store.name if written else before.store.name,
        in_place=written,
        changes=changes,
        paths=tuple(sorted(set(after.store.memories) | (set(left) & set(before.store.memories)))),
        unchanged=len(both - changed),
        left_out=tuple(left[path] for path in sorted(left)),
        notes=tuple(dict.fromkeys((*before.store.notes, *after.store.notes, *notes))),
        dream=job,
    )


def _author(change: Change, known: compare.Authors) -> Author:
    name = "" if change.after is None else content_sha256(change.after)
    return known.get((change.path, name), Author())
