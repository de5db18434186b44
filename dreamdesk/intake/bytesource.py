"""The bytes of one file as UTF-8 text: decompressed, without a byte-order mark, and within limits."""

from __future__ import annotations

import codecs
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dreamdesk.intake.parsing import Unreadable

BLOCK = 1 << 20
MAX_RATIO = 200
MAX_UNPACKED = 4 << 30

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_MAGIC = (
    (b"PK\x03\x04", "a zip archive; unpack it and import the files inside"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"PAR1", "a Parquet table; export it as JSONL first"),
    (b"SQLite format 3\x00", "an SQLite database; export its traces as JSON or JSONL first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; decompress it first (zstd -d)"),
    (b"BZh", "compressed with bzip2; decompress it first (bunzip2)"),
    (b"\xfd7zXZ\x00", "compressed with xz; decompress it first (unxz)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it and import the files inside"),
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
    if start[257:262] == b"ustar":
        return "a tar archive; unpack it and import the files inside"
    if len(start) > 1 and start[0] == 0x80 and 2 <= start[1] <= 5:
        return "a Python pickle, which could run code when it is opened; ask for the trace as JSON"
    return ""


class ByteSource:
    """Reads a file block by block.

    Attributes:
        position: Bytes of the file consumed so far, for progress.
        own_offsets: The bytes given out are the file's own, so that offsets into them are offsets into the file.
        start: Offset in the file of the first byte given out (3 after a UTF-8 byte-order mark).
    """

    def __init__(self, path: Path) -> None:
        self.position = 0
        self.start = 0
        self.own_offsets = True
        self._file: BinaryIO = path.open("rb")
        self._inflate: zlib._Decompress | None = None
        self._decode: codecs.IncrementalDecoder | None = None
        self._packed = b""
        self._in = self._out = 0
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

    def read(self, size: int = BLOCK) -> bytes:
        """Return about *size* more bytes; b"" at the end.

        Raises:
            Unreadable: The compressed data are damaged, cut off, or unpack beyond the limits.
            OSError: The disk or the network share failed.
        """
        block, self._pending = self._pending, b""
        return block or self._text(size)

    def _begin(self) -> bytes:
        if self._file.read(2) == b"\x1f\x8b":
            self._inflate = zlib.decompressobj(wbits=31)
            self.own_offsets = False
        self._file.seek(0)
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
        if self._inflate is None:
            block = self._file.read(size)
            self.position += len(block)
            return block
        while True:
            if not self._packed:
                self._packed = self._file.read(size)
                self.position += len(self._packed)
                if not self._packed:
                    if not self._inflate.eof:
                        raise Unreadable("the compressed file is cut off")
                    return b""
            if self._inflate.eof:  # another gzip member follows, or zero padding
                if not self._packed.strip(b"\0"):
                    self._packed = b""
                    continue
                self._inflate = zlib.decompressobj(wbits=31)
            if block := self._unpack(size):
                return block

    def _unpack(self, size: int) -> bytes:
        assert self._inflate is not None
        before = len(self._packed)
        try:
            block = self._inflate.decompress(self._packed, size)
        except zlib.error as error:
            raise Unreadable("the compressed file is damaged") from error
        self._packed = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        self._in += before - len(self._packed)
        self._out += len(block)
        if self._out > MAX_UNPACKED or (self._out > BLOCK and self._out > MAX_RATIO * max(self._in, 1)):
            raise Unreadable(
                f"the compressed file unpacks to more than {MAX_RATIO} times its size or {MAX_UNPACKED >> 30} GB"
            )
        return block
