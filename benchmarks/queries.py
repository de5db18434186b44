"""What the window asks of a large desk: 99th percentiles in milliseconds, wall and CPU.

python benchmarks/queries.py DESK [--words N] [--spread]

The desk is one that benchmarks/corpus.py wrote the traces of and `dreamdesk import` made: 1,000,000 steps are 1,260 MB
of episodes. The words are drawn from its vocabulary by rank, the commonest included. Every list that the window can
show is asked for: each tab in each order, whole and through each filter. A desk on which nobody has worked has next to
nothing in most tabs; with --spread a copy is measured whose episodes were given risks, states and agents by chance.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

import corpus

from dreamdesk.desk import narrowing, queue, search
from dreamdesk.desk.database import Connection, DatabaseError, open_desk
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.desk.narrowing import RISKS, Narrowing, Sort
from dreamdesk.desk.queue import Tab
from dreamdesk.model.episode import OutcomeState


def told(what: str, figure: str, jobs: list[Callable[[], object]]) -> list[float]:
    """Run *jobs* one after the other and print a line of the table; return the CPU time of each in milliseconds."""
    walls: list[float] = []
    cpus: list[float] = []
    for job in jobs:
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        walls.append((time.perf_counter() - wall) * 1_000)
        cpus.append((time.process_time() - cpu) * 1_000)
    ends = [quantiles(series, n=100, method="inclusive")[98] for series in (walls, cpus)]
    print(
        f"| {what} | {median(walls):.1f} / {ends[0]:.1f} | {median(cpus):.1f} / {ends[1]:.1f} | {figure} |", flush=True
    )
    return cpus


def lists(db: Connection) -> Iterator[tuple[Tab, Narrowing]]:
    """Yield every list that the window can show: tabs and orders, whole and through each filter, and some together."""
    agents = [name for name, _ in narrowing.agents(db)]
    ways = [{}, *({"risks": frozenset({risk})} for risk in RISKS), {"risks": frozenset(RISKS[:2])}]
    ways += [{"outcomes": frozenset({state})} for state in OutcomeState]
    ways += [{"agents": frozenset(some)} for some in (agents[:1], agents[-1:], agents[:5]) if some]
    ways += [
        {"risks": frozenset({"high", ""}), "outcomes": frozenset({OutcomeState.FAILED}), "agents": frozenset(agents)}
    ]
    for tab in Tab:
        for sort in Sort:
            for way in ways:
                yield tab, Narrowing(sort, **way)


def spread(desk: Path, copy: Path) -> None:
    """Copy *desk* to *copy*, and give its episodes risks, states and agents by chance: as many as there can be.

    No decisions stand behind the states, which nothing but a list can bear; the trigger that refuses them is back then.
    """
    shutil.copy(desk, copy)
    chance = random.Random(1)
    states = [None, None, "proposed", "amended", "second", "escalated", "returned", "held", "approved", "rejected"]
    with closing(sqlite3.connect(copy)) as db:
        (guard,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'episode_review'").fetchone()
        db.execute("DROP TRIGGER episode_review")
        rows = []
        for (episode,) in db.execute("SELECT id FROM episode"):
            category = chance.choice([*SEVERITY, None])
            grave = chance.randrange(1000) + 1000 * ["", "low", "medium", "high"].index(SEVERITY.get(category, ""))
            agent = chance.choice(["", f"agent-{chance.randrange(30)}"])
            named = (agent, f"model-{chance.randrange(5)}", chance.choice(list(OutcomeState)).value)
            state = chance.choice(states)
            rows.append(
                (
                    *named,
                    category and category.value,
                    grave,
                    state,
                    state and episode,
                    chance.randrange(2, 300),
                    episode,
                )
            )
        db.executemany(
            "UPDATE episode SET agent = ?, model = ?, outcome = ?, category = ?, priority = ?, review = ?,"
            " correction = ?, steps = ? WHERE id = ?",
            rows,
        )
        db.execute(guard)
        db.commit()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("desk", type=Path)
    parser.add_argument("--words", type=int, default=100, help="how many words are looked for; 0: the queue alone")
    parser.add_argument("--spread", action="store_true", help="measure a copy with something in every list")
    given = parser.parse_args()
    open_desk(given.desk).close()  # an older one is brought up to date
    with tempfile.TemporaryDirectory(dir=given.desk.parent) as folder:
        if given.spread:
            spread(given.desk, copy := Path(folder, "spread.desk"))
            given.desk = copy
        measure(given.desk, given.words)


def measure(desk: Path, number_of_words: int) -> None:
    db = open_desk(desk, readonly=True)
    steps, episodes = db.execute("SELECT sum(steps), count(*) FROM episode WHERE live").fetchone()
    print(f"{steps:,} steps, {episodes:,} episodes\n")
    print("| what | wall p50 / p99 | CPU p50 / p99 | p99 at most |\n|---|---|---|---|")
    large = steps > 3_000_000
    every = queue.ids(db, Tab.ALL)
    chance = random.Random(3)
    starts = [chance.randrange(max(1, len(every) - 128)) for _ in range(100)]
    told("queue page of 128", "10" if large else "5", [lambda s=s: queue.rows(db, every[s : s + 128]) for s in starts])  # type: ignore[misc]
    figure = "50" if large else "16"
    asked = list(lists(db))
    jobs = [lambda tab=tab, how=how: queue.ids(db, tab, auditor="Anna", narrowing=how) for tab, how in asked]  # type: ignore[misc]
    taken = told(f"ids of a whole list: {len(asked)} tabs, orders and filters", figure, jobs)
    told("whose episodes there are, and how many", figure, [lambda: narrowing.agents(db)] * 100)
    told("counts of all tabs", figure, [lambda: queue.counts(db)] * 100)
    told("counts of all tabs, for an auditor", figure, [lambda: queue.counts(db, "Anna")] * 100)
    slowest = sorted(zip(taken, asked, strict=True), key=lambda one: -one[0])[:5]
    for cpu, (tab, how) in slowest:
        print(f"  slowest: {cpu:.1f} ms CPU: {tab.name}, {how}")
    if not number_of_words:
        return
    words = corpus.Writer().words
    ranks = [round(len(words) ** (number / number_of_words)) - 1 for number in range(number_of_words)]
    looked = [words[rank] for rank in ranks]
    figure = "150" if large else "50"
    told("first 50 hits, whole words", figure, [lambda w=w: search.find(db, f"{w} ", every) for w in looked])  # type: ignore[misc]
    begun = [word[: chance.randint(3, 5)] for word in looked if len(word) >= 3]
    told("first 50 hits, beginnings of 3 to 5 letters", figure, [lambda w=w: search.find(db, w, every) for w in begun])  # type: ignore[misc]
    told("queue with a word, whole list", "", [lambda w=w: queue.ids(db, Tab.ALL, w) for w in looked])  # type: ignore[misc]
    told("cancel of a running search", "50", [lambda w=w: _cancel(desk, w) for w in looked[:5] * 6])  # type: ignore[misc]


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
