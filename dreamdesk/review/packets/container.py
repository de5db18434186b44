"""The file of a packet: a ZIP archive of one exact layout, so that any unzip reads it and nothing can hide in it.

Members lie one behind the other from the first byte on, deflated, with no date, comment or extra field; then the
central directory (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16). One pair of functions gives the bytes of
all headers: the writer writes them and the reader demands them, so that no member can overlap another or be read in
two ways. Nothing is ever unpacked to the disk, no name becomes a path, and a size in a header is only a limit.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

MOST_BYTES = 1 << 30
"""Bytes that a packet may have."""
MOST_UNPACKED = 2 << 30
"""Bytes that all of its members may have together."""
MOST_MEMBERS = 4_096
MOST_RATIO = 200
"""How many times longer than its packed bytes a member may be. Repetitive traces reach about 60."""

_FREE = 1 << 16  # a member this short may be packed as tightly as it likes
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_DATE = 0x21  # 1 January 1980, the earliest that there is
_CHUNK = 1 << 20


class _Member(NamedTuple):
    name: str
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def data(self) -> int:
        """Where its packed bytes begin."""
        return self.offset + _LOCAL.size + len(self.name)


def _local(member: _Member) -> bytes:
    about = (20, 0, 8, 0, _DATE, member.crc, member.packed, member.size, len(member.name), 0)
    return _LOCAL.pack(b"PK\3\4", *about) + member.name.encode("ascii")


def _directory(members: Iterable[_Member], start: int) -> bytes:
    entries = [
        _CENTRAL.pack(b"PK\1\2", 20, 20, 0, 8, 0, _DATE, m.crc, m.packed, m.size, len(m.name), 0, 0, 0, 0, 0, m.offset)
        + m.name.encode("ascii")
        for m in members
    ]
    listed = b"".join(entries)
    return listed + _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(listed), start, 0)


def _is_trap(member: _Member) -> bool:
    return member.size > MOST_RATIO * member.packed + _FREE


class Writer:
    """Writes a packet into *file*, which is empty and can seek. Call `add` for each member, then `finish`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._members: list[_Member] = []
        self._total = 0

    def add(self, name: str, chunks: Callable[[], Iterable[bytes]]) -> None:
        """Add the member *name*; *chunks* gives its bytes, each time anew.

        Raises:
            UserError: the packet would become larger than one may be.
        """
        offset = self._file.tell()
        member = self._add(name, chunks(), 6)
        if _is_trap(member):  # so alike that a reader would not believe it: then it stays as long as it is
            self._file.seek(offset)
            self._file.truncate()
            member = self._add(name, chunks(), 0)
        self._total += member.size
        self._members.append(member)

    def _add(self, name: str, chunks: Iterable[bytes], level: int) -> _Member:
        file, offset = self._file, self._file.tell()
        member = _Member(name, 0, 0, 0, offset)
        file.write(_local(member))
        squeeze, crc, size = zlib.compressobj(level, zlib.DEFLATED, -15), 0, 0
        for chunk in chunks:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            if self._total + size > MOST_UNPACKED or file.tell() > MOST_BYTES - (1 << 20):
                raise UserError("The packet would be too large. Choose fewer episodes, or leave the recordings out.")
            file.write(squeeze.compress(chunk))
        file.write(squeeze.flush())
        end = file.tell()
        member = member._replace(crc=crc, packed=end - member.data, size=size)
        file.seek(offset)
        file.write(_local(member))
        file.seek(end)
        return member

    def finish(self) -> None:
        """Write the directory, after which the packet is whole."""
        self._file.write(_directory(self._members, self._file.tell()))


class Reader:
    """Reads a packet that anybody may have made.

    Raises:
        UserError: the file is not laid out as a packet is, or larger than one may be.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, one_line(name, 120)
        self._members = {member.name: member for member in self._listed()}

    @property
    def members(self) -> dict[str, int]:
        """The size of each member, by name, in the order in which they lie."""
        return {member.name: member.size for member in self._members.values()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of the member *name*, which must be one of `members`.

        Raises:
            UserError: they are not those that its header tells of.
        """
        member = self._members[name]
        loose, crc, size, left = zlib.decompressobj(-15), 0, 0, member.packed
        self._file.seek(member.data)
        try:
            while not loose.eof:
                if not (data := loose.unconsumed_tail):
                    data = self._file.read(min(left, _CHUNK))
                    left -= len(data)
                if not data:
                    raise self._refused(f"the member {name} is cut short")
                found = loose.decompress(data, _CHUNK)
                crc, size = zlib.crc32(found, crc), size + len(found)
                if size > member.size:
                    raise self._refused(f"the member {name} is longer than it says")
                if found:
                    yield found
                self._file.seek(member.data + member.packed - left)
        except zlib.error as error:
            raise self._refused(f"the member {name} is damaged ({error})") from error
        if left or loose.unused_data or size != member.size or crc != member.crc:
            raise self._refused(f"the member {name} is not the one that its header tells of")

    def read(self, name: str, most: int) -> bytes:
        """Return the bytes of the member *name*.

        Raises:
            UserError: it is not there, longer than *most* bytes, or damaged.
        """
        if name not in self._members:
            raise self._refused(f"the member {name} is missing")
        if self._members[name].size > most:
            raise self._refused(f"the member {name} is longer than {most:,} bytes")
        return b"".join(self.chunks(name))

    def _listed(self) -> list[_Member]:
        size = self._file.seek(0, os.SEEK_END)
        if size > MOST_BYTES:
            raise self._refused(f"it is larger than {MOST_BYTES >> 20} MB")
        if size < _END.size:
            raise self._refused("it is too short")
        self._file.seek(size - _END.size)
        mark, *_, count, length, start, _comment = _END.unpack(self._file.read(_END.size))
        if mark != b"PK\5\6":
            raise self._refused("its end is not that of a packet; it may be cut short")
        if not 0 < count <= MOST_MEMBERS or length > count * (_CENTRAL.size + 80) or start + length > size:
            raise self._refused("its directory cannot be read")
        self._file.seek(start)
        members = self._entries(self._file.read(length), count)
        self._file.seek(start)
        if self._file.read(size - start) != _directory(members, start):
            raise self._refused("its directory is not one that DreamDesk writes")
        offset = 0
        for member in members:
            self._file.seek(member.offset)
            if member.offset != offset or self._file.read(member.data - member.offset) != _local(member):
                raise self._refused(f"the member {one_line(member.name, 40)} does not lie where it should")
            offset = member.data + member.packed
        if offset != start or len({member.name for member in members}) != len(members):
            raise self._refused("there is something between its members, or a member twice")
        return members

    def _entries(self, listed: bytes, count: int) -> list[_Member]:
        members, at, total = list[_Member](), 0, 0
        for _ in range(count):
            if at + _CENTRAL.size > len(listed):
                raise self._refused("its directory is cut short")
            mark, *_rest, crc, packed, size, name_length, _, _, _, _, _, offset = _CENTRAL.unpack_from(listed, at)
            name = listed[at + _CENTRAL.size : at + _CENTRAL.size + name_length].decode("latin-1")
            if mark != b"PK\1\2" or not name or not set(name) <= _NAME:
                raise self._refused("a member has a name that no packet uses")
            members.append(member := _Member(name, crc, packed, size, offset))
            if _is_trap(member):
                raise self._refused(f"the member {name} says that it grows {size // max(packed, 1):,} times; a trap")
            total += size
            at += _CENTRAL.size + name_length
        if total > MOST_UNPACKED:
            raise self._refused(f"its members are larger than {MOST_UNPACKED >> 20} MB together")
        return members

    def _refused(self, why: str) -> UserError:
        return UserError(f"{self._name}: this is no sound packet: {why}. Nothing was taken from it.")


def open_file(path: Path) -> BinaryIO:
    """Open the file at *path* for reading.

    Raises:
        UserError: it cannot be read, or is no file.
    """
    try:
        if not path.is_file():
            raise UserError(f"{path}: there is no such file.")
        return path.open("rb")
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror or error}).") from error
