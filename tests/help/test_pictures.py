"""The pictures of the guides: the script that takes them runs, and they are all there, small, in both themes."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "resources" / "help" / "pictures"
AT_MOST_BYTES = 4_000_000
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
    command = [sys.executable, str(ROOT / "tools" / "pictures.py"), "--out", str(tmp_path), "--theme", "light"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*command, "--only", "review", "--only", "signing"], env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"review-light.png", "signing-light.png"}
    assert head(tmp_path / "review-light.png") == (1280, 800, PALETTE)


def test_the_pictures_are_there_in_both_themes_and_small() -> None:
    files = sorted(PICTURES.iterdir())
    dark = {path.name.removesuffix("-dark.png") for path in files if path.name.endswith("-dark.png")}
    light = {path.name.removesuffix("-light.png") for path in files if path.name.endswith("-light.png")}
    assert dark == light
    assert len(files) == 2 * len(dark)
    assert sum(path.stat().st_size for path in files) < AT_MOST_BYTES
    assert all(head(path)[2] == PALETTE for path in files)
    guides = " ".join(path.read_text(encoding="utf-8") for path in PICTURES.parent.glob("*.md"))
    assert {name for name in light if f"pictures/{name}-light.png" not in guides} == set()


def test_the_readme_shows_pictures_and_guides_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r'src(?:set)?="([^"]+)"', text) + re.findall(r"\]\(([^)#]+)\)", text)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []
