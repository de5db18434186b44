"""Writing a BagIt bag (RFC 8493): every file hashed as it is written, flushed to the disk, listed at the end."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class _File:
    """A file being written: its handle, its hash so far and its length."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.stream: BinaryIO = path.open("xb")
        self.hash = hashlib.sha256()
        self.size = 0

    def add(self, data: bytes) -> None:
        self.stream.write(data)
        self.hash.update(data)
        self.size += len(data)

    def close(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()


class Bag:
    """A bag in the making. Names are relative, with forward slashes; what begins with ``data/`` is payload.

    Use it as a context manager, so that no file stays open when something goes wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, _File] = {}
        self._done: dict[str, tuple[str, int]] = {}
        folder.mkdir(parents=True)

    def write(self, name: str, data: bytes) -> None:
        """Write the whole file *name*."""
        made = _File(self.folder / name)
        try:
            made.add(data)
        finally:
            made.close()
        self._done[name] = (made.hash.hexdigest(), made.size)

    def begin(self, name: str) -> None:
        """Make the file *name*, so that it is there even if no line follows."""
        self._open[name] = _File(self.folder / name)

    def line(self, name: str, data: bytes) -> None:
        """Append *data* and a line feed to the file *name*."""
        if name not in self._open:
            self.begin(name)
        self._open[name].add(data + b"\n")

    def seal(self, info: dict[str, str]) -> bytes:
        """Close all files and write the tag files; return the tag manifest, the bytes that are to be signed.

        *info* becomes bag-info.txt, with the Payload-Oxum added.
        """
        self._close()
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
        self._close()
        for folder in {(self.folder / name).parent for name in self._done}:
            sync_folder(folder)

    def _close(self) -> None:
        while self._open:
            name, made = self._open.popitem()
            made.close()
            self._done[name] = (made.hash.hexdigest(), made.size)


def sync_folder(folder: Path) -> None:
    """Flush the entries of *folder* to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _listing(files: dict[str, tuple[str, int]]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, (digest, _) in sorted(files.items())).encode("ascii")
