"""Running the program as its users do: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PASSPHRASE = "correct horse battery"
ROOT = Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """Return a small environment: no proxies, no model variables, only what a process needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "DREAMDESK_PASSPHRASE": PASSPHRASE, "PYTHONPATH": str(ROOT), **more}


def run(*arguments: object, status: int = 0, env: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Run one command line with ``--json``; check its exit status and return its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "dreamdesk", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        env=env or environment(),
        timeout=300,
    )
    assert done.returncode == status, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def complaint(*arguments: object, status: int = 2) -> str:
    """Run one command line that must fail with *status*, and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "dreamdesk", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr
