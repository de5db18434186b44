"""The way in: find the files, hash their bytes, recognise the format, read the episodes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dreamdesk.intake.bytesource import refusal
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Log, Reader, Trace, registered
from dreamdesk.intake.readers import discover
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Skip, Source
from dreamdesk.model.text import one_line

SURE = 0.5
"""A reader that is less sure than this does not read the file unless it is named."""


class Reading:
    """One opened file: hashed, recognised, ready to be read once.

    Attributes:
        source: The file and its digest.
        reader: The reader that recognised it.
        skipped: What could not be read so far, and why.
    """

    def __init__(self, source: Source, reader: Reader, trace: Trace, stamp: tuple[int, int]) -> None:
        self.source = source
        self.reader = reader
        self._trace = trace
        self._stamp = stamp

    @property
    def skipped(self) -> list[Skip]:
        """What could not be read so far, and why."""
        return self._trace.log.skipped

    @property
    def notes(self) -> list[str]:
        """What was noticed so far."""
        return self._trace.log.notes

    @property
    def position(self) -> int:
        """Bytes of the file that were consumed so far, for progress."""
        return self._trace.position

    def episodes(self) -> Iterator[Episode]:
        """Yield the episodes in file order. What cannot be read is passed over and listed in `skipped`."""
        found = False
        for episode in self.reader.read(self._trace):
            found = True
            yield episode
        if not (found or self.skipped or self.notes):
            self._trace.log.note("the file holds no episodes")
        try:
            changed = _stamp(Path(self.source.path)) != self._stamp
        except OSError:
            changed = True
        if changed:
            self._trace.log.skip("the file", "it changed while it was read; its digest is that of the earlier bytes")


def formats() -> list[str]:
    """Return the names of the formats that can be read."""
    discover()
    return list(registered())


def expand(paths: Sequence[Path]) -> list[Path]:
    """Return the files that *paths* mean: files as given, folders with all that is in them, in sorted order.

    Hidden files and folders are left out, and so are links that lead out of the folder.

    Raises:
        UserError: A path does not exist.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += _walk(path)
        elif path.exists():
            files.append(path)
        else:
            raise UserError(f"{path}: there is no such file or folder.")
    return list(dict.fromkeys(files))


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder):  # does not follow links to folders
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and path.resolve().is_relative_to(root):
                yield path


def open_source(path: Path, format_name: str | None = None) -> Reading:
    """Hash the file at *path*, recognise its format by what it holds, and return it ready to be read.

    Args:
        path: The file.
        format_name: One of `formats()`, to read the file as that whatever it looks like.

    Raises:
        UserError: The file cannot be opened, is empty or no text, or its format is unknown; says which and what to do.
    """
    discover()
    try:
        if not path.is_file():
            raise UserError(f"{path.name}: this is not a regular file.")
        stamp = _stamp(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if not stamp[0]:
            raise UserError(f"{path.name}: the file is empty.")
        trace = Trace(path, Log())
    except OSError as error:
        raise UserError(f"{path.name}: the file cannot be read ({error.strerror or error}).") from error
    except Unreadable as error:
        raise UserError(f"{path.name}: {error}. Nothing was imported.") from error
    except ValueError as error:  # a null byte in the path
        raise UserError(f"{str(path)!r}: this is no file name.") from error
    reader = _named(path, format_name) if format_name else _recognised(trace)
    _refuse_binary(path, trace, reader)
    if reader is None:
        raise UserError(_unknown(path, trace))
    source = Source(path.name, str(path), digest, stamp[0], reader.name, reader.version)
    return Reading(source, reader, trace, stamp)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _named(path: Path, name: str) -> Reader:
    reader = registered().get(name)
    if reader is None:
        raise UserError(f"{path.name}: there is no format named {name!r}. Known: {', '.join(registered())}.")
    return reader


def _recognised(trace: Trace) -> Reader | None:
    """Return the reader that is surest of the file, when it is sure enough."""
    sure = {reader.name: reader.sniff(trace.head) for reader in registered().values()}
    best = max(sure, key=lambda name: sure[name])
    return registered()[best] if sure[best] >= SURE else None


def _refuse_binary(path: Path, trace: Trace, reader: Reader | None) -> None:
    """Refuse a file that is certainly no text, unless a reader knows exactly this kind of file."""
    words = refusal(trace.magic) or refusal(trace.head.text)
    if words and (reader is None or reader.sniff(trace.head) < SURE):
        raise UserError(f"{path.name}: this is {words}. Nothing was imported.")


def _unknown(path: Path, trace: Trace) -> str:
    keys = ", ".join(one_line(key, 30) for value in trace.head.objects[:1] for key in list(value)[:8])
    start = one_line(trace.head.text[:200].decode("utf-8", "replace"), 40)
    seen = f"its first object has the keys {keys}" if keys else f"it begins with {start!r}" if start else "it is blank"
    return (
        f"{path.name}: the format is unknown; {seen}. Nothing was imported. "
        f"If it is one of {', '.join(registered())}, import it with the format named."
    )
