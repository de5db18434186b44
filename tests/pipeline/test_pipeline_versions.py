"""A file that is imported again: the same, grown, changed; and what becomes of decisions on its earlier state."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import listing, sources, versions
from dreamdesk.desk.database import open_desk, open_or_create
from dreamdesk.desk.queue import Tab, counts
from dreamdesk.model.correction import DreamSource
from dreamdesk.pipeline import import_paths, verify_desk
from dreamdesk.pipeline.checking import check_again

RECORDS = Path(__file__).parents[1] / "hostile" / "records"
ATTEMPT = json.loads((RECORDS / "tau-bench.json").read_text())


def attempt(number, **changed):
    return json.dumps({**ATTEMPT, "task_id": number, **changed}) + "\n"


@pytest.fixture
def desk(tmp_path):
    db = open_or_create(tmp_path / "versions.desk")
    yield db
    assert verify_desk(db) == []
    db.close()


@pytest.fixture
def runs(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text("".join(map(attempt, range(3))))
    return path


def imported(db, path):
    (report,) = import_paths(db, [path])
    return report


def tally(report):
    return report.version, report.unchanged, report.changed, report.episodes - report.changed


def test_the_same_file_twice_adds_nothing(desk, runs, tmp_path):
    assert not imported(desk, runs).known
    assert imported(desk, runs).known
    assert imported(desk, shutil.copy(runs, tmp_path / "copy.jsonl")).known
    assert desk.execute("SELECT count(*) FROM episode").fetchone() == (3,)


def test_a_grown_file_adds_only_what_is_new(desk, runs):
    imported(desk, runs)
    with runs.open("a") as file:
        file.write(attempt(3) + attempt(4))
    report = imported(desk, runs)
    assert tally(report) == (2, 3, 0, 2)
    assert report.notes[0] == "version 2 of this file; of its episodes 3 unchanged, 0 changed, 2 new"
    assert counts(desk)[Tab.ALL] == 5
    assert [(row["version"], row["episodes"], row["predecessor"]) for row in listing.sources(desk)] == [
        (1, 3, None), (2, 2, 1)
    ]  # fmt: skip


def test_a_grown_copy_elsewhere_is_known_by_its_first_bytes(desk, runs, tmp_path):
    imported(desk, runs)
    other = tmp_path / "later" / runs.name
    other.parent.mkdir()
    other.write_text(runs.read_text() + attempt(7))
    assert tally(imported(desk, other)) == (2, 3, 0, 1)
    stranger = tmp_path / "other" / runs.name
    stranger.parent.mkdir()
    stranger.write_text(attempt(0, reward=0.5))
    assert tally(imported(desk, stranger)) == (1, 0, 0, 1)


def test_a_changed_file_stands_beside_its_earlier_state(desk, runs):
    imported(desk, runs)
    runs.write_text(attempt(0) + attempt(1, reward=0.25) + attempt(9))
    assert tally(imported(desk, runs)) == (2, 1, 1, 1)
    runs.write_text(attempt(0) + attempt(1, reward=0.5) + attempt(9))
    assert tally(imported(desk, runs)) == (3, 2, 1, 0)
    rows = desk.execute("SELECT id, key FROM episode ORDER BY id").fetchall()
    states = [identity for identity, key in rows if key == rows[1][1]]
    assert len(states) == 3
    assert [versions.newer(desk, state) for state in states] == [states[2], states[2], None]
    assert versions.newer(desk, rows[0][0]) is None


def test_what_moved_inside_its_file_is_unchanged(desk, runs):
    runs.write_text(f"[{attempt(0)}, {attempt(1)}]")
    imported(desk, runs)
    runs.write_text(f"[  {attempt(0)} ,\n\n {attempt(1)}]")
    assert tally(imported(desk, runs)) == (2, 2, 0, 0)


def test_of_attempts_that_are_alike_each_counts(desk, runs):
    imported(desk, runs)
    with runs.open("a") as file:
        file.write(attempt(0) + attempt(0))
    assert tally(imported(desk, runs)) == (2, 3, 0, 2)
    with runs.open("a") as file:
        file.write(attempt(0))
    assert tally(imported(desk, runs)) == (3, 5, 0, 1)


def test_what_was_changed_back_is_a_change(desk, tmp_path):
    path = tmp_path / "talks.jsonl"
    for number, words in enumerate(("first", "second", "first")):
        asked = {"role": "user", "content": [{"type": "text", "text": words}]}
        path.write_text(json.dumps({"id": "talk 1", "system": "s", "messages": [asked]}) + "\n" * (number + 1))
        assert tally(imported(desk, path)) == (number + 1, 0, min(number, 1), 1 - min(number, 1))
    first, second, third = (row[0] for row in desk.execute("SELECT id FROM episode ORDER BY id").fetchall())
    assert [versions.newer(desk, one) for one in (first, second, third)] == [third, third, None]


def test_a_session_that_grew_is_a_new_state_of_its_episode(desk, tmp_path, shared_data):
    whole = (shared_data / "traces/claude-code/1af7fc5e-8455-4414-9ccd-011d40f70b2a.jsonl").read_text().splitlines(True)
    path = tmp_path / "session.jsonl"
    path.write_text("".join(whole[:20]))
    imported(desk, path)
    path.write_text("".join(whole))
    assert tally(imported(desk, path)) == (2, 0, 1, 0)


@pytest.mark.parametrize("folder", ["openhands", "swe-agent", "otlp_genai_anthropic_sdk", "gemini-cli", "mlflow"])
def test_of_a_real_file_that_grew_by_white_space_every_episode_is_unchanged(desk, tmp_path, shared_data, folder):
    copy = Path(shutil.copytree(shared_data / "traces" / folder, tmp_path / folder))
    first = [report for report in import_paths(desk, [copy]) if report.format]
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(path.read_bytes() + b"\n")
    again = [report for report in import_paths(desk, [copy]) if report.format and not report.known]
    assert sum(report.episodes for report in again) == 0
    assert sum(report.unchanged for report in again) == sum(report.episodes for report in first) > 0


def test_a_correction_of_an_earlier_state_is_stale(desk, tmp_path, samples):
    path = Path(shutil.copy(samples / "customer-support" / "support-week44.jsonl", tmp_path))
    imported(desk, path)
    pipeline.locate(desk)
    made = pipeline.dream(desk, DreamSource.GRAFT)
    pipeline.check(desk)
    assert {row["result"] for row in listing.checks(desk) if row["guardrail"] == "stale-source"} == {"pass"}
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records:
        record["messages"].append({"role": "user", "content": "One more thing."})
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    report = imported(desk, path)
    assert tally(report) == (2, 0, len(records), 0)
    assert f"corrections of earlier states of these episodes, now stale: {len(made)}" in report.notes
    assert not check_again(desk, made[0])
    said = {row["correction"]: row["result"] for row in listing.checks(desk) if row["guardrail"] == "stale-source"}
    assert said[made[0]] == "warn"


def test_a_cancelled_import_of_a_new_version_leaves_the_old_one_as_it_was(desk, runs):
    imported(desk, runs)
    before = list(desk.iterdump())
    runs.write_text("".join(attempt(number, reward=0.5) for number in range(40)))
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 20

    assert list(import_paths(desk, [runs], cancelled=cancelled)) == []
    assert list(desk.iterdump()) == before


def test_a_killed_import_of_a_new_version_leaves_the_old_one_as_it_was(tmp_path, runs):
    path = tmp_path / "killed.desk"
    db = open_or_create(path)
    imported(db, runs)
    before = db.execute("SELECT count(*), max(id) FROM source").fetchone()
    db.close()
    runs.write_text("".join(attempt(number, reward=0.5, note="x" * 20_000) for number in range(3000)))
    command = [sys.executable, "-m", "dreamdesk", "import", str(runs), "--desk", str(path)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    watching = open_desk(path, readonly=True)  # opened once: opening takes longer than the moment that is waited for
    while time.monotonic() < deadline and running.poll() is None:
        if watching.execute("SELECT count(*) FROM source WHERE NOT complete").fetchone()[0]:
            break
        time.sleep(0.005)
    watching.close()
    running.kill()
    running.wait()
    db = open_desk(path)
    with sources.only_import(db):
        assert sources.discard_abandoned(db) == 1
    assert db.execute("SELECT count(*), max(id) FROM source").fetchone() == before
    assert versions.predecessors(db) == {}
    assert verify_desk(db) == []
    db.close()


def test_a_forged_predecessor_is_a_fault(tmp_path, runs):
    db = open_or_create(tmp_path / "forged.desk")
    imported(db, runs)
    db.execute("INSERT INTO source_version VALUES(1, 7)")
    assert verify_desk(db) == ["source 1 is said to be a later state of another one than the ledger names"]
    db.close()
