"""Desks on a failing disk: `Faulty` does a piece of work in a process of its own and says what became of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fault_work

from dreamdesk import pipeline
from dreamdesk.desk import database

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WRITES, LOCKS, READS = 1, 2, 4
COUNTED, ONCE, STAYS, KILL, GONE = range(5)
"""What happens at the point; as in `faulty_disk.c`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: *way* is "ended", "killed" or "hung"; *words* begin with done, sentence, caught or defect.

    *unsynced* is how many files held writes that were not synced when something was acknowledged, at most.
    """

    way: str
    told: list[str]
    words: str
    count: int
    unsynced: int = 0


class Faulty:
    """Does work on fresh copies of a desk, under faults."""

    def __init__(self, scratch: Path, library: Path) -> None:
        self.scratch = scratch
        self.made, self.older = scratch / "made", scratch / "older"
        self.made.mkdir()
        self.older.mkdir()
        shutil.copy(fault_work.make(self.made), self.made / "older.desk")
        fault_work.make_older(self.older)
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE)))
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "nursery.py"), str(self.made)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": paths},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        self._number = 0

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    @contextmanager
    def laid(self, work: str) -> Iterator[Path]:
        """Lay a fresh copy of what *work* needs into a folder, which is taken away at the end."""
        self._number += 1
        folder = self.scratch / f"work{self._number}"
        fault_work.lay(self.made, self.older, folder, work)
        yield folder
        shutil.rmtree(folder)

    def do(self, work: str, folder: Path, *, at: int = 0, error: int = 0, mode: int = COUNTED, counting: int = WRITES,
           **more: Any) -> Ended:  # fmt: skip
        """Do *work* in *folder*, with a fault at the call *at* of those that are counted."""
        job = {"work": work, "at": at, "error": error, "mode": mode, "counting": counting, **more}
        (ended,) = self._do([job], folder)
        return ended

    def together(self, works: Sequence[str], folder: Path) -> list[Ended]:
        """Do several pieces of work on the same desk at the same time, each in a process of its own."""
        return self._do([{"work": w, "at": 0, "error": 0, "mode": COUNTED, "counting": 0} for w in works], folder)

    def _do(self, jobs: Sequence[dict[str, Any]], folder: Path) -> list[Ended]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        files = [self.scratch / f"told{number}" for number in range(len(jobs))]
        for file in files:
            file.unlink(missing_ok=True)
        lines = [{**job, "folder": str(folder), "told": str(file)} for job, file in zip(jobs, files, strict=True)]
        self._process.stdin.write(json.dumps(lines) + "\n")
        self._process.stdin.flush()
        ways = json.loads(self._process.stdout.readline())
        return [_ended(way, file) for way, file in zip(ways, files, strict=True)]

    def again(self, work: str, folder: Path) -> None:
        """Do *work* once more with nothing failing: it must succeed, if it had not done so before."""
        ended = self.do(work, folder)
        assert fault_work.is_done(work, ended.words), ended
        with closing(database.open_desk(folder / fault_work.DESK)) as db:
            assert pipeline.verify_desk(db) == []
        if work != "decision":  # which is made anew each time
            fault_work.CHECKS[work](folder, ended.told)

    def points(self, work: str, counting: int = WRITES) -> int:
        """Return how many calls of this kind *work* makes when nothing fails."""
        with self.laid(work) as folder:
            ended = self.do(work, folder, counting=counting)
        assert ended.words == "done", ended
        return ended.count


def _ended(way: str, file: Path) -> Ended:
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    if way != "ended":  # it may have been killed over saying that it had ended
        return Ended(way, [line for line in lines if not line.startswith('{"ended"')], "", 0)
    last = json.loads(lines.pop())
    return Ended(way, lines, last["ended"], last["count"], last["unsynced"])


def spread(points: int, number: int) -> list[int]:
    """Return *number* of the points 1 to *points*, evenly spread, some twice where there are not as many."""
    return [1 + (place * points // number) % points for place in range(number)]
