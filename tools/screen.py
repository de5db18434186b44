"""A virtual display of 1280 × 800 whose picture lies in a file, so that it can be looked at from outside."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_display(folder: Path) -> Iterator[tuple[str, Path]]:
    """Start Xvfb; yield the name of the display and the file of its frame buffer, which lies in *folder*."""
    command = [
        "Xvfb",
        "-displayfd",
        "1",
        "-ac",
        "-nolisten",
        "tcp",
        "-screen",
        "0",
        "1280x800x24",
        "-fbdir",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield f":{server.stdout.readline().strip() if server.stdout else ''}", folder / "Xvfb_screen0"
        finally:
            server.terminate()
