"""The pictures of the guides: the script that takes them runs; all are there, small, in each language and theme."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

from dreamdesk.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
HELP = ROOT / "resources" / "help"
FOLDERS = {code: (HELP if code == "en" else HELP / code) / "pictures" for code in LANGUAGES}
AT_MOST_BYTES = 4_000_000
"""Of all pictures in all languages."""
PNG = b"\x89PNG\r\n\x1a\n"
PALETTE = 3
"""The colour type of a PNG whose pixels are numbers of colours (W3C PNG, 11.2.1)."""


def head(path: Path) -> tuple[int, int, int]:
    """Return width, height and colour type of a PNG file."""
    data = path.read_bytes()
    assert data.startswith(PNG)
    width, height, _, colour = struct.unpack(">IIBB", data[16:26])
    return width, height, colour


def test_the_script_takes_pictures_of_the_program_as_it_is(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "pictures.py"), "--theme", "light"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for code in LANGUAGES:
        wanted = ["--language", code, "--out", str(tmp_path / code), "--only", "review", "--only", "signing"]
        ran = subprocess.run([*command, *wanted], env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        assert {path.name for path in (tmp_path / code).iterdir()} == {"review-light.png", "signing-light.png"}
        assert head(tmp_path / code / "review-light.png") == (1280, 800, PALETTE)
    for name in ("review-light.png", "signing-light.png"):
        assert len({(tmp_path / code / name).read_bytes() for code in LANGUAGES}) == len(LANGUAGES)


def test_the_pictures_are_there_in_both_themes_and_each_language_and_small() -> None:
    taken = {code: sorted(path.name for path in folder.iterdir()) for code, folder in FOLDERS.items()}
    dark = {name.removesuffix("-dark.png") for name in taken["en"] if name.endswith("-dark.png")}
    light = {name.removesuffix("-light.png") for name in taken["en"] if name.endswith("-light.png")}
    assert dark == light
    assert len(taken["en"]) == 2 * len(dark)
    assert all(names == taken["en"] for names in taken.values())
    files = [path for folder in FOLDERS.values() for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < AT_MOST_BYTES
    assert all(head(path)[2] == PALETTE for path in files)
    for folder in FOLDERS.values():
        guides = " ".join(path.read_text(encoding="utf-8") for path in folder.parent.glob("*.md"))
        assert {name for name in light if f"(pictures/{name}-light.png)" not in guides} == set()


def test_the_readme_shows_pictures_and_guides_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r'src(?:set)?="([^"]+)"', text) + re.findall(r"\]\(([^)#]+)\)", text)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []
