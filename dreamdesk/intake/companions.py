"""Files that belong to a trace and lie near it: verdicts, labels and settings that the trace itself does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dreamdesk.intake.files import File, Folder
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Trace
from dreamdesk.model.canonical import Json

_MAX = 64 << 20


def companion(trace: Trace, *place: str, part: bool = False) -> Json:
    """Return what the JSON file at *place*, relative to the trace's folder, holds; None when there is no usable one.

    *place* may climb with ".." but any other part is a plain file or folder name, never a path: a name taken from a
    trace cannot lead elsewhere. Links are not followed. A file that is there but cannot be read is listed as skipped.
    With *part*, the file is a part of this trace and no trace of its own.
    """
    try:
        found = _find(trace.file.home, place)
        if found is None or found.place == trace.file.place:
            return None
        if found.path.stat().st_size > _MAX:
            raise Unreadable("it is larger than 64 MB")
        trace.use(found, "/".join(place), part=part)
        return next((record.value for record in Trace(found, trace.log).records(split=False)), None)
    except (OSError, Unreadable) as error:
        trace.log.skip(f"{place[-1]} beside this file", str(error))
        return None


def _find(home: Folder, place: tuple[str, ...]) -> File | None:
    *folders, name = place
    for folder in folders:
        inner = home.folder(folder)
        if inner is None:
            return None
        home = inner
    return home.file(name)


def stem(trace: Trace, *endings: str) -> str:
    """Return the trace's file name without the first of *endings* that it has."""
    name = trace.name
    return next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), Path(trace.name).stem)


def belongings(trace: Trace, *place: str, depth: int = 8) -> Iterator[tuple[str, File]]:
    """Yield the files in the folder *place*, relative to the trace's folder, and below it, each with its place."""
    home: Folder | None = trace.file.home
    for name in place:
        home = home.folder(name) if home is not None else None
    if home is None:
        return
    try:
        for name in home.names():
            if found := home.file(name):
                yield "/".join((*place, name)), found
        for name in home.folders() if depth else ():
            yield from belongings(trace, *place, name, depth=depth - 1)
    except OSError as error:
        trace.log.skip(f"the folder {'/'.join(place)} beside this file", error.strerror or str(error))
