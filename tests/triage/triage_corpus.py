"""A small corpus with attempts at one task in several files, and what a triage of it leaves, to be compared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

PASSPHRASE = "correct horse battery"
ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"
SUPPORT = SAMPLES / "customer-support" / "support-week44.jsonl"


def corpus(folder: Path, copies: int = 1) -> Path:
    """Lay *copies* of some support episodes, one a file, and another sample into *folder*; no two tell of one episode.

    Of a task one file holds the failure, and the next one the success.
    """
    folder.mkdir()
    for copy in range(copies):
        for number, line in enumerate(SUPPORT.read_text().splitlines()[:6]):
            run = json.loads(line)
            run["id"], run["task_id"] = f"{run['id']}-{copy}", f"{run['task_id']}-{copy}"
            (folder / f"week-{copy:03}-{number:02}.json").write_text(json.dumps(run))
    shutil.copy(SAMPLES / "workflow-orchestration" / "handoff-review.json", folder)
    (folder / "notes.md").write_text("no trace\n")
    return folder


def command(files: Path, out: Path, *more: object) -> list[str]:
    """Return the command line of a triage for three desks."""
    arguments = ("triage", files, "--out", out, "--desks", 3, "--as", "Ann", "--seed", "lot7", *more)
    return [sys.executable, "-m", "dreamdesk", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return what a process needs that runs the program of this checkout."""
    return {**os.environ, "DREAMDESK_PASSPHRASE": PASSPHRASE, "PYTHONPATH": str(ROOT)}


def run(files: Path, out: Path, *more: object, status: int = 0) -> list[str]:
    """Run a triage; return what it printed."""
    done = subprocess.run(command(files, out, *more), capture_output=True, text=True, env=environment(), timeout=300)
    assert done.returncode == status, (done.stdout[-2000:], done.stderr[-2000:])
    return (done.stdout + done.stderr).splitlines()


def result(out: Path) -> dict[str, Any]:
    """Return all that a triage left, but for what names the desk and the moment: ledger, key, time, signature."""
    found: dict[str, Any] = {name: (out / name).read_bytes() for name in ("triage.json", "lot.txt")}
    for path in sorted(out.glob("*.packet")):
        with zipfile.ZipFile(path) as packet:
            members = {name: packet.read(name) for name in packet.namelist()}
        head = json.loads(members.pop("packet.json"))
        del members["packet.json.sig"], head["at"], head["ledger"], head["earlier"], head["from"]
        records = members["records.jsonl"].splitlines()
        found[path.name] = head, members, [line for line in records if b'"type":"auditor"' not in line]
        del members["records.jsonl"]
        head["members"] = [one for one in head["members"] if one["name"] != "records.jsonl"]
    return found
