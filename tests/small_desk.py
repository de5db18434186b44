"""A small desk with something in most tables: what faults and erasures are tried on."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from taught import attempt

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, exchanges, schema, search
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.ask import Reply
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.finding import Category

PASSPHRASE = "correct horse battery"
ANN = "Ann"


def small_desk(path: Path, word: str = "Castellane", runs: int = 2) -> Path:
    """Return a desk of *runs* short episodes, marked, corrected and decided, with *word* wherever people can write."""
    rng = random.Random(3)
    episodes = []
    for number in range(runs):
        run = json.loads(json.dumps(attempt(number, rng)))
        run["traj"] = [*run["traj"][:8], {"role": "user", "content": f"My name is {word}, as I said."}]
        episodes.append(run)
    trace = path.with_name("runs.json")
    trace.write_text(json.dumps(episodes))
    policy = path.with_name("policy.md")
    policy.write_text(f"# Rules\n\nNever write down that {word} was here.\n")
    with closing(database.create(path)) as db:
        list(pipeline.import_paths(db, [trace]))
        pipeline.add_auditor(db, ANN, Role.APPROVER, PASSPHRASE)
        signer = pipeline.unlock(db, ANN, PASSPHRASE)
        pipeline.add_policy(db, policy, "Rules", "", signer)
        pipeline.mark(db, 1, ANN, 5, Category.D4, True)
        pipeline.prepare(db)
        write(db, 1, f"I am sorry, {word}. Let me count again.", f"for {word}")
        (correction, *_) = corrections.ids(db)
        pipeline.check(db)
        reject = pipeline.reasons(Verdict.REJECT)[0].code
        pipeline.decide(db, correction, Verdict.REJECT, reject, f"{word} asked for it", signer)
        with transaction(db):
            answer = Reply(None, "small", raw=f"no, {word}".encode(), media="text/plain", input_tokens=3)
            exchanges.add(db, "0" * 64, "http://127.0.0.1:1", "small", f"who is {word}?".encode(), answer)
        search.index(db)
    return path


def write(db: Connection, episode: int, words: str, note: str) -> int:
    """Write a correction of *episode* by hand, from its fifth step on."""
    return pipeline.author(db, episode, 5, [Step(5, Actor.AGENT, Kind.MESSAGE, words, turn=5)], "Bo", note)


def made_newer(desk: Path, *statements: str) -> Path:
    """Make of a closed desk one as a later version of the program might have it: with more, and nothing changed."""
    with closing(sqlite3.connect(desk, isolation_level=None)) as later:
        for statement in (
            "ALTER TABLE decision ADD COLUMN mood TEXT NOT NULL DEFAULT ''",
            "CREATE TABLE novelty(id INTEGER PRIMARY KEY, body TEXT) STRICT",
            "CREATE TRIGGER novelty_fixed BEFORE UPDATE ON novelty BEGIN SELECT RAISE(ABORT, 'append-only'); END",
            "CREATE INDEX decision_mood ON decision(mood)",
            *statements,
            f"PRAGMA user_version={schema.VERSION + 1}",
        ):
            later.execute(statement)
    return desk


def copied(desk: Path, folder: Path) -> Path:
    """Copy a closed desk and its companions into *folder*."""
    folder.mkdir(exist_ok=True)
    for part in desk.parent.glob(f"{desk.name}*"):
        shutil.copy(part, folder)
    return folder / desk.name
