"""Folders of text files that an agent remembers by (CLAUDE.md, AGENTS.md, skills …), read as a store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Memory, Store, StoreKind, content_sha256
from dreamdesk.model.source import Skip
from dreamdesk.model.text import one_line

LARGEST = 1 << 20
"""Bytes of a file that is still taken for a memory (1 MiB)."""
MOST_BYTES = 64 << 20
"""Bytes of all files together (64 MiB): what a desk keeps of one source."""
MOST_FILES = 10_000

_NOT_MEMORY = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"}


def read(folder: Path) -> Store:
    """Read every text file below *folder*; paths are relative, with forward slashes.

    Links are not followed. Files that are no UTF-8, larger than `LARGEST` or not readable are left out and told.

    Raises:
        UserError: it is no folder, or it holds more than a memory would.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: this is no folder.")
    memories: dict[str, Memory] = {}
    left_out: list[Skip] = []
    total = 0
    for number, (path, name) in enumerate(_walk(folder)):
        if number >= MOST_FILES or total > MOST_BYTES:
            raise UserError(
                f"{folder}: it holds more than {MOST_FILES:,} files or {MOST_BYTES >> 20} MB, which is no folder of "
                "memories. Choose the folder with the Markdown files."
            )
        try:
            text, size = _text(path)
        except (OSError, ValueError) as error:
            left_out.append(Skip(_shown(name), str(error) if isinstance(error, ValueError) else str(error.strerror)))
            continue
        total += size
        memories[name] = Memory(name, text)
    return Store(StoreKind.FOLDER, one_line(folder.resolve().name or "folder", 200), memories, tuple(left_out))


def snapshot(store: Store) -> bytes:
    """Return the canonical JSON that is kept of a folder: each path, the hash of its bytes, and its text."""
    files: list[Json] = [
        {"path": memory.path, "content_sha256": content_sha256(memory.content), "content": memory.content}
        for _, memory in sorted(store.memories.items())
    ]
    return canonical(
        {"type": "memory_folder", "files": files, "left_out": [[skip.place, skip.reason] for skip in store.left_out]}
    )


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    for place, folders, names in os.walk(folder, onerror=_raise):  # follows no links to folders
        folders[:] = sorted(name for name in folders if name not in _NOT_MEMORY)
        for name in sorted(names):
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                continue
            yield path, path.relative_to(folder).as_posix()


def _raise(error: OSError) -> None:
    raise UserError(f"{error.filename}: the folder cannot be read ({error.strerror}). Nothing was imported.")


def _text(path: Path) -> tuple[str, int]:
    """Return the text of the file and its size.

    Raises:
        ValueError: it is no memory; says why.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MB")
    name = str(path)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError("its name is no text in UTF-8") from error
    try:
        return data.decode(), len(data)
    except UnicodeDecodeError as error:
        raise ValueError("it is no text in UTF-8") from error


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
