"""What the window remembers from one day to the next, in an INI file: nothing that an audit depends on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

RECENT = 8
THEMES = ("dark", "light", "system")


class Memory:
    """Theme, window geometry, recent desks and the last auditor's name."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "DreamDesk", "DreamDesk")

    def theme(self) -> str:
        """Return "dark", "light" or "system"."""
        name = str(self._store.value("theme", "system"))
        return name if name in THEMES else "system"

    def set_theme(self, name: str) -> None:
        """Remember the theme."""
        self._store.setValue("theme", name)

    def auditor(self) -> str:
        """Return the name of the auditor who signed in last, or ""."""
        return str(self._store.value("auditor", ""))

    def set_auditor(self, name: str) -> None:
        """Remember the auditor's name (never a passphrase or a key)."""
        self._store.setValue("auditor", name)

    def recent(self) -> list[Path]:
        """Return the desks opened last that still exist, newest first."""
        stored = self._store.value("recent", [])
        names = [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []
        return [Path(str(name)) for name in names if Path(str(name)).is_file()]

    def opened(self, desk: Path) -> None:
        """Put *desk* at the head of the recent ones."""
        names = [str(desk.resolve()), *(str(path) for path in self.recent() if path != desk.resolve())]
        self._store.setValue("recent", names[:RECENT])

    def geometry(self, name: str) -> QByteArray:
        """Return the stored geometry or state of a widget; empty when there is none."""
        stored = self._store.value(f"geometry/{name}")
        return stored if isinstance(stored, QByteArray) else QByteArray()

    def set_geometry(self, name: str, state: QByteArray) -> None:
        """Remember the geometry or state of a widget."""
        self._store.setValue(f"geometry/{name}", state)
