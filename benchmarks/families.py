"""How long grouping takes: a desk of N located failures of many causes, grouped at once, then one more arrives.

python benchmarks/families.py [N]        prints CPU seconds, families, and the time of what comes after
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.desk import patterns
from dreamdesk.desk.database import Connection, create, transaction

KINDS = [f"D{number}" for number in range(1, 15)]


def fill(db: Connection, count: int, rng: random.Random) -> None:
    vocabulary = [
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(4, 10))) for _ in range(4000)
    ]
    causes = [(rng.choice(KINDS), f"tool_{rng.randint(1, 30)}", rng.sample(vocabulary, 12)) for _ in range(2000)]
    with transaction(db):
        db.execute("INSERT INTO source VALUES(1,'s','s','0',0,'made',1,1,1,'{}')")
        for number in range(1, count + 1):
            kind, tool, words = rng.choice(causes)
            said = " ".join([*rng.sample(words, 9), *rng.sample(vocabulary, 9)])
            db.execute(
                "INSERT INTO episode(id, source, key, title, task_key, agent, model, outcome, outcome_source,"
                " outcome_pointer, outcome_detail, steps, native_steps, native_unit, started, offset, length, sha256,"
                " live, error_step, category, probability) VALUES(?,1,?,'t','','a','m','failed','none','','',3,3,"
                "'steps',?,0,0,'',1,1,?,0.5)",
                (number, str(number), number * 10**9, kind),
            )
            db.execute(
                "INSERT INTO step VALUES(?,'agent','tool_call','{}',1,NULL,'',?,'',0,NULL,NULL,NULL,'')",
                (number << 20 | 1, tool),
            )
            db.execute(
                "INSERT INTO candidate(episode, rank, step, category, probability, method, why, quotes)"
                " VALUES(?,1,1,?,0.5,'offline',?,'[]')",
                (number, kind, said),
            )


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = create(Path(folder) / "bench.desk")
        fill(db, count, random.Random(1))
        began = time.process_time()
        pipeline.group(db)
        print(f"{count:,} failures grouped in {time.process_time() - began:.1f} s of CPU")
        began = time.process_time()
        found = patterns.overview(db)
        print(f"{len(found.families):,} families read in {time.process_time() - began:.2f} s")
        with transaction(db):
            db.execute("UPDATE candidate SET id = id + 10000000 WHERE episode = 1")
        began = time.process_time()
        pipeline.group(db)
        print(f"one more grouped in {time.process_time() - began:.2f} s")
        began = time.process_time()
        patterns.member(db, count // 2)
        print(f"the place of one in its family in {(time.process_time() - began) * 1000:.1f} ms")
        db.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
