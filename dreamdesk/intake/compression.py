"""Compressed bytes of a stranger, unpacked block by block and never beyond the limits: gzip, bzip2, xz and zstd."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

from dreamdesk.intake.parsing import Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_RATIO = 200
MAX_UNPACKED = 4 << 30
_BLOCK = 1 << 20
_BITE = 1 << 16
"""Packed bytes taken at once: what unpacks is counted against what was taken, so this bounds how far it may run on."""
_MAX_MEMORY = 128 << 20
_MAX_WINDOW = 27  # a zstd window of 128 MiB
# Everything that the decompressors are known to raise on damaged data.
_DAMAGE = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError)


class Decompressor(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """The end of the compressed stream was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """More input is needed before more can come out."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What stands after the end."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most *max_length* bytes more."""
        ...


class _Zlib:
    """A zlib decompressor with the interface of the others."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _lzma() -> Decompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_MEMORY)


def _zstd() -> Decompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _MAX_WINDOW})


_MAGIC: dict[bytes, tuple[str, Callable[[], Decompressor]]] = {
    b"\x1f\x8b": ("gzip", lambda: _Zlib(31)),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": ("xz", _lzma),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}
ZIP_METHODS: dict[int, Callable[[], Decompressor]] = {
    8: lambda: _Zlib(-15), 12: bz2.BZ2Decompressor, 93: _zstd, 95: _lzma,
}  # fmt: skip
"""Decompressors by the method of a zip member (PKWARE APPNOTE 4.4.5); 0 is stored."""


def compression(start: bytes) -> str:
    """Return how a file that begins with *start* is compressed, "" when it is not."""
    return next((name for magic, (name, _) in _MAGIC.items() if start.startswith(magic)), "")


def decompressor(start: bytes) -> Callable[[], Decompressor]:
    """Return what makes decompressors for a file that begins with *start*, which `compression` knows."""
    return next(make for magic, (_, make) in _MAGIC.items() if start.startswith(magic))


class Unpacker:
    """Unpacks what *take* gives; several streams one after the other count as one, zeros after the last as its end.

    *what* names it in errors.
    """

    def __init__(self, make: Callable[[], Decompressor], take: Callable[[int], bytes], what: str) -> None:
        self._make, self._take, self._what = make, take, what
        self._inner = make()
        self._in = self._out = 0

    def read(self, size: int) -> bytes:
        """Return up to *size* more bytes; b"" at the end.

        Raises:
            Unreadable: The data are damaged, cut off, or unpack to more than 200 times their size or 4 GB.
        """
        while True:
            data = b""
            if self._inner.eof:
                data = self._inner.unused_data
                while not data.strip(b"\0"):  # padding
                    data = self._bite()
                    if not data:
                        return b""
                self._inner = self._make()
            elif self._inner.needs_input:
                data = self._bite()
                if not data:
                    raise Unreadable(f"{self._what} is cut off")
            try:
                block = self._inner.decompress(data, size)
            except _DAMAGE as error:
                raise Unreadable(f"{self._what} is damaged") from error
            self._out += len(block)
            if self._out > MAX_UNPACKED or (self._out > _BLOCK and self._out > MAX_RATIO * self._in):
                raise Unreadable(
                    f"{self._what} unpacks to more than {MAX_RATIO} times its size or {MAX_UNPACKED >> 30} GB"
                )
            if block:
                return block

    def _bite(self) -> bytes:
        data = self._take(_BITE)
        self._in += len(data)
        return data
