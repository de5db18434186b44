"""The way in: find the files, hash their bytes, recognise the format, read the episodes."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dreamdesk.intake import unpacking
from dreamdesk.intake.bytesource import refusal
from dreamdesk.intake.compression import compression
from dreamdesk.intake.files import File, on_disk
from dreamdesk.intake.order import with_disorder
from dreamdesk.intake.parsing import Unreadable, parse
from dreamdesk.intake.reader import HEAD, Adopting, Labelled, Layout, Log, Reader, Trace, registered
from dreamdesk.intake.readers import discover
from dreamdesk.intake.tables import is_table
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Companion, Skip, Source
from dreamdesk.model.text import one_line

SURE = 0.5
"""A reader that is less sure than this does not read the file unless it is named."""

MAX_STEPS = 1_000_000
"""Steps of one episode; a desk addresses little more."""


class UnknownFormat(UserError):
    """No reader knows the file; a mapping may read it."""


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

    def __reduce__(self) -> tuple[Callable[..., Reading], tuple[object, ...]]:
        """Hand it to another process, where the file is opened again; nothing of it may have been read."""
        known = self.reader.name in registered()
        return _opened_again, (
            self.source, self.reader.name if known else self.reader, self._trace.file, self._trace.flat, self._stamp
        )  # fmt: skip

    @property
    def skipped(self) -> list[Skip]:
        """What could not be read so far, and why."""
        return self._trace.log.skipped

    @property
    def notes(self) -> list[str]:
        """What was noticed so far."""
        return self._trace.log.notes

    @property
    def dialects(self) -> dict[str, int]:
        """Versions and forms of the format that were met so far, and how often."""
        return dict(self._trace.log.dialects)

    @property
    def duplicates(self) -> int:
        """Records that told a second time what another tells, and were left out."""
        return self._trace.log.duplicates

    @property
    def companions(self) -> tuple[Companion, ...]:
        """The other files that were joined so far."""
        return tuple(self._trace.companions.values())

    def labels_beside(self) -> set[str]:
        """Return the digests of the files of labels that lie beside the file now, where its reader takes any."""
        if not isinstance(self.reader, Labelled):
            return set()
        beside = Trace(self._trace.file, Log())
        found = self.reader.labelled(beside)
        return {companion.sha256 for companion in beside.companions.values()} if found else set()

    @property
    def path(self) -> Path:
        """Where the bytes of the file are, be it a member of an archive."""
        return self._trace.path

    @property
    def position(self) -> int:
        """Bytes of the file that were consumed so far, for progress."""
        return self._trace.position

    def watch(self, watch: Callable[[], None]) -> None:
        """Have *watch* called at every record: some formats show no episode before the last one. It may raise."""
        self._trace.watch = watch

    def episodes(self) -> Iterator[Episode]:
        """Yield the episodes in file order, each with a key of its own. What cannot be read is listed in `skipped`."""
        keys: Counter[str] = Counter()
        for episode in map(with_disorder, self.reader.read(self._trace)):
            if len(episode.steps) > MAX_STEPS:
                words = f"it has {len(episode.steps):,} steps; an episode may have {MAX_STEPS:,}"
                self._trace.log.skip(one_line(episode.key, 80) or "the episode", words)
                continue
            keys[episode.key] += 1
            if keys[episode.key] > 1:
                yield replace(episode, key=_another(episode.key, keys))
            else:
                yield episode
        if not (keys or self.skipped or self.notes):
            self._trace.log.note("the file holds no episodes")
        try:
            changed = _stamp(self._trace.path) != self._stamp
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

    Hidden files and folders are left out, and so are pipes, devices and links that lead out of the folder. A folder
    that cannot be listed stands in the result itself, so that `open_source` says so.

    Raises:
        UserError: A path does not exist or cannot be reached.
    """
    files: list[Path] = []
    for path in paths:
        try:
            if path.is_dir():
                files += _walk(path)
            elif path.exists():
                files.append(path)
            else:
                raise UserError(f"{path}: there is no such file or folder.")
        except OSError as error:
            raise UserError(f"{path}: it cannot be reached ({error.strerror or error}).") from error
    return list(dict.fromkeys(files))


def _walk(folder: Path) -> Iterator[Path]:
    root, closed = folder.resolve(), list[Path]()
    walk = os.walk(folder, onerror=lambda error: closed.append(Path(error.filename)))  # follows no links to folders
    for place, folders, names in walk:
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and _belongs(path, root):
                yield path
    yield from closed


def _belongs(path: Path, root: Path) -> bool:
    """Tell whether *path* is a file under *root*, or may be one that cannot be reached: then `open_source` says so."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except OSError:
        return True


def unpack(path: Path, scratch: Path, stopped: Callable[[], bool] = lambda: False) -> unpacking.Unpacked | None:
    """Return the members of the archive at *path*, their content written to *scratch*, a folder that is made here.

    None when it is no archive, or one that a reader reads as a whole, such as a log of Inspect. Once *stopped* says so,
    no further member is read.

    Raises:
        UserError: *scratch* cannot be written.
    """
    discover()
    try:
        if not path.is_file() or not unpacking.is_archive(path):
            return None
        trace = Trace(path, Log())
        if trace.magic.startswith(b"PK") and _recognised(trace, ()):
            return None
    except (OSError, ValueError):  # `open_source` says what is wrong with it
        return None
    try:
        scratch.mkdir(mode=0o700)
        return unpacking.unpacked(path, scratch, stopped)
    except OSError as error:
        raise UserError(
            f"{path.name}: the archive cannot be unpacked ({error.strerror or error}). Its content is laid beside the "
            "desk meanwhile, so there must be room for it; nothing of it was imported."
        ) from error


def open_source(path: Path | File, format_name: str | None = None, kept: Sequence[Reader] = ()) -> Reading:
    """Hash the file at *path*, recognise its format by what it holds, and return it ready to be read.

    Args:
        path: The file, or a member of an archive.
        format_name: One of `formats()` or of *kept*, to read the file as that whatever it looks like.
        kept: Readers of the desk's own mappings; they are asked when no format is recognised.

    Raises:
        UnknownFormat: The format is unknown; says what to do.
        UserError: The file cannot be opened, is empty or no text; says which and what to do.
    """
    discover()
    file = on_disk(path) if isinstance(path, Path) else path
    try:
        if file.path.is_dir():
            os.scandir(file.path).close()  # a closed folder says that it is one
        if not file.path.is_file():
            raise UserError(f"{file.name}: this is not a regular file.")
        stamp = _stamp(file.path)
        with file.path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if not stamp[0]:
            raise UserError(f"{file.name}: the file is empty.")
        trace = Trace(file, Log())
    except OSError as error:
        raise UserError(f"{file.name}: the file cannot be read ({error.strerror or error}).") from error
    except Unreadable as error:
        raise UserError(f"{file.name}: {error}. Nothing was imported.") from error
    except ValueError as error:  # a null byte in the path
        raise UserError(f"{str(path)!r}: this is no file name.") from error
    reader = _named(trace, format_name, kept) if format_name else _recognised(trace, kept)
    _refuse_binary(trace, reader)
    if reader is None:
        raise UnknownFormat(_unknown(trace))
    source = Source(file.name, file.place, digest, stamp[0], reader.name, reader.version)
    return Reading(source, reader, trace, stamp)


def _opened_again(source: Source, reader: Reader | str, file: File, flat: bool, stamp: tuple[int, int]) -> Reading:
    discover()
    trace = Trace(file, Log())
    if flat:
        trace.flatten()
    return Reading(source, registered()[reader] if isinstance(reader, str) else reader, trace, stamp)


def digests(path: Path, sizes: Sequence[int]) -> list[str]:
    """Return the SHA-256 of the first so many bytes of the file at *path* for each of *sizes*; "" beyond its end."""
    found, done, running = dict[int, str](), 0, hashlib.sha256()
    try:
        with path.open("rb") as file:
            for size in sorted(set(sizes)):
                while done < size and (block := file.read(min(size - done, 1 << 20))):
                    running.update(block)
                    done += len(block)
                found[size] = running.hexdigest() if done == size else ""
    except OSError:  # whoever reads it next says so
        pass
    return [found.get(size, "") for size in sizes]


def _another(key: str, keys: Counter[str]) -> str:
    """Return *key* with a number that none of *keys* has: a source may give one id to several episodes."""
    number = keys[key]
    while f"{key} #{number}" in keys:
        number += 1
    keys[f"{key} #{number}"] += 1
    return f"{key} #{number}"


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _named(trace: Trace, name: str, kept: Sequence[Reader]) -> Reader:
    reader = registered().get(name) or next((one for one in kept if one.name == name), None)
    if reader is not None and reader in kept and not reader.sniff(trace.head):
        raise UnknownFormat(f"{trace.name}: it has not the fields that {name} reads. Nothing was imported.")
    if reader is None:
        raise UserError(f"{trace.name}: there is no format named {name!r}. Known: {', '.join(registered())}.")
    return reader


def _recognised(trace: Trace, kept: Sequence[Reader]) -> Reader | None:
    """Return the reader that is surest of the file, when it is sure enough; of those *kept* only if no other is."""
    for readers in (list(registered().values()), kept):
        sure = [reader.sniff(trace.head) for reader in readers]
        if max(sure, default=0.0) >= SURE:
            return readers[sure.index(max(sure))]
    if b"".join(trace.head.text.split()) == b"[]":
        return next((r for r in registered().values() if isinstance(r, Adopting) and r.adopts(trace)), None)
    return _recognised(trace, kept) if trace.flatten() else None


def _refuse_binary(trace: Trace, reader: Reader | None) -> None:
    """Refuse a file that is certainly no text, unless a reader knows exactly this kind of file."""
    words = "" if is_table(trace.magic) else refusal(trace.magic) or refusal(trace.head.text)
    outside = compression(trace.magic)
    if words.endswith("archive") and not trace.file.is_on_disk:
        words += " inside an archive, which is not opened; unpack it and import it by itself"
    if outside and (inside := compression(trace.head.text)):
        words = f"compressed twice, with {outside} and with {inside}; decompress it once"
    if outside and trace.head.text.startswith(b"PK\x03\x04"):
        words, reader = f"a zip archive compressed with {outside}; decompress it first", None
    if words and (reader is None or reader.sniff(trace.head) < SURE):
        raise UserError(f"{trace.name}: this is {words}. Nothing was imported.")


def _unknown(trace: Trace) -> str:
    keys = ", ".join(one_line(key, 30) for value in trace.head.objects[:1] for key in list(value)[:8])
    start = one_line(trace.head.text[:200].decode("utf-8", "replace"), 40)
    seen = f"its first object has the keys {keys}" if keys else f"it begins with {start!r}" if start else "it is blank"
    one = trace.head.layout is not Layout.LINES and trace.head.text.lstrip()[:1] in (b"{", b"[")
    if one and len(trace.head.text) < HEAD:
        try:
            parse(trace.head.text)
        except Unreadable as error:
            seen += f", and {error}"
    return (
        f"{trace.name}: the format is unknown; {seen}. Nothing was imported. "
        "Say which of its fields is what (Map fields… in the window, dreamdesk mapping propose on the command line). "
        f"If it is one of {', '.join(registered())}, import it with the format named."
    )
