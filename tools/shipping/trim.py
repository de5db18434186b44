"""Leaves out of a PyInstaller build what only parts of Qt need that the program does not use: a third of its size."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PLUGINS = (
    "iconengines/libqsvgicon",
    "imageformats/libqsvg",
    "platforminputcontexts/",
    "platforms/libqoffscreen",
    "platforms/libqwayland",
    "platforms/libqxcb",
    "platformthemes/libqxdgdesktopportal",
    "printsupport/",  # with the libcups of the machine: one without it has no printers
    "wayland-decoration-client/",
    "wayland-graphics-integration-client/libqt-plugin-wayland-egl",
    "wayland-shell-integration/libxdg-shell",
    "xcbglintegrations/",
)
"""Of Qt: windows of X11 and Wayland, SVG icons, printing, input methods, and the desktop's own file dialogue."""

Entry = tuple[str, str, str]
"""Name in the program, file that is taken, and kind, as PyInstaller lists them."""


def trim(analysis: Any, languages: Iterable[str] = ()) -> None:
    """Take out of *analysis*, PyInstaller's, what is not wanted.

    Of Qt's own translations those into *languages* stay. On Windows and macOS nothing else is taken out.
    """
    spoken = {f"qtbase_{language}.qm" for language in languages}
    analysis.datas = [
        entry for entry in analysis.datas if not entry[0].endswith(".qm") or Path(entry[0]).name in spoken
    ]
    if sys.platform == "linux":
        everything = [*analysis.binaries, *analysis.datas]
        analysis.binaries = needed([entry for entry in analysis.binaries if entry[2] != "SYMLINK"])
        kept = {name for name, _, _ in analysis.binaries}
        analysis.datas = [entry for entry in analysis.datas if entry[2] != "SYMLINK"]
        analysis.datas += [entry for entry in everything if entry[2] == "SYMLINK" and entry[1] in kept]


def wanted(entry: Entry) -> bool:
    """Is it an extension module, or a plugin of Qt that is used? Libraries come by being needed, in `needed`."""
    name, _, kind = entry
    if "/plugins/" in name:
        return name.split("/plugins/")[1].startswith(PLUGINS)
    return kind == "EXTENSION" or ("/" not in name and "libpython" in name)


def loaded(library: str) -> list[str]:
    """Return the names of the libraries that this one names itself; the loader finds theirs in turn."""
    words = subprocess.run(["objdump", "-p", library], capture_output=True, text=True, check=True).stdout
    return [line.split()[1] for line in words.splitlines() if line.split()[:1] == ["NEEDED"]]


def needed(entries: Iterable[Entry]) -> list[Entry]:
    """Return what is wanted and every library that it loads, by any number of steps; the rest served other plugins."""
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(Path(entry[0]).name, []).append(entry)
    found: dict[Entry, None] = {}
    waiting = [entry for same in by_name.values() for entry in same if wanted(entry)]
    while waiting:
        entry = waiting.pop()
        if entry not in found:
            found[entry] = None
            names = [name for name in loaded(entry[1]) if "libcups" not in name]
            waiting += [library for name in names for library in by_name.get(name, ())]
    return list(found)
