"""The window as it is in German: in a process of its own, at 1280 by 800, nothing cut and nothing left in English."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from officer import retail_desk

TESTS = Path(__file__).resolve().parents[1]


def looked_at(folder: Path, *, system: str) -> dict[str, object]:
    """What `german_window` says on a computer whose language is *system*."""
    found = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("german_window.py")), str(folder / "retail.desk"), str(folder)],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))},
            "LANG": system,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}",
        },
        check=False,
    )
    assert not found.returncode, found.stderr
    assert "Traceback" not in found.stderr, found.stderr
    told: dict[str, object] = json.loads(found.stdout.splitlines()[-1])
    return told


def test_the_window_speaks_german_and_has_room_for_it(tmp_path: Path) -> None:
    retail_desk(tmp_path)
    told = looked_at(tmp_path, system="de_AT.UTF-8")
    assert told["language"] == "de"
    assert told["menus"] == ["Datei", "Prüfung", "Gehe zu", "Ansicht", "Hilfe"]
    assert not told["faults"], "\n".join(map(str, told["faults"]))  # type: ignore[call-overload]
