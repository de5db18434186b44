"""What the window remembers from one day to the next, in an INI file: nothing that an audit depends on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from dreamdesk.language import LANGUAGES

RECENT = 8
THEMES = ("dark", "light", "system", "high-contrast")
SCALES = (100, 110, 125, 150, 175, 200)
"""How large everything may be shown, in percent."""


REOPEN = "reopen"
"""The desk that was opened last is opened again at the start."""
STILL = "still"
"""Nothing moves on the screen by itself."""
CALL = "call"
"""The window's entry in the task bar asks for attention when long work ended while another program has the keyboard."""
_ON = (REOPEN, CALL)
"""What is on until somebody switches it off."""


class Memory:
    """Preferences, window geometry, recent desks and the last auditor's name."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "DreamDesk", "DreamDesk")

    def folder(self) -> Path:
        """Return the folder that the memory lies in."""
        return Path(self._store.fileName()).parent

    def crashes(self) -> Path:
        """Return the folder of the crash reports."""
        return self.folder() / "crashes"

    def theme(self) -> str:
        """Return one of `THEMES`."""
        name = str(self._store.value("theme", "system"))
        return name if name in THEMES else "system"

    def set_theme(self, name: str) -> None:
        """Remember the theme."""
        self._store.setValue("theme", name)

    def language(self) -> str:
        """Return "system", or the code of the language that was chosen."""
        name = str(self._store.value("language", "system"))
        return name if name in LANGUAGES else "system"

    def set_language(self, name: str) -> None:
        """Remember the language, which is spoken from the next start on (see `speech`)."""
        self._store.setValue("language", name)

    def scale(self) -> int:
        """Return how large everything is shown, one of `SCALES`."""
        stored = str(self._store.value("scale", ""))
        return int(stored) if stored in map(str, SCALES) else SCALES[0]

    def set_scale(self, percent: int) -> None:
        """Remember how large everything is shown, from the next start on."""
        self._store.setValue("scale", percent)

    def is_on(self, name: str) -> bool:
        """Return whether the preference *name* is on."""
        return str(self._store.value(name, "true" if name in _ON else "false")).lower() == "true"

    def switch(self, name: str, on: bool) -> None:
        """Remember whether the preference *name* is on."""
        self._store.setValue(name, "true" if on else "false")

    def auditor(self) -> str:
        """Return the name of the auditor who signed in last, or ""."""
        return str(self._store.value("auditor", ""))

    def set_auditor(self, name: str) -> None:
        """Remember the auditor's name (never a passphrase or a key)."""
        self._store.setValue("auditor", name)

    def tour_offered(self) -> bool:
        """Tell whether the tour was offered and answered, or asked for."""
        return bool(self._store.contains("tour"))

    def set_tour_offered(self) -> None:
        """Remember that the tour need not be offered again."""
        self._store.setValue("tour", "offered")

    def recent(self) -> list[Path]:
        """Return the desks opened last that still exist, newest first."""
        stored = self._store.value("recent", [])
        names = [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []
        return [Path(str(name)) for name in names if Path(str(name)).is_file()]

    def opened(self, desk: Path) -> None:
        """Put *desk* at the head of the recent ones."""
        names = [str(desk.resolve()), *(str(path) for path in self.recent() if path != desk.resolve())]
        self._store.setValue("recent", names[:RECENT])

    def set_recent(self, desks: list[Path]) -> None:
        """Let *desks* be the ones opened last, newest first."""
        self._store.setValue("recent", [str(desk) for desk in desks])

    def place(self, desk: Path) -> tuple[str, str, int | None]:
        """Return where *desk* was left: page, list of the queue and episode; "", "" and None where that is unknown."""
        if str(desk.resolve()) not in [str(path) for path in self.recent()]:
            return "", "", None
        stored = self._store.value(f"place/{_key(desk)}", [])
        page, tab, episode = (
            [str(part) for part in stored] if isinstance(stored, list) and len(stored) == 3 else [""] * 3
        )
        return page, tab, int(episode) if episode.isascii() and episode.isdigit() else None

    def left(self, desk: Path, page: str, tab: str, episode: int | None) -> None:
        """Remember where *desk* is left."""
        self._store.setValue(f"place/{_key(desk)}", [page, tab, "" if episode is None else str(episode)])

    def geometry(self, name: str) -> QByteArray:
        """Return the stored geometry or state of a widget; empty when there is none."""
        stored = self._store.value(f"geometry/{name}")
        return stored if isinstance(stored, QByteArray) else QByteArray()

    def set_geometry(self, name: str, state: QByteArray) -> None:
        """Remember the geometry or state of a widget."""
        self._store.setValue(f"geometry/{name}", state)


def _key(desk: Path) -> str:
    """Return a short name for *desk* that can stand in a settings file."""
    return hashlib.sha256(str(desk.resolve()).encode()).hexdigest()[:16]
