"""The bytes of one file as UTF-8 text: decompressed, without a byte-order mark, and within limits."""

from __future__ import annotations

import codecs
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dreamdesk.intake import tables
from dreamdesk.intake.compression import Unpacker, compression, decompressor

BLOCK = 1 << 20

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"SQLite format 3\x00", "an SQLite database; export its traces as JSON or JSONL first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it and import the files inside"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it and import the files inside"),
    (b"ARROW1", "an Arrow table; export it as JSONL first"),
    (b"%PDF", "a PDF document, not a trace"),
    (b"\x89PNG", "an image, not a trace"),
    (b"\xff\xfe\x00\x00", "text in UTF-32; save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "text in UTF-32; save it as UTF-8"),
    (b"/annex/objects/", "a git-annex pointer: the file itself was not downloaded (git annex get)"),
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was not downloaded (git lfs pull)"),
)


def refusal(start: bytes) -> str:
    """Return in words what a file that begins with *start* is, when it is certainly no text; else ""."""
    for magic, words in _MAGIC:
        if start.startswith(magic):
            return words
    if is_tar(start):
        return "a tar archive"
    if start[257:262] == b"ustar":
        return "a tar archive whose first header is damaged"
    if len(start) > 1 and start[0] == 0x80 and 2 <= start[1] <= 5:
        return "a Python pickle, which could run code when it is opened; ask for the trace as JSON"
    return ""


def is_tar(start: bytes) -> bool:
    """Tell whether a file that begins with *start* is a tar archive: its first header has the right checksum."""
    try:
        tarfile.TarInfo.frombuf(start[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


class ByteSource:
    """Reads a file block by block.

    Attributes:
        position: Bytes of the file consumed so far, for progress.
        own_offsets: The bytes given out are the file's own, so that offsets into them are offsets into the file.
        start: Offset in the file of the first byte given out (3 after a UTF-8 byte-order mark).
        unit: What a line of it is: "line", or "row" of a table.
    """

    def __init__(self, path: Path) -> None:
        self.position = 0
        self.start = 0
        self.unit = "line"
        self.own_offsets = True
        self._file: BinaryIO = path.open("rb")
        self._unpacker: Unpacker | None = None
        self._rows: Iterator[bytes] | None = None
        self._decode: codecs.IncrementalDecoder | None = None
        try:
            self._pending = self._begin()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ByteSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._rows = None  # ends it here: what it has open may belong to this thread

    def read(self, size: int = BLOCK) -> bytes:
        """Return about *size* more bytes; b"" at the end.

        Raises:
            Unreadable: The compressed data are damaged, cut off, or unpack beyond the limits.
            OSError: The disk or the network share failed.
        """
        block, self._pending = self._pending, b""
        return block or self._text(size)

    def _begin(self) -> bytes:
        start = self._file.read(16)
        self._file.seek(0)
        self.own_offsets = False
        if name := compression(start):
            self._unpacker = Unpacker(decompressor(start), self._taken, f"the file, compressed with {name},")
        elif tables.is_table(start):
            self.unit = "row"
            self._rows = tables.lines(Path(self._file.name), start)
            self.position = self._file.seek(0, 2)
        else:
            self.own_offsets = True
        block = self._raw(BLOCK)
        if block.startswith(codecs.BOM_UTF8):
            self.start = 3
            return block[3:]
        if encoding := _UTF16.get(block[:2]):
            return self._begin_utf16(encoding, block[2:])
        if block[:1] in (b"{", b"[") and block[1:2] == block[3:4] == b"\0" != block[2:3]:
            return self._begin_utf16("utf-16-le", block)
        if block[1:2] in (b"{", b"[") and block[:1] == block[2:3] == b"\0" != block[3:4]:
            return self._begin_utf16("utf-16-be", block)
        return block

    def _begin_utf16(self, encoding: str, block: bytes) -> bytes:
        """Decode from here on; without a mark, UTF-16 shows in the zeros of the first two characters (RFC 4627, 3)."""
        self._decode = codecs.getincrementaldecoder(encoding)("replace")
        self.own_offsets = False
        return self._decode.decode(block).encode("utf-8", "replace")

    def _text(self, size: int) -> bytes:
        block = self._raw(size)
        if self._decode is None:
            return block
        return self._decode.decode(block, final=not block).encode("utf-8", "replace")

    def _raw(self, size: int) -> bytes:
        if self._unpacker is not None:
            return self._unpacker.read(size)
        if self._rows is not None:
            return next(self._rows, b"")
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        block = self._file.read(size)
        self.position += len(block)
        return block
