"""A zip archive of a stranger, read member by member.

The archive's directory is not believed. Members that overlap are refused, the real bytes of each are counted while
they are read, and a member's name is only a label: it is compared and shown, never used as a path.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from dreamdesk.intake.compression import MAX_UNPACKED, ZIP_METHODS, Unpacker
from dreamdesk.intake.parsing import MAX_RECORD, Unreadable

_BLOCK = 1 << 20
_MAX_DIRECTORY = 16 << 20
_TAIL = (1 << 16) + 22
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 14: "lzma", 98: "ppmd", 99: "an encryption"}
# Everything that the standard library is known to raise on a damaged archive.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """An opened zip archive.

    Attributes:
        position: Compressed bytes read so far, for progress.
        refused: Members that are not read, with the reason.
        own_offsets: As in `ByteSource`; members have no bytes of their own in the file.
    """

    own_offsets = False

    def __init__(self, path: Path) -> None:
        """Open the archive at *path*.

        Raises:
            Unreadable: It is no zip archive, it is damaged, or its directory is larger than 16 MB.
            OSError: The file cannot be read.
        """
        self.position = 0
        self.refused: dict[str, str] = {}
        self._unpacked = 0
        _check_directory(path)
        self._file = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
        except _DAMAGE as error:
            self._file.close()
            raise Unreadable("the zip archive is damaged or cut off") from error
        # When a name stands twice the later member counts: an evaluation that was tried again appends to its log.
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self._refuse_overlaps()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> list[str]:
        """The names of the members in the order of the archive's directory, each once."""
        return list(self._members)

    def is_link(self, name: str) -> bool:
        """Tell whether the member *name* is a link or a device of Unix, whose content is no trace."""
        kind = self._members[name].external_attr >> 16 & 0o170000
        return self._members[name].create_system == 3 and kind not in (0, 0o100000)

    def read(self, name: str) -> bytes:
        """Return what the member *name* holds.

        Raises:
            Unreadable: As `blocks`, or it is larger than a record may be.
        """
        blocks, size = [], 0
        for block in self.blocks(name):
            size += len(block)
            if size > MAX_RECORD:
                raise Unreadable(f"it is larger than {MAX_RECORD >> 20} MB")
            blocks.append(block)
        return b"".join(blocks)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield what the member *name* holds, block by block.

        Raises:
            Unreadable: It is refused, damaged, encrypted, compressed in a way that is not supported, or unpacks to more
                than 200 times its size, or the archive to more than 4 GB.
        """
        info = self._members[name]
        if name in self.refused:
            raise Unreadable(self.refused[name])
        if info.flag_bits & 1:
            raise Unreadable("it is encrypted")
        if info.compress_type and info.compress_type not in ZIP_METHODS:
            method = _METHODS.get(info.compress_type, "an unknown method")
            raise Unreadable(
                f"it is compressed with {method} (zip method {info.compress_type}), which cannot be read here; "
                "write the archive again with deflate or zstd"
            )
        check, size = 0, 0
        for block in self._content(info):
            size += len(block)
            self._unpacked += len(block)
            if self._unpacked > MAX_UNPACKED:
                raise Unreadable(f"the archive unpacks to more than {MAX_UNPACKED >> 30} GB")
            check = zlib.crc32(block, check)
            yield block
        if check != info.CRC or size != info.file_size:
            raise Unreadable("it is damaged")
        self.position += info.compress_size

    def _content(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield the unpacked bytes of a member, found by its own header and unpacked within the limits."""
        self._file.seek(info.header_offset)
        header = self._file.read(30)
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise Unreadable("it is damaged")
        self._file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        start, left = self._file.tell(), info.compress_size

        def take(size: int) -> bytes:
            nonlocal start, left
            self._file.seek(start)
            data = self._file.read(min(size, left))
            start, left = start + len(data), left - len(data)
            return data

        if not info.compress_type:
            yield from iter(lambda: take(_BLOCK), b"")
            return
        unpacker = Unpacker(ZIP_METHODS[info.compress_type], take, "it")
        yield from iter(lambda: unpacker.read(_BLOCK), b"")

    def _refuse_overlaps(self) -> None:
        """Refuse members that share bytes: honest writers never make them, and bombs are built of them."""
        last, end = "", -1
        for info in sorted(self._zip.infolist(), key=lambda info: info.header_offset):
            if info.header_offset < end:
                self.refused[info.filename] = self.refused[last] = "it shares bytes with another member"
            stop = info.header_offset + 30 + info.compress_size
            if stop > end:
                last, end = info.filename, stop


def _check_directory(path: Path) -> None:
    """Refuse an archive whose directory would fill the memory before its first member is read."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Unreadable("the zip archive is damaged or cut off: its directory is missing")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":  # zip64: a second record stands before
        length = max(length if length < 0xFFFFFFFF else 0, int.from_bytes(tail[at - 76 + 40 : at - 76 + 48], "little"))
    if length > _MAX_DIRECTORY:
        raise Unreadable(f"the directory of the zip archive is larger than {_MAX_DIRECTORY >> 20} MB")
