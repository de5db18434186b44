"""Writing a BagIt bag (RFC 8493): every file hashed as it is written, listed at the end, flushed to the disk."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class _File:
    """A file being written: its handle, its hash so far and its length."""

    def __init__(self, path: Path) -> None:
        self.stream: BinaryIO = path.open("xb")
        self.hash = hashlib.sha256()
        self.size = 0

    def add(self, data: bytes) -> None:
        self.stream.write(data)
        self.hash.update(data)
        self.size += len(data)


class Bag:
    """A bag in the making. Names are relative, with forward slashes; what begins with ``data/`` is payload.

    Use it as a context manager, so that no file stays open when something goes wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, _File] = {}
        self._done: dict[str, tuple[str, int]] = {}
        self._folders: set[Path] = set()
        folder.mkdir(parents=True)

    def write(self, name: str, data: bytes) -> None:
        """Write the whole file *name*."""
        self.begin(name)
        self._open[name].add(data)
        self._close(name)

    def begin(self, name: str) -> None:
        """Make the file *name*, so that it is there even if no line follows."""
        path = self.folder / name
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)
        self._open[name] = _File(path)

    def line(self, name: str, data: bytes) -> None:
        """Append *data* and a line feed to the file *name*."""
        self.append(name, data + b"\n")

    def append(self, name: str, data: bytes) -> None:
        """Append *data* to the file *name*."""
        if name not in self._open:
            self.begin(name)
        self._open[name].add(data)

    def has(self, name: str) -> bool:
        """Tell whether the bag will hold the file *name*, be it written or among those that `seal` adds."""
        return name in self._open or name in self._done or name in ("bag-info.txt", "bagit.txt", MANIFEST, TAG_MANIFEST)

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of what the file *name*, not yet closed, holds so far."""
        return self._open[name].hash.hexdigest()

    def seal(self, info: dict[str, str]) -> bytes:
        """Close all files and write the tag files; return the tag manifest, the bytes that are to be signed.

        *info* becomes bag-info.txt, with the Payload-Oxum added.
        """
        self._close(*self._open)
        payload = {name: done for name, done in self._done.items() if name.startswith("data/")}
        oxum = f"{sum(size for _, size in payload.values())}.{len(payload)}"
        lines = "".join(f"{key}: {value}\n" for key, value in {**info, "Payload-Oxum": oxum}.items())
        self.write("bag-info.txt", lines.encode())
        self.write("bagit.txt", BAGIT)
        self.write(MANIFEST, _listing(payload))
        tags = _listing({name: done for name, done in self._done.items() if name not in payload})
        self.write(TAG_MANIFEST, tags)
        return tags

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close(*self._open)

    def _close(self, *names: str) -> None:
        for name in names:
            made = self._open.pop(name)
            made.stream.close()
            self._done[name] = (made.hash.hexdigest(), made.size)

    def flush(self) -> None:
        """Return when every file and folder of the bag is on the disk.

        Linux waits for the whole disk at once (syncfs(2)), which for thousands of small files is much the faster way,
        and says what could not be written, which sync(2) does not.

        Raises:
            OSError: something could not be written.
        """
        if sys.platform == "linux":
            _flush_disk(self.folder)
            return
        for name in self._done:
            _flush(self.folder / name, os.O_RDWR)
        for folder in self._folders:
            flush_folder(folder)


def _flush_disk(folder: Path) -> None:
    """Return when everything on the disk of *folder* is written."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        if libc.syncfs(handle):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(handle)


def flush_folder(folder: Path) -> None:
    """Return when the entries of *folder* are on the disk, where the system can say so."""
    if os.name == "posix":
        _flush(folder, os.O_RDONLY)


def _flush(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listing(files: dict[str, tuple[str, int]]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, (digest, _) in sorted(files.items())).encode("ascii")
