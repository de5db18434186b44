"""A desk whose auditor has marked and approved enough episodes to learn from."""

from __future__ import annotations

import json
import random
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.desk import episodes
from dreamdesk.desk.database import Connection, create, transaction
from dreamdesk.locate.learning import LEAST
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Category

WAITING = 3
PADDING = "as we agreed, to the next one in the long row behind the blue door, where the others are waiting."
WRONG = "All shelves are counted."


def attempt(number: int, rng: random.Random) -> dict[str, Json]:
    """Return a failed chat in which the one short turn is the error, which no shipped weight looks for."""
    turns: list[dict[str, str]] = []
    wrong = rng.randrange(3, 9)
    for place in range(10):
        plain = f"I looked at shelf {place * 7 + number}, wrote down what lies on it, and walked on {PADDING}"
        turns.append({"role": "assistant", "content": WRONG if place == wrong else plain})
        turns.append({"role": "user", "content": "Error: that did not work." if place < 3 else "Go on, please."})
    opening = [{"role": "system", "content": "Count the shelves."}, {"role": "user", "content": "Please count."}]
    return {
        "task_id": number,
        "reward": 0.0,
        "info": {"task": {"instruction": "count"}},
        "trial": 0,
        "traj": [*opening, *turns],
    }


def stand(db: Connection, review: str, which: str) -> None:
    """Say of the episodes *which* (SQL) that they stand at *review*, which the desk's own rule would refuse."""
    (rule,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'episode_review'").fetchone()
    with transaction(db):
        db.execute("DROP TRIGGER episode_review")
        db.execute(f"UPDATE episode SET review = '{review}' WHERE {which}")
        db.execute(rule)


def faults(db: Connection) -> list[str]:
    """Return what verification finds beside the episodes that `stand` put where no decision did."""
    found = pipeline.verify_desk(db)
    return [fault for fault in found if not fault.endswith("is said to stand elsewhere than its correction")]


def taught_desk(folder: Path, name: str = "Ann") -> Path:
    """Return a desk with `LEAST` marked and approved episodes, one rejected, and `WAITING` untouched ones."""
    rng = random.Random(5)
    (folder / "runs.json").write_text(json.dumps([attempt(number, rng) for number in range(LEAST + 1 + WAITING)]))
    db = create(folder / "taught.desk")
    list(pipeline.import_paths(db, [folder / "runs.json"]))
    ids = sorted(episodes.ids(db))
    pipeline.locate(db)
    for episode in ids[: LEAST + 1]:
        step = next(step.index for step in episodes.load(db, episode).steps if step.content == WRONG)
        pipeline.mark(db, episode, name, step, Category.D4, True)
    # As they stand once a correction of each was decided.
    stand(db, "approved", f"id < {ids[LEAST]}")
    stand(db, "rejected", f"id = {ids[LEAST]}")
    db.close()
    return folder / "taught.desk"
