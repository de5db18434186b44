"""What the window asks of a large desk: 99th percentiles in milliseconds, wall and CPU.

python benchmarks/queries.py DESK [--words N]

The desk is one that benchmarks/corpus.py wrote the traces of and `dreamdesk import` made: 1,000,000 steps are 1,260 MB
of episodes. The words are drawn from its vocabulary by rank, the commonest included.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import corpus

from dreamdesk.desk import queue, search
from dreamdesk.desk.database import DatabaseError, open_desk
from dreamdesk.desk.queue import Tab


def told(what: str, figure: str, jobs: list[Callable[[], object]]) -> None:
    """Run *jobs* one after the other and print a line of the table."""
    walls, cpus = [], []
    for job in jobs:
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        walls.append((time.perf_counter() - wall) * 1_000)
        cpus.append((time.process_time() - cpu) * 1_000)
    ends = [quantiles(series, n=100, method="inclusive")[98] for series in (walls, cpus)]
    print(
        f"| {what} | {median(walls):.1f} / {ends[0]:.1f} | {median(cpus):.1f} / {ends[1]:.1f} | {figure} |", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("desk", type=Path)
    parser.add_argument("--words", type=int, default=100, help="how many words are looked for; 0: the queue alone")
    given = parser.parse_args()
    db = open_desk(given.desk, readonly=True)
    steps, episodes = db.execute("SELECT sum(steps), count(*) FROM episode WHERE live").fetchone()
    print(f"{steps:,} steps, {episodes:,} episodes\n")
    print("| what | wall p50 / p99 | CPU p50 / p99 | p99 at most |\n|---|---|---|---|")
    large = steps > 3_000_000
    every = queue.ids(db, Tab.ALL)
    chance = random.Random(3)
    starts = [chance.randrange(max(1, len(every) - 128)) for _ in range(100)]
    told("queue page of 128", "10" if large else "5", [lambda s=s: queue.rows(db, every[s : s + 128]) for s in starts])  # type: ignore[misc]
    filters = [lambda tab=tab: queue.ids(db, tab) for tab in Tab] * 10  # type: ignore[misc]
    told("ids of one tab, whole", "50" if large else "16", filters)
    told("counts of all tabs", "50" if large else "16", [lambda: queue.counts(db)] * 100)
    if not given.words:
        return
    words = corpus.Writer().words
    ranks = [round(len(words) ** (number / given.words)) - 1 for number in range(given.words)]
    looked = [words[rank] for rank in ranks]
    figure = "150" if large else "50"
    told("first 50 hits, whole words", figure, [lambda w=w: search.find(db, f"{w} ", every) for w in looked])  # type: ignore[misc]
    begun = [word[: chance.randint(3, 5)] for word in looked if len(word) >= 3]
    told("first 50 hits, beginnings of 3 to 5 letters", figure, [lambda w=w: search.find(db, w, every) for w in begun])  # type: ignore[misc]
    told("queue with a word, whole list", "", [lambda w=w: queue.ids(db, Tab.ALL, w) for w in looked])  # type: ignore[misc]
    told("cancel of a running search", "50", [lambda w=w: _cancel(given.desk, w) for w in looked[:5] * 6])  # type: ignore[misc]


def _cancel(desk: Path, word: str) -> None:
    """Wait until a search that was asked to stop has stopped; the time before that is not counted by design."""
    stop = threading.Event()
    ready = threading.Event()

    def work() -> None:
        db = open_desk(desk, readonly=True)
        db.set_progress_handler(stop.is_set, 50_000)
        ready.set()
        try:
            while not stop.is_set():
                search.episodes(db, word)
        except DatabaseError:
            pass
        db.close()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    stop.set()
    thread.join()


if __name__ == "__main__":
    main()
