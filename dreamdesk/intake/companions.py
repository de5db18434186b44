"""Files that belong to a trace and lie near it: verdicts, labels and settings that the trace itself does not hold."""

from __future__ import annotations

from pathlib import Path

from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Trace
from dreamdesk.model.canonical import Json

_MAX = 64 << 20


def companion(trace: Trace, *place: str) -> Json:
    """Return what the JSON file at *place*, relative to the trace's folder, holds; None when there is no usable one.

    *place* may climb with ".." but any other part is a plain file or folder name, never a path: a name taken from a
    trace cannot lead elsewhere. Links are not followed. A file that is there but cannot be read is listed as skipped.
    """
    path = trace.path.parent
    for part in place:
        if part != ".." and (not part or part == "." or "\0" in part or Path(part).name != part or "\\" in part):
            return None
        path = path.resolve().parent if part == ".." else path / part
        if not _plain(path):
            return None
    try:
        if not path.is_file() or path == trace.path:
            return None
        if path.stat().st_size > _MAX:
            raise Unreadable("it is larger than 64 MB")
        return next((record.value for record in Trace(path, trace.log).records(split=False)), None)
    except (OSError, Unreadable) as error:
        trace.log.skip(f"{path.name} beside this file", str(error))
        return None


def _plain(path: Path) -> bool:
    """Tell whether something is at *path* that is no link; a name that no file can have names nothing."""
    try:
        return path.exists() and not path.is_symlink()
    except (OSError, ValueError):
        return False


def stem(trace: Trace, *endings: str) -> str:
    """Return the trace's file name without the first of *endings* that it has."""
    name = trace.path.name
    return next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), trace.path.stem)
