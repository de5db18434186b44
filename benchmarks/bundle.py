"""How fast a bundle is written, against writing and hashing the same bytes: python benchmarks/bundle.py [--count N].

The figure is the time that the same files take to be written and hashed (SHA-256, as a bag needs it) over the time that
the bundle takes, from the content in memory to the folder in its place, its self-check included and told apart.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "tests" / "release"),
]

from format_cases import answered, chat, parallel  # noqa: E402
from release_cases import auditor, content_of, corrected, item, refund_episode  # noqa: E402

from dreamdesk.model.decision import Role  # noqa: E402
from dreamdesk.release import bundle, verify  # noqa: E402
from dreamdesk.release.content import Content  # noqa: E402
from dreamdesk.review.identity import Signer  # noqa: E402

CLOCK = time.perf_counter
LONG = "Please look it up in the order system, and tell me what you find there, with the date and the amount. "


def content(count: int, signer: Signer) -> Content:
    """Return *count* corrections of three sorts of episodes, each with texts of its own of some hundred words."""
    items = []
    for number in range(1, count + 1):
        words = f"Case {number}: " + LONG * (3 + number % 5)
        sort = number % 3
        episode = (refund_episode(f"/{number}", words), parallel(), chat(f"/{number}", words))[sort]
        episode = replace(episode, key=f"/{number}", sha256=hashlib.sha256(str(number).encode()).hexdigest())
        right = corrected(episode) if sort == 0 else answered(episode, f"This is case {number}. {LONG}")
        items.append(item(number, [signer], episode, right))
    return replace(content_of(items, [signer.auditor]), required_approvals=1)


def again(files: list[tuple[str, bytes]], folder: Path) -> float:
    """Write and hash *files* into *folder*, to the disk; return the seconds that took."""
    begun = CLOCK()
    made = set()
    for name, data in files:
        path = folder / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        with path.open("xb") as stream:
            stream.write(data)
        hashlib.sha256(data).hexdigest()
    os.sync()
    return CLOCK() - begun


def peak() -> float:
    """Return the most memory that this process has held so far, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument(
        "--cpu", action="store_true", help="count CPU seconds, on a machine that does other things, too"
    )
    asked = parser.parse_args()
    global CLOCK
    CLOCK = time.process_time if asked.cpu else time.perf_counter
    signer = auditor("anna", Role.REVIEWER)
    made = content(asked.count, signer)
    build = Path(__file__).resolve().parents[1] / "build"  # on the disk, which /tmp may not be
    build.mkdir(exist_ok=True)
    checking = 0.0
    check = verify.verify

    def timed(*arguments: Any, **named: Any) -> list[str]:
        nonlocal checking
        begun = CLOCK()
        faults = check(*arguments, **named)
        checking += CLOCK() - begun
        return faults

    verify.verify = timed
    with tempfile.TemporaryDirectory(dir=build) as folder:
        os.sync()
        held = peak()
        begun = CLOCK()
        if asked.profile:
            import cProfile
            import pstats

            profiler = cProfile.Profile()
            profiler.runcall(bundle.write, Path(folder) / "bundle", made, signer.sshsig, "anna")
            pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
        else:
            bundle.write(Path(folder) / "bundle", made, signer.sshsig, "anna")
        whole, most = CLOCK() - begun, peak()
        root = Path(folder) / "bundle"
        files = [(path.relative_to(root).as_posix(), path.read_bytes()) for path in root.rglob("*") if path.is_file()]
        size = sum(len(data) for _, data in files)
        floor = again(files, Path(folder) / "again")
        shutil.rmtree(Path(folder) / "again")
    print(f"{asked.count} corrections, {len(files)} files, {size / 1e6:.1f} MB")
    print(f"peak memory {most:.0f} MB, of which the content {held:.0f}; load {os.getloadavg()[0]:.0f}")
    unit = "s of CPU" if asked.cpu else "s"
    print(f"written in {whole - checking:.2f} {unit}, self-check {checking:.2f}; the same bytes in {floor:.2f}")
    print(f"ratio {floor / (whole - checking):.2f} without the self-check, {floor / whole:.2f} with it")


if __name__ == "__main__":
    main()
