"""What a triage costs per episode, and what one of 1,000,000 episodes would: CPU time, memory, disk.

    python benchmarks/triage.py [--episodes 400] [--lot 1000000] [--workers 2] [--folder DIR]

The corpus is that of `corpus.py` (conversations of 20 to 200 messages, every other one failed), eight to a file. Each
phase is measured by the CPU time of one process; then the same triage is done by several processes, for the ratio. The
choice of what is dealt is measured on a lot of `--lot` failures. The forecast is the sum of what was measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp

from corpus import Writer

from dreamdesk import pipeline
from dreamdesk.desk.database import create
from dreamdesk.model.canonical import canonical
from dreamdesk.model.decision import Role
from dreamdesk.pipeline.triaging import dealing, running
from dreamdesk.pipeline.triaging.crew import Crew
from dreamdesk.pipeline.triaging.dealing import Ask
from dreamdesk.pipeline.triaging.surveying import Failure, failures, survey_of
from dreamdesk.review.sampling import Risk

PASSPHRASE = "correct horse battery"
A_FILE = 8
DEALT = 100
WHOLE = 1_000_000


def write(folder: Path, episodes: int) -> None:
    """Write the corpus."""
    folder.mkdir()
    lines = Writer().lines("episodes")
    for number in range(episodes // A_FILE):
        (folder / f"runs-{number:05}.jsonl").write_bytes(b"".join(next(lines) for _ in range(A_FILE)))


@contextmanager
def timed(spent: dict[str, float], name: str) -> Iterator[None]:
    """Add the CPU time of the body, that of processes which ended in it too, to *spent*."""
    before = _cpu()
    yield
    spent[name] = spent.get(name, 0.0) + _cpu() - before


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def triage(files: Path, out: Path, workers: int) -> tuple[pipeline.Triage, dict[str, float]]:
    """Run a triage; return what came of it, and the CPU time of its phases."""
    spent: dict[str, float] = {}
    real = running.run

    def run(crew: Crew, work: object, *rest: object) -> Iterator[int]:
        with timed(spent, work.__name__):  # type: ignore[attr-defined]
            yield from real(crew, work, *rest)  # type: ignore[arg-type]

    running.run = run  # type: ignore[assignment]
    begun, wall = _cpu(), time.monotonic()
    with closing(create(out.with_suffix(".desk"))) as db:
        pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
        signer = pipeline.unlock(db, "Ann", PASSPHRASE)
        with pipeline.hire(workers) as crew:
            found = pipeline.triage(
                db, signer, [files], out, crew, Ask(2, DEALT // 2), pipeline.TriageSending(), keep=True
            )
    running.run = real
    spent |= {"all": _cpu() - begun, "wall": time.monotonic() - wall}
    return found, spent


def deal(folder: Path, number: int) -> tuple[float, float]:
    """Choose what is dealt of a lot of *number* failures that lie in a file; return CPU seconds and bytes each."""
    risks = list(Risk)
    with survey_of(folder, "lot").open("wb") as file:
        for one in range(number):
            name, same, source = (hashlib.sha256(b"%d %d" % (kind, one)).hexdigest() for kind in range(3))
            row = Failure(name, same, risks[one % 3], one % 4000, "lot", one, f"task-{one // 4}", source, 1, 50, 9)
            file.write(canonical(asdict(row)) + b"\n")
    before, begun = _resident(), time.process_time()
    dealing.deal(lambda: failures(folder, "lot"), Ask(20, 250))
    return time.process_time() - begun, (_peak() - before) / number


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=400)
    parser.add_argument("--lot", type=int, default=WHOLE)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = Path(mkdtemp(dir=given.folder, prefix="triage-"))
    try:
        # In a process of its own, whose memory would count as that of every process after it.
        writing = get_context("spawn").Process(target=write, args=(folder / "files", given.episodes))
        writing.start()
        writing.join()
        size = sum(file.stat().st_size for file in (folder / "files").iterdir())
        found, spent = triage(folder / "files", folder / "one", 1)
        kept = sum(file.stat().st_size for file in (folder / "one" / "work").iterdir())
        peak = _peak()
        _, several = triage(folder / "files", folder / "several", given.workers)
        dealing_seconds, dealing_bytes = deal(folder, given.lot)
    finally:
        shutil.rmtree(folder)
    episodes, failed, dealt = sum(found.states.values()), len(found.deal.lot), len(found.deal.chosen)
    read, locate = spent["read"] / episodes, spent["survey"] / failed
    rest = (spent["all"] - spent["read"] - spent["survey"]) / dealt
    whole = WHOLE * (read + locate * failed / episodes) / 3600
    print(json.dumps({
        "episodes": episodes, "failures": failed, "KB an episode": round(size / episodes / 1e3, 1),
        "CPU ms: read, an episode": round(1e3 * read, 1),
        "CPU ms: locate, a failure": round(1e3 * locate, 1),
        "CPU ms: take in, locate, correct, check, pack, an episode dealt": round(1e3 * rest, 1),
        "CPU ms: choose, a failure": round(1e3 * dealing_seconds / given.lot, 3),
        "memory, MB: the one process": round(peak / 1e6),
        "memory, bytes a failure: choose": round(dealing_bytes),
        "disk, KB an episode until the end": round(kept / episodes / 1e3, 1),
        f"wall time of {given.workers} to that of one": round(several["wall"] / spent["wall"], 2),
        "CPU hours for 1,000,000 episodes": round(whole, 1),
        "corpus and disk of 1,000,000 episodes, GB": [round(size / episodes / 1e3), round(kept / episodes / 1e3)],
    }, indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
