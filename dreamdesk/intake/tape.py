"""A tar archive of a stranger, read from its first header to its last: ustar, pax and GNU names (POSIX.1-2017, pax).

Only what stands in a header of 512 bytes is believed, and only as far as the bytes that follow bear it out.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.intake.bytesource import ByteSource
from dreamdesk.intake.parsing import Unreadable

_BLOCK = 512
_MAX_EXTRA = 1 << 20
"""Bytes of an extended header: a name and a few times."""
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_KINDS = {
    tarfile.SYMTYPE: "a link", tarfile.LNKTYPE: "a link", tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe", tarfile.GNUTYPE_SPARSE: "a file with holes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its name, what it is if it is no plain file, and its content, which must be read in its turn."""

    name: str
    refused: str
    blocks: Iterator[bytes]


def members(source: ByteSource) -> Iterator[Member]:
    """Yield the members of the archive that *source* gives; folders are left out.

    Raises:
        Unreadable: The archive is cut off or damaged; what was yielded before is good.
    """
    stream = _Stream(source)
    named: dict[str, str] = {}
    while header := stream.read(_BLOCK, short=True):
        if not header.strip(b"\0"):
            return
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise Unreadable("a header of the tar archive is damaged; what stands after it was not read") from error
        if info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            named |= _records(stream.header_content(info.size))
        elif info.type == tarfile.XGLTYPE:
            stream.header_content(info.size)  # comments and times for all; a name or size would be senseless
        elif info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            text = stream.header_content(info.size).rstrip(b"\0").decode("utf-8", "surrogateescape")
            named |= {"path": text} if info.type == tarfile.GNUTYPE_LONGNAME else {}
        else:
            size, plain = _size(named.get("size", ""), info.size), info.type in _FILES
            name = named.get("path", info.name)
            refused = "" if plain else f"it is {_KINDS.get(info.type, 'of an unknown kind')}, which is not followed"
            if any(key.startswith("GNU.sparse") for key in named):
                refused = "it is a file with holes, which cannot be read here"
            named = {}
            content = stream.blocks(size if plain or info.type not in _KINDS else 0)
            if not (info.type == tarfile.DIRTYPE or (plain and name.endswith("/"))):
                yield Member(name, refused, content)
            for _ in content:  # what was not taken of it is passed over
                pass
            stream.read(-size % _BLOCK)


class _Stream:
    """The bytes of the archive, in pieces of a wanted size."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._held = b""

    def read(self, size: int, *, short: bool = False) -> bytes:
        """Return *size* bytes; with *short*, b"" at the end of the archive."""
        while len(self._held) < size:
            block = self._source.read()
            if not block:
                if short and not self._held:
                    return b""
                raise Unreadable("the tar archive is cut off")
            self._held += block
        found, self._held = self._held[:size], self._held[size:]
        return found

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the next *size* bytes, block by block."""
        while size:
            if not self._held:
                self._held = self._source.read()
                if not self._held:
                    raise Unreadable("the tar archive is cut off")
            block, self._held = self._held[:size], self._held[size:]
            size -= len(block)
            yield block

    def header_content(self, size: int) -> bytes:
        """Return the content of an extended header."""
        if not 0 <= size <= _MAX_EXTRA:
            raise Unreadable("an extended header of the tar archive is larger than 1 MB")
        found = self.read(size)
        self.read(-size % _BLOCK)
        return found


def _records(data: bytes) -> dict[str, str]:
    """Return the records of a pax header: each is "LENGTH KEY=VALUE" and a line feed."""
    found: dict[str, str] = {}
    while data:
        length, _, _ = data.partition(b" ")
        if not (length.isdigit() and len(length) < 8 and len(length) < int(length) <= len(data)):
            raise Unreadable("an extended header of the tar archive is damaged; what stands after it was not read")
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    return found


def _size(pax: str, header: int) -> int:
    size = int(pax) if pax.isascii() and pax.isdigit() and len(pax) < 16 else header
    if size < 0:
        raise Unreadable("a header of the tar archive is damaged; what stands after it was not read")
    return size
