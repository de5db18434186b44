"""What a reader is: the one interface that every trace format is a single file behind.

A module in `readers/` defines a class with the members of `Reader` and ends with ``register(TheReader())``. Nothing
else changes: `opening` finds the module, asks each reader how sure it is of a file's first bytes, and lets the surest
read it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from dreamdesk.intake.archive import Archive
from dreamdesk.intake.bytesource import BLOCK, ByteSource, refusal
from dreamdesk.intake.containers import (
    Damage,
    Layout,
    Record,
    layout,
    lines_of_long_records,
    records,
    start_values,
)
from dreamdesk.intake.files import File, on_disk
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.source import Companion, Skip

T = TypeVar("T")

HEAD = 1 << 18
TAIL = 1 << 16
# Readers import these names from here, so that one module tells them all they need.
__all__ = [
    "Adopting",
    "Head",
    "Labelled",
    "Layout",
    "Log",
    "Reader",
    "Record",
    "Trace",
    "one_by_one",
    "register",
    "registered",
]

_MAX_DIALECTS = 50
MAX_LISTED = 1000
"""Skips that are listed one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a reader may look at to recognise a file: never its name.

    Attributes:
        layout: How the file's records are laid out.
        text: The first 256 KiB, as UTF-8.
        tail: The last 64 KiB of a longer, uncompressed file: keys may stand behind a giant value.
        values: The first values; the last may be cut short at the end of *text*.
    """

    layout: Layout
    text: bytes
    tail: bytes
    values: tuple[Json, ...]

    @property
    def objects(self) -> list[dict[str, Json]]:
        """The objects among the first values."""
        return [value for value in self.values if isinstance(value, dict)]

    def has(self, *keys: str) -> bool:
        """Tell whether one of the first objects has all *keys*, some perhaps behind a giant value, in the tail."""
        return any(
            all(key in value or (self.tail and f'"{key}"'.encode() in self.tail) for key in keys) and keys[0] in value
            for value in self.objects
        )


class Log:
    """Collects what an import could not read and what it noticed.

    Attributes:
        dialects: Versions and forms of the format that were met, and how often.
        duplicates: Records that told a second time what another tells, and were left out.
    """

    def __init__(self) -> None:
        self.skipped: list[Skip] = []
        self._more = 0
        self._notes: Counter[str] = Counter()
        self.dialects: Counter[str] = Counter()
        self.duplicates = 0

    def skip(self, place: str, reason: str) -> None:
        """List a part that could not be read."""
        if len(self.skipped) < MAX_LISTED:
            self.skipped.append(Skip(place, reason))
        else:
            self._more += 1
            self.skipped[MAX_LISTED:] = [Skip("further on", f"{self._more} more parts could not be read")]

    def stop(self, place: str, reason: str) -> None:
        """List first of all where and why reading had to end: it must not drown among the skips."""
        if len(self.skipped) >= MAX_LISTED:
            self._more += 1
            self.skipped[MAX_LISTED - 1 :] = [Skip("further on", f"{self._more} more parts could not be read")]
        self.skipped.insert(0, Skip(place, reason))

    def note(self, text: str) -> None:
        """Note something once, however often it happens; the notes say how often."""
        if text in self._notes or len(self._notes) < MAX_LISTED:
            self._notes[text] += 1

    def saw(self, dialect: str) -> None:
        """Count one more of a version or form of the format."""
        dialect = dialect[:60]
        if dialect and (dialect in self.dialects or len(self.dialects) < _MAX_DIALECTS):
            self.dialects[dialect] += 1

    @property
    def notes(self) -> list[str]:
        """The notes, each once."""
        return [text if count == 1 else f"{text} ({count} times)" for text, count in self._notes.items()]


class Trace:
    """An opened file, as a reader sees it.

    Attributes:
        name: Its name; a reader may look for companion files beside it.
        path: Where its bytes are.
        head: Its first bytes.
        log: Where skips and notes go.
        watch: Called at every record or line; what it raises ends the reading.
        companions: The other files that the reader looked into, by place.
        flat: The elements of lines that are arrays are the records.
    """

    def __init__(self, file: File | Path, log: Log) -> None:
        self.file = on_disk(file) if isinstance(file, Path) else file
        self.name, self.path = self.file.name, self.file.path
        self.log = log
        self.watch: Callable[[], None] = lambda: None
        self.companions: dict[str, Companion] = {}
        self.head, self.magic = look(self.path)
        self.flat = False
        self._source: ByteSource | Archive | None = None

    @property
    def position(self) -> int:
        """Bytes of the file that were consumed so far."""
        return self._source.position if self._source else 0

    def records(self, *, split: bool = True) -> Iterator[Record]:
        """Yield the good records; list the bad ones. With *split*, elements of a top-level array are records."""
        for record in self._guarded(lambda source: records(source, self.head.layout, split=split)):
            if isinstance(record, Damage):
                self.log.skip(record.place, record.reason)
                continue
            for note in record.notes:
                self.log.note(note)
            if self.flat and isinstance(record.value, list):
                for number, value in enumerate(record.value):
                    yield Record(value, f"{record.place}, element {number}", f"{record.pointer}/{number}")
            else:
                yield record

    def flatten(self) -> bool:
        """Take the elements of lines that are arrays as the records from now on; False when there are no such lines."""
        lists = any(isinstance(value, list) for value in self.head.values)
        if self.flat or not lists or self.head.layout is not Layout.LINES:
            return False
        self.flat = True
        values = [inner for value in self.head.values for inner in (value if isinstance(value, list) else [value])]
        self.head = replace(self.head, values=tuple(values))
        return True

    def lines(self) -> Iterator[str]:
        """Yield the lines of a file that is not JSON."""
        return self._guarded(text_lines)

    def blocks(self) -> Iterator[bytes]:
        """Yield the text of the file block by block, as UTF-8 where the file says what it is."""
        return self._guarded(lambda source: iter(source.read, b""))

    def archive(self) -> Archive:
        """Open a file that is a zip archive.

        Raises:
            Unreadable, OSError: It cannot be opened as one.
        """
        self._source = found = Archive(self.path)
        return found

    def _guarded(self, read: Callable[[ByteSource], Iterator[T]]) -> Iterator[T]:
        """Yield what *read* yields; when the file turns out to be unreadable, say so and end."""
        try:
            with ByteSource(self.path) as source:
                self._source = source
                for item in read(source):
                    self.watch()
                    yield item
        except (Unreadable, OSError) as error:
            self.log.stop(f"after byte {self.position}", str(error))

    def siblings(self) -> list[str]:
        """Return the names of the other files in the same folder that end like this one, at most 100, sorted."""
        return self.names_beside(Path(self.name).suffix)[:100]

    def names_beside(self, *endings: str) -> list[str]:
        """Return the names of the other files in the same folder with one of *endings*, sorted."""
        try:
            names = self.file.home.names()
        except OSError:
            return []
        return [name for name in names if name != self.name and Path(name).suffix in endings]

    def beside(self, name: str) -> Trace | None:
        """Open the companion file *name* in the same folder; None when there is none. It shares this file's log."""
        try:
            found = self.file.home.file(name)
            return Trace(found, self.log) if found is not None else None
        except (OSError, Unreadable):
            return None

    def use(self, other: File, name: str, *, part: bool = False) -> None:
        """Note that the file *other*, found at *name*, was joined with this one; it is hashed.

        Raises:
            OSError: It cannot be read.
        """
        if other.place not in self.companions:
            with other.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self.companions[other.place] = Companion(name, digest, part)


class Reader(Protocol):
    """One trace format.

    Attributes:
        name: Short and stable, such as "tau-bench"; stored with every source.
        version: Raised whenever the reader gives other episodes for the same bytes.
        unit: What `Episode.native_steps` counts, in the plural.
    """

    name: str
    version: int
    unit: str

    def sniff(self, head: Head) -> float:
        """Return how sure it is that the file is of this format: 0 for no, 1 for certain. Must not raise."""
        ...

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the episodes of *trace* one by one, and list in its log what could not be read."""
        ...


@runtime_checkable
class Adopting(Protocol):
    """A reader that knows an empty list, which itself tells nothing, as its own by what lies beside it."""

    def adopts(self, trace: Trace) -> bool:
        """Tell whether the empty list in *trace* is a trace of this reader's."""
        ...


@runtime_checkable
class Labelled(Protocol):
    """A reader that joins labels which lie in a file beside the trace; they may come later than it."""

    def labelled(self, trace: Trace) -> bool:
        """Tell whether labels lie beside *trace*; the files that they stand in are its companions then."""
        ...


_READERS: dict[str, Reader] = {}


def register(reader: Reader) -> None:
    """Make *reader* known. Called once, at the end of the reader's module."""
    if _READERS.setdefault(reader.name, reader) is not reader:
        raise ValueError(f"two readers are named {reader.name}")


def registered() -> dict[str, Reader]:
    """Return the readers by name."""
    return dict(sorted(_READERS.items()))


def one_by_one(trace: Trace, convert: Callable[[Record], Episode]) -> Iterator[Episode]:
    """Yield one episode per record; a record that *convert* finds Unreadable is listed, and the rest is read."""
    for record in trace.records():
        try:
            yield convert(record)
        except Unreadable as error:
            trace.log.skip(record.place, str(error))


def text_lines(source: ByteSource) -> Iterator[str]:
    """Yield the lines of *source*.

    Raises:
        Unreadable: A line is longer than 64 MB.
    """
    rest = b""
    while block := source.read(BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode("utf-8", "replace").rstrip("\r") for line in whole)
        if len(rest) > 1 << 26:
            raise Unreadable("a line is longer than 64 MB")
    yield rest.decode("utf-8", "replace")


def look(path: Path) -> tuple[Head, bytes]:
    """Return the head of the file at *path*, and its very first bytes as they are.

    Raises:
        OSError: The file cannot be read.
        Unreadable: It is compressed and damaged.
    """
    with path.open("rb") as file:
        magic = file.read(64)
    with ByteSource(path) as source:
        text = b""
        while len(text) < HEAD and (block := source.read(HEAD - len(text))):
            text += block
        text, long, plain = text[:HEAD], len(text) >= HEAD, source.own_offsets
    if refusal(text):  # whatever stands inside it in plain words, it is no text
        return Head(Layout.TEXT, text, _tail(path) if long and plain else b"", ()), magic
    kind = layout(text)
    if long and kind is Layout.DOCUMENTS and b"\n" not in text.strip():
        with ByteSource(path) as source:
            kind = Layout.LINES if lines_of_long_records(source) else kind
    tail = _tail(path) if long and plain else b""
    return Head(kind, text, tail, tuple(start_values(text, kind))), magic


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-min(TAIL, path.stat().st_size), 2)
        return file.read(TAIL)
