"""A decision, signed and in the ledger, against one write of the same size with fsync, on the same disk, in turn.

python benchmarks/decision.py [--count 200] [--work FOLDER]

A decision is what an officer waits for: rules, guardrails where they must run again, statement, signature, ledger entry
and head file, until it is on the disk. The write is one call that appends as many random bytes, which are there before,
as the first of them put into the desk's log, to a file that grows, and fsync.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from small_desk import ANN, PASSPHRASE, small_desk, write  # noqa: E402

from dreamdesk import pipeline  # noqa: E402
from dreamdesk.desk import database  # noqa: E402
from dreamdesk.model.decision import Verdict  # noqa: E402

AT_MOST = 2.5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--work", type=Path, default=ROOT / "build", help="a folder on the disk, which /tmp may not be")
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    decided: list[tuple[float, float]] = []
    floor: list[float] = []
    with tempfile.TemporaryDirectory(dir=given.work) as name:
        folder = Path(name)
        path = small_desk(folder / "a.desk")
        with closing(database.open_desk(path)) as db:
            signer = pipeline.unlock(db, ANN, PASSPHRASE)
            reason = pipeline.reasons(Verdict.REJECT)[0].code
            waiting = [write(db, 2, f"Let me count again, please: {number}.", "") for number in range(given.count)]
            pipeline.check(db)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            log = Path(f"{path}-wal")
            pipeline.decide(db, waiting.pop(), Verdict.REJECT, reason, "not so", signer)
            written = log.stat().st_size
            there = os.open(folder, os.O_RDONLY)
            with (folder / "written").open("wb", buffering=0) as stream:
                for correction in waiting:
                    wall, cpu = time.perf_counter(), time.process_time()
                    pipeline.decide(db, correction, Verdict.REJECT, reason, "not so", signer)
                    decided.append((time.perf_counter() - wall, time.process_time() - cpu))
                    content = os.urandom(written)
                    os.fsync(there)  # what the decision left to the file system, its head file, is not the write's
                    wall = time.perf_counter()
                    stream.write(content)
                    os.fsync(stream.fileno())
                    floor.append(time.perf_counter() - wall)
            os.close(there)
    ours, theirs = median(wall for wall, _ in decided), median(floor)
    print(
        f"{given.count} decisions: {ours * 1e3:.2f} ms each (CPU {median(c for _, c in decided) * 1e3:.2f}), one write"
    )
    print(f"with fsync {theirs * 1e3:.2f} ms: {ours / theirs:.2f} times as long; at most {AT_MOST}")


if __name__ == "__main__":
    main()
