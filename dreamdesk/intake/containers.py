"""The containers that records come in: JSON lines, one document, an array, or documents back to back.

An array is read through a window, element by element, so that memory depends on the largest element and not on the
file.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Protocol

from dreamdesk.intake.bytesource import BLOCK
from dreamdesk.intake.parsing import MAX_RECORD, Unreadable, parse, parse_start
from dreamdesk.model.canonical import Json, sha256

_SPACE = b" \t\r\n"
# Everything up to the next bracket: possessive, so that a cut-off string fails at once instead of being tried again.
_RUN = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.S)
_SCALAR = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,\[\]{}"]++', re.S)


class Layout(StrEnum):
    """How the records of a file are laid out."""

    LINES = "lines"
    ARRAY = "array"
    DOCUMENTS = "documents"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value of a file.

    Attributes:
        value: What it holds.
        place: Where it stands, in words.
        pointer: JSON Pointer inside the file ("" for a document), or "line:N" in a file of lines.
        offset, length, data: Its own bytes in the file; 0, 0, b"" when the file is compressed or UTF-16.
        notes: What had to be mended.
    """

    value: Json
    place: str
    pointer: str
    offset: int = 0
    length: int = 0
    data: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Digest of its own bytes, "" where it has none; reckoned when asked, as most lines of a log are no episode."""
        return sha256(self.data) if self.data else ""


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that could not be read, and why."""

    place: str
    reason: str


def layout(start: bytes) -> Layout:
    """Return the layout of a file that begins with *start* (256 KiB are enough)."""
    filled = [line.rstrip() for line in start.split(b"\n", 61)[:61] if line.strip()]
    if not filled:
        return Layout.TEXT
    first = filled[0].lstrip()
    whole = [line[:1] in (b"{", b"[") and _is_whole(line) for line in filled]
    if first[:1] == b"[":
        several = len(filled) > 1 and whole[0] and filled[1][:1] in (b"{", b"[")
        return Layout.LINES if several else Layout.ARRAY
    # Most lines are whole objects: lines, even when the first is damaged. The last one may be cut off by *start*.
    if len(filled) > 1 and 2 * sum(whole) >= len(filled) - 1 and any(whole):
        return Layout.LINES
    return Layout.DOCUMENTS if first[:1] == b"{" else Layout.TEXT


def lines_of_long_records(source: Source) -> bool:
    """Tell whether *source*, whose first line is longer than any sample, holds one object per line."""
    window = Window(source)
    position = window.skip(window.base, _SPACE)
    try:
        end = window.value_end(position)
    except Unreadable:
        return False
    return window.byte(end) in (b"\n", b"\r") and window.byte(window.skip(end, _SPACE)) == b"{"


def _is_whole(line: bytes) -> bool:
    try:
        parse(line)
    except Unreadable:
        return False
    return True


class Source(Protocol):
    """Where a window reads from: see `ByteSource`."""

    own_offsets: bool
    start: int
    unit: str

    def read(self, size: int = BLOCK) -> bytes:
        """Return about *size* more bytes; b"" at the end."""
        ...


class _Held:
    """Bytes in memory, read like a file."""

    own_offsets, start, unit = True, 0, "line"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int = BLOCK) -> bytes:
        """Return all bytes at once."""
        data, self._data = self._data, b""
        return data


class Window:
    """A stretch of the source that slides forward; positions are offsets into the source's bytes.

    Attributes:
        keep: What stands before this position may be forgotten.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = b""
        self.base = self.keep = source.start
        self.ended = False

    def more(self) -> bool:
        """Read at least as much again as is kept, so that long records cost linear time; False at the end."""
        blocks = [self.data[self.keep - self.base :]]
        self.base = self.keep
        wanted = max(BLOCK, len(blocks[0]))
        while wanted > 0 and not self.ended:
            block = self.source.read(wanted)
            self.ended = not block
            wanted -= len(block)
            blocks.append(block)
        self.data = b"".join(blocks)
        return any(blocks[1:])

    def cut(self, start: int, end: int) -> bytes:
        """Return the bytes from *start* to *end*, which the window must hold."""
        return self.data[start - self.base : end - self.base]

    def skip(self, position: int, what: bytes) -> int:
        """Return the position of the first byte from *position* on that is not one of *what*; else the end."""
        while True:
            rest = self.data[position - self.base : position - self.base + 4096]
            kept = rest.lstrip(what)
            position += len(rest) - len(kept)
            if kept:
                return position
            if not rest:
                self.keep = position
                if not self.more():
                    return position

    def byte(self, position: int) -> bytes:
        """Return the byte at *position*, or b"" at the end."""
        if position - self.base >= len(self.data) and not self.more():
            return b""
        return self.data[position - self.base : position - self.base + 1]

    def value_end(self, start: int) -> int:
        """Return the position after the JSON value that begins at *start*.

        What was passed is forgotten once it is more than a record may hold.

        Raises:
            Unreadable: The file ends inside the value, or one string of it is too large.
        """
        if self.byte(start) not in (b"{", b"["):
            return self._scalar_end(start)
        position, depth = start, 0
        while True:
            match = _RUN.match(self.data, position - self.base)
            assert match is not None  # the pattern matches the empty string
            bracket = self.data[match.end() : match.end() + 1]
            if bracket in (b"{", b"[", b"}", b"]"):
                position = self.base + match.end() + 1
                depth += 1 if bracket in (b"{", b"[") else -1
                if depth == 0:
                    return position
                continue
            if self.base + len(self.data) - start > MAX_RECORD:
                self.keep = position
            if self.base + len(self.data) - position > MAX_RECORD:
                raise Unreadable(f"it is larger than {MAX_RECORD >> 20} MB, and the rest of the file was not read")
            if not self.more():
                raise Unreadable("the file ends inside it")

    def _scalar_end(self, start: int) -> int:
        while True:
            match = _SCALAR.match(self.data, start - self.base)
            end = self.base + match.end() if match else None
            if end is not None and end < self.base + len(self.data):
                return end
            if len(self.data) > MAX_RECORD:
                raise Unreadable(f"it is larger than {MAX_RECORD >> 20} MB, and the rest of the file was not read")
            if not self.more():
                if end is None:
                    raise Unreadable("the file ends inside a string")
                return end


def records(source: Source, kind: Layout, *, split: bool) -> Iterator[Record | Damage]:
    """Yield the records of *source*, good and bad, in file order.

    With *split*, the elements of a top-level array are the records; without, the array is one record.
    """
    if kind is Layout.LINES:
        return _lines(source)
    return _values(source, split=split)


def start_values(start: bytes, kind: Layout, limit: int = 20) -> list[Json]:
    """Return the first values of a file that begins with *start*; the last may be cut short."""
    if kind is Layout.LINES:
        return [v for line in start.split(b"\n", limit)[:limit] if (v := parse_start(line.strip())) is not None]
    text = start.lstrip(_SPACE)
    value = parse_start(text)
    if value is None:  # several documents, or a damaged one: take what is whole
        found = records(_Held(text), kind, split=True)
        return [item.value for item in islice(found, limit) if isinstance(item, Record)]
    return value[:limit] if kind is Layout.ARRAY and isinstance(value, list) else [value]


def _record(source: Source, data: bytes, offset: int, place: str, pointer: str) -> Record | Damage:
    try:
        value, notes = parse(data)
    except Unreadable as error:
        return Damage(place, str(error))
    if not source.own_offsets:
        return Record(value, place, pointer, notes=notes)
    return Record(value, place, pointer, offset, len(data), data, notes)


def _lines(source: Source) -> Iterator[Record | Damage]:
    window, number = Window(source), 0
    start = scanned = window.base
    while True:
        end = window.data.find(b"\n", scanned - window.base) + window.base
        if end < window.base:
            scanned = window.base + len(window.data)
            window.keep = start if scanned - start <= MAX_RECORD else scanned
            if window.more():
                continue
            end = scanned
        number += 1
        if end - start > MAX_RECORD:
            yield Damage(f"{source.unit} {number}", f"it is larger than {MAX_RECORD >> 20} MB")
        elif text := (line := window.cut(start, end)).strip():
            indent = len(line) - len(line.lstrip())
            yield _record(source, text, start + indent, f"{source.unit} {number}", f"{source.unit}:{number}")
        start = scanned = end + 1
        if start >= window.base + len(window.data) and window.ended:
            return


def _values(source: Source, *, split: bool) -> Iterator[Record | Damage]:
    window = Window(source)
    position, documents = window.base, 0
    while True:
        position = window.skip(position, _SPACE + b",")
        first = window.byte(position)
        if not first:
            return
        documents += 1
        place = "the document" if documents == 1 else f"document {documents}"
        prefix = "" if documents == 1 else f"document:{documents}"
        if split and first == b"[":
            end = yield from _elements(window, position + 1, prefix)
        else:
            end = yield from _value(window, position, place, prefix)
        if end is None:
            return
        position = end


def _elements(window: Window, position: int, prefix: str) -> Generator[Record | Damage, None, int | None]:
    """Yield the elements of the array whose bracket stands before *position*; return the position after it, or None."""
    number = 0
    while True:
        position = window.skip(position, _SPACE + b",")
        first = window.byte(position)
        if first == b"]":
            return position + 1
        if not first:
            yield Damage(f"element {number}", "the file ends before the array does")
            return None
        end = yield from _value(window, position, f"element {number}", f"{prefix}/{number}")
        if end is None:
            return None
        position, number = end, number + 1


def _value(window: Window, start: int, place: str, pointer: str) -> Generator[Record | Damage, None, int | None]:
    """Yield the value that begins at *start*; return the position after it, or None when its end cannot be found."""
    window.keep = start
    if window.byte(start) in (b"]", b"}", b":"):
        yield Damage(place, "a bracket or colon stands where a value should begin")
        return window.skip(start, b"]}:")
    try:
        end = window.value_end(start)
    except Unreadable as error:
        yield Damage(place, str(error))
        return None
    if end - start > MAX_RECORD:
        yield Damage(place, f"it is larger than {MAX_RECORD >> 20} MB")
    else:
        yield _record(window.source, window.cut(start, end), start, place, pointer)
    return end
