"""Archives, read as if they were folders: .zip, and .tar alone or compressed with gzip, bzip2, xz or zstd.

Nothing is unpacked to where an archive names. The content of each member is written to a numbered file of a folder
of ours; its name only says where it would lie, so that the companions of a trace are found as they are on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dreamdesk.intake.archive import Archive
from dreamdesk.intake.bytesource import ByteSource, is_tar
from dreamdesk.intake.compression import MAX_UNPACKED
from dreamdesk.intake.files import ArchiveFolder, File
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.tape import Member, members
from dreamdesk.model.source import Skip
from dreamdesk.model.text import one_line

MAX_MEMBERS = 100_000
_HEAD = 512


@dataclass(slots=True)
class Unpacked:
    """What came out of an archive: its files, and what was not taken."""

    files: list[File] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)


def is_archive(path: Path) -> bool:
    """Tell whether the file at *path* is a zip archive, or a tar archive that may be compressed.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if start.startswith(b"PK\x03\x04"):
        return True
    try:
        with ByteSource(path) as source:
            start = b""
            while len(start) < _HEAD and (block := source.read(_HEAD)):
                start += block
    except Unreadable:
        return False
    return is_tar(start)


def unpacked(path: Path, scratch: Path, stopped: Callable[[], bool] = lambda: False) -> Unpacked:
    """Write the content of the members of the archive at *path* to numbered files in *scratch*; return them.

    What is damaged, encrypted, a link, or named so that it would lie outside the archive is listed; of members with
    one name the last counts. Once *stopped* says so, nothing more is read.

    Raises:
        OSError: The archive cannot be read, or *scratch* cannot be written.
    """
    return _Unpacking(path, scratch, stopped).all()


class _Unpacking:
    """One archive while it is read."""

    def __init__(self, path: Path, scratch: Path, stopped: Callable[[], bool]) -> None:
        self._path, self._scratch, self._stopped = path, scratch, stopped
        self._root = ArchiveFolder()
        self._found = Unpacked()
        self._size = self._count = 0

    def all(self) -> Unpacked:
        """Take all members."""
        try:
            with self._path.open("rb") as file:
                is_zip = file.read(4) == b"PK\x03\x04"
            if is_zip:
                with Archive(self._path) as archive:
                    self._take(_zipped(archive))
            else:
                with ByteSource(self._path) as source:
                    self._take(members(source))
        except Unreadable as error:
            self._skip("the archive", f"{error}; what was read before is kept" if self._count else str(error))
        self._found.files = self._root.walk()
        if not self._found.files and not self._found.skipped:
            self._skip("the archive", "it holds no files")
        return self._found

    def _take(self, found: Iterator[Member]) -> None:
        for member in found:
            if self._stopped():
                return
            self._count += 1
            if self._count > MAX_MEMBERS:
                raise Unreadable(f"it has more than {MAX_MEMBERS:,} members; the others were not read")
            shown = one_line(member.name, 200) or "a member without a name"
            parts = _parts(member.name)
            if member.refused:
                self._skip(shown, member.refused)
            elif parts is None:
                self._skip(shown, "its name would lead out of the archive, or is none that a file can have")
            elif not any(part.startswith(".") or part == "__MACOSX" for part in parts):
                try:
                    self._write(parts, member.blocks)
                except _Spoilt as error:
                    self._skip(shown, str(error))

    def _write(self, parts: list[str], blocks: Iterator[bytes]) -> None:
        folder = self._root
        for part in parts[:-1]:
            if part in folder.files:
                raise _Spoilt("its name makes a folder of a file")
            folder = folder.make(part)
        if parts[-1] in folder.inner:
            raise _Spoilt("its name makes a file of a folder")
        if parts[-1] in folder.files:
            self._skip("/".join(parts), "it stands in the archive more than once; the last one was read")
        path = self._scratch / str(self._count)
        with path.open("xb") as file:
            # Of a member that the archive's end cuts off, what there is counts: the readers say what is missing.
            before = folder.files.get(parts[-1])
            folder.files[parts[-1]] = File(parts[-1], path, "/".join([str(self._path), *parts]), folder)
            try:
                for block in blocks:
                    self._size += len(block)
                    if self._size > MAX_UNPACKED:
                        raise Unreadable(f"it unpacks to more than {MAX_UNPACKED >> 30} GB")
                    file.write(block)
            except _Spoilt:
                del folder.files[parts[-1]]
                if before is not None:
                    folder.files[parts[-1]] = before
                raise

    def _skip(self, place: str, reason: str) -> None:
        self._found.skipped.append(Skip(place, reason))


class _Spoilt(Exception):
    """A member that cannot be read, which costs only itself."""


def _zipped(archive: Archive) -> Iterator[Member]:
    for name in archive.names:
        refused = "it is a link or a device, which is not followed" if archive.is_link(name) else ""
        yield Member(name, refused, _alone(archive.blocks(name)))


def _alone(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield *blocks*; what is wrong with them costs only this member of the archive."""
    try:
        yield from blocks
    except Unreadable as error:
        raise _Spoilt(str(error)) from error


def _parts(name: str) -> list[str] | None:
    """Return the folders and the file that *name* says, or None when it is no plain name inside the archive."""
    parts = name.removeprefix("./").split("/")
    odd = any(not part or part in (".", "..") or len(part.encode("utf-8", "surrogateescape")) > 255 for part in parts)
    outside = name.startswith("/") or "\\" in name or "\0" in name or (len(name) > 1 and name[1] == ":")
    return None if odd or outside or len(parts) > 64 else parts
