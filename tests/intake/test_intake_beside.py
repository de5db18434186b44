"""Reading in a process of its own: the desk is the same as by a thread, and a process that ends costs one file."""

import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk.database import Connection, create
from dreamdesk.intake import beside
from dreamdesk.intake.opening import open_source
from dreamdesk.model.errors import UserError

ALIKE = ("episode", "episode_text", "step", "document", "source_bytes", "step_search_data", "source_version")


def content(db: Connection) -> dict[str, list[tuple]]:
    """Return the rows of the tables that an import writes, but for times."""
    found = {name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in ALIKE}
    return {**found, "source": db.execute("SELECT name, path, sha256, format, report FROM source").fetchall()}


@pytest.fixture
def always(monkeypatch):
    """Let every file be read in a process of its own."""
    monkeypatch.setattr(beside, "WORTH", 0)
    monkeypatch.setattr(beside, "_SMALL", 0)


def imported(path: Path, *traces: Path, **given) -> tuple[Connection, list]:
    db = create(path)
    return db, list(pipeline.import_paths(db, traces, **given))


def test_a_process_writes_the_desk_that_a_thread_writes(samples, tmp_path, monkeypatch):
    by_thread, told = imported(tmp_path / "thread.desk", samples)
    monkeypatch.setattr(beside, "WORTH", 0)
    monkeypatch.setattr(beside, "_SMALL", 0)
    by_process, told_there = imported(tmp_path / "process.desk", samples)
    assert told == told_there
    assert sum(report.episodes for report in told) > 10
    assert content(by_thread) == content(by_process)
    assert pipeline.verify_desk(by_process) == []


def test_a_grown_file_adds_what_is_new_in_a_process_too(samples, tmp_path, always):
    line = '{"id":"%s","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello %s"}]}\n'
    trace = tmp_path / "talks.jsonl"
    trace.write_text(line % ("a", "a") + line % ("b", "b"))
    db, (first,) = imported(tmp_path / "a.desk", trace)
    trace.write_text(line % ("a", "a") + line % ("b", "other") + line % ("c", "c"))
    (second,) = pipeline.import_paths(db, [trace])
    assert (first.episodes, second.version) == (2, 2)
    assert (second.unchanged, second.changed, second.episodes) == (1, 1, 2)


def test_a_table_is_read_in_a_process_too(tmp_path, always):
    path = tmp_path / "export.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE talk(id TEXT, messages TEXT)")
        db.execute(
            "INSERT INTO talk VALUES('a', ?)", ('[{"role":"user","content":"Hi"},{"role":"system","content":""}]',)
        )
    db.close()
    (alone,) = pipeline.import_paths(create(tmp_path / "process.desk"), [path])
    beside.WORTH = 1 << 60
    (by_thread,) = pipeline.import_paths(create(tmp_path / "thread.desk"), [path])
    assert alone == by_thread


def slow(tmp_path: Path) -> Path:
    """Return a trace that takes some seconds to read."""
    talk = {"messages": [{"role": "system", "content": "Be brief."}, *[{"role": "user", "content": "Hello"}] * 400]}
    path = tmp_path / "long.jsonl"
    path.write_text(f"{json.dumps(talk)}\n" * 400)
    return path


def children() -> list[int]:
    return [process.pid for process in beside.multiprocessing.active_children()]


def test_where_the_process_is_killed_nothing_is_kept_of_its_file_and_the_next_is_read(samples, tmp_path, always):
    small = samples / "workflow-orchestration" / "handoff-review.json"
    killed = list[int]()

    def kill(done, total, what):
        if not killed and db.execute("SELECT count(*) FROM step").fetchone()[0]:
            killed.extend(children())
            os.kill(killed[0], signal.SIGKILL)

    db = create(tmp_path / "a.desk")
    first, second = pipeline.import_paths(db, [slow(tmp_path), small], progress=kill)
    assert killed
    assert first.format == ""
    assert "the process that read the file was ended" in first.skipped[0].reason
    assert second.format
    assert db.execute("SELECT count(*) FROM source").fetchone()[0] == 1
    assert db.execute("SELECT count(*) FROM episode WHERE NOT live").fetchone()[0] == 0
    assert pipeline.verify_desk(db) == []


def test_a_cancel_ends_the_process_and_leaves_the_desk_as_it_was(tmp_path, always):
    db = create(tmp_path / "a.desk")
    since = time.monotonic()

    def cancelled() -> bool:
        return bool(db.execute("SELECT count(*) FROM step").fetchone()[0])

    assert list(pipeline.import_paths(db, [slow(tmp_path)], cancelled=cancelled)) == []
    assert time.monotonic() - since < 60
    assert not children()
    assert db.execute("SELECT count(*) FROM source").fetchone()[0] == 0


def test_what_fails_in_the_process_is_raised_here(tmp_path, always):
    with beside.Beside(1) as process, pytest.raises(UserError, match="no recorder"):
        list(process.take(open_source(slow(tmp_path)), no_recorder, lambda: None))
    assert not children()


def no_recorder():
    """Stand for what cannot be made in the process."""
    raise UserError("no recorder")
