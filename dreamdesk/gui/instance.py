"""One program at a time: what is opened while it runs comes up in the program that is there.

Two instances of a person meet in a folder beside the settings: the first holds a lock file, a later one leaves a note
there and waits until it was taken. No socket is needed for that, and a note names files, nothing else.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject

_PATIENCE = 4.0
"""Seconds that a later instance waits for its note to be taken; then it goes on by itself."""
_LONGEST = 64 << 10


class Instance(QObject):
    """A running program, among others of the same person."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / "running.lock"))
        self._lock.setStaleLockTime(0)  # a lock is stale when its process is gone, however old it is
        self._watcher: QFileSystemWatcher | None = None

    def is_first(self) -> bool:
        """Tell whether no other program of this person runs; from then on this one is the first.

        Where no lock can be made, as in a folder that is read-only, every program is the first.
        """
        return self._lock.tryLock(0) or self._lock.error() is not QLockFile.LockError.LockFailedError

    def hand_over(self, paths: list[Path]) -> bool:
        """Ask the first instance to open *paths*; tell whether it did within a few seconds."""
        note = self._folder / f"{os.getpid()}-{time.time_ns()}.open"
        draft = note.with_suffix(".new")
        draft.write_text(json.dumps([str(path.absolute()) for path in paths]), encoding="utf-8")
        draft.replace(note)
        end = time.monotonic() + _PATIENCE
        while note.exists() and time.monotonic() < end:
            time.sleep(0.05)
        taken = not note.exists()
        note.unlink(missing_ok=True)
        return taken

    def listen(self, heard: Callable[[list[Path]], None]) -> None:
        """Call *heard* with the paths of each note that is left from now on, or was left before."""
        self._watcher = QFileSystemWatcher([str(self._folder)], self)
        self._watcher.directoryChanged.connect(lambda: self._take(heard))
        self._take(heard)

    def leave(self) -> None:
        """Be the first no more."""
        self._lock.unlock()

    def _take(self, heard: Callable[[list[Path]], None]) -> None:
        for note in sorted(self._folder.glob("*.open")):
            try:
                sound = note.is_file() and not note.is_symlink() and note.stat().st_size <= _LONGEST
                text = note.read_bytes() if sound else b""
                note.unlink()
                names = json.loads(text.decode())
            except (OSError, ValueError, RecursionError):
                continue  # whoever left it goes on alone
            if isinstance(names, list) and all(isinstance(name, str) for name in names):
                heard([Path(name) for name in names])
