"""Where a file lies: in a folder of the disk, or in an archive that is read as if it were one.

A reader finds the companions of its file through the folder and never sees a path. Names come from strangers: each is
looked up among those that are there, and none can lead elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Folder(Protocol):
    """A folder, as a reader sees it."""

    def names(self) -> list[str]:
        """Return the names of the files in it, sorted. Raises OSError when it cannot be listed."""
        ...

    def folders(self) -> list[str]:
        """Return the names of the folders in it, sorted. Raises OSError when it cannot be listed."""
        ...

    def file(self, name: str) -> File | None:
        """Return the plain file *name* in it, no link and no device; None when there is none."""
        ...

    def folder(self, name: str) -> Folder | None:
        """Return the folder *name* in it, the folder above for ".."; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class File:
    """One file.

    Attributes:
        name: Its name, without any folder.
        path: Where its bytes are.
        place: Where it says it lies: its path, or the archive's path and the name of the member.
        home: The folder that it lies in.
    """

    name: str
    path: Path
    place: str
    home: Folder

    @property
    def is_on_disk(self) -> bool:
        """Tell whether it lies where it says, and is no member of an archive."""
        return self.place == str(self.path)


@dataclass(frozen=True, slots=True)
class DiskFolder:
    """A folder of the disk. Links in it are not followed."""

    path: Path

    def names(self) -> list[str]:
        """Return the names of the files in it."""
        return sorted(entry.name for entry in self.path.iterdir() if entry.is_file() and not entry.is_symlink())

    def folders(self) -> list[str]:
        """Return the names of the folders in it."""
        return sorted(entry.name for entry in self.path.iterdir() if entry.is_dir() and not entry.is_symlink())

    def file(self, name: str) -> File | None:
        """Return the file *name*."""
        path = self._at(name)
        return on_disk(path) if path is not None and path.is_file() else None

    def folder(self, name: str) -> Folder | None:
        """Return the folder *name*, or the one above."""
        if name == "..":
            return DiskFolder(self.path.resolve().parent)
        path = self._at(name)
        return DiskFolder(path) if path is not None and path.is_dir() else None

    def _at(self, name: str) -> Path | None:
        """Return the path of *name* if something is there that is no link; a name that is a path names nothing."""
        if not name or name in (".", "..") or "\0" in name or "\\" in name or Path(name).name != name:
            return None
        path = self.path / name
        try:
            return path if path.exists() and not path.is_symlink() else None
        except (OSError, ValueError):
            return None


def on_disk(path: Path) -> File:
    """Return the file at *path*."""
    return File(path.name, path, str(path), DiskFolder(path.parent))


class ArchiveFolder:
    """A folder of an archive: its files lie on the disk under names of our own."""

    def __init__(self, above: ArchiveFolder | None = None) -> None:
        self._above = above
        self.files: dict[str, File] = {}
        self.inner: dict[str, ArchiveFolder] = {}

    def names(self) -> list[str]:
        """Return the names of the files in it."""
        return sorted(self.files)

    def folders(self) -> list[str]:
        """Return the names of the folders in it."""
        return sorted(self.inner)

    def file(self, name: str) -> File | None:
        """Return the file *name*."""
        return self.files.get(name)

    def folder(self, name: str) -> Folder | None:
        """Return the folder *name*, or the one above, but none above the archive."""
        return self._above if name == ".." else self.inner.get(name)

    def make(self, name: str) -> ArchiveFolder:
        """Return the folder *name* in it, made if it is not there."""
        return self.inner.setdefault(name, ArchiveFolder(self))

    def walk(self) -> list[File]:
        """Return all files in it and below in the order in which a folder of the disk is walked."""
        found = [self.files[name] for name in sorted(self.files)]
        for name in sorted(self.inner):
            found += self.inner[name].walk()
        return found
