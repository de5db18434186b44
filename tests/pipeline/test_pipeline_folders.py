"""Folders that are one episode or one run: dropped whole, they give it once, and tell which files are theirs."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from dreamdesk.desk.database import open_or_create
from dreamdesk.pipeline import import_paths, verify_desk

RECORDS = Path(__file__).parents[1] / "hostile" / "records"
RUN = json.loads((RECORDS / "mini-swe-agent.json").read_text())
TRAJECTORY = {
    "schema_version": "ATIF-v1.7", "agent": {"name": "solver", "version": "1"},
    "steps": [{"step_id": 1, "source": "user", "message": "add"}, {"step_id": 2, "source": "agent", "message": "done"}],
}  # fmt: skip
SESSION = {
    "uuid": "u",
    "parentUuid": None,
    "sessionId": "s",
    "type": "user",
    "message": {"role": "user", "content": "a"},
}
TRIAL = {"task_name": "t", "trial_name": "t.1", "agent_info": {"name": "solver"},
         "verifier_result": {"rewards": {"reward": 0.0}}}  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    db = open_or_create(tmp_path / "folders.desk")
    yield db
    assert verify_desk(db) == []
    db.close()


def laid(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def imported(db, folder):
    reports = list(import_paths(db, [folder]))
    for report in reports:
        for companion in report.companions:
            (path,) = [p for p in folder.rglob("*") if str(p).endswith(companion.name.removeprefix("../"))]
            assert hashlib.sha256(path.read_bytes()).hexdigest() == companion.sha256
    return {report.source: report for report in reports}


def test_a_trial_of_harbor_is_one_run_and_its_other_files_belong_to_it(desk, tmp_path):
    folder = laid(tmp_path / "t.1", {
        "result.json": TRIAL, "config.json": {"a": 1}, "agent/trajectory.json": TRAJECTORY,
        "agent/sessions/log.jsonl": SESSION, "verifier/reward.txt": "0", "verifier/ctrf.json": {"results": {}},
        "verifier/test-stdout.txt": "1 failed",
    })  # fmt: skip
    found = imported(desk, folder)
    assert {name: report.episodes for name, report in found.items()} == {"result.json": 0, "trajectory.json": 1}
    assert found["trajectory.json"].failed == 1
    assert sorted(companion.name for companion in found["result.json"].companions) == [
        "agent/sessions/log.jsonl", "agent/trajectory.json", "config.json", "verifier/ctrf.json", "verifier/reward.txt",
        "verifier/test-stdout.txt",
    ]  # fmt: skip
    again = imported(desk, folder)
    assert set(again) == set(found)
    assert all(report.known for report in again.values())
    assert desk.execute("SELECT count(*) FROM episode").fetchone() == (1,)


def test_a_conversation_of_openhands_is_one_episode_of_its_event_files(desk, tmp_path, shared_data):
    (original,) = (shared_data / "traces" / "openhands").glob("v1_conversation_*")
    folder = Path(shutil.copytree(original, tmp_path / "conversation"))
    found = imported(desk, folder)
    (report,) = found.values()
    assert (report.episodes, report.native_steps, len(report.companions)) == (1, 46, 46)
    assert [r.known for r in imported(desk, folder).values()] == [True]


def test_a_conversation_that_went_on_is_a_new_state_of_its_episode(desk, tmp_path, shared_data):
    (original,) = (shared_data / "traces" / "openhands").glob("v1_conversation_*")
    folder = Path(shutil.copytree(original, tmp_path / "conversation"))
    for path in (folder, folder / "events", *folder.rglob("*.json")):
        path.chmod(0o700)
    last = max((folder / "events").iterdir())
    held = last.read_text()
    last.unlink()
    imported(desk, folder)
    last.write_text(held)
    state = folder / "base_state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "execution_status": "finished"}))
    (report,) = imported(desk, folder).values()
    assert (report.version, report.changed, report.episodes, report.native_steps) == (2, 1, 1, 46)


def test_a_session_with_sub_agents_gives_each_file_once(desk, shared_data):
    folder = shared_data / "traces" / "claude-code"
    session = "b3a7bd3c-5a10-4e7b-8ff0-7fc0cd6d1093"
    reports = list(import_paths(desk, [folder / f"{session}.jsonl", folder / session]))
    assert [report.episodes for report in reports] == [1] * (1 + len(list((folder / session).rglob("*.jsonl"))))
    assert not any(report.skipped for report in reports)


def test_a_folder_of_tau2_takes_task_and_policy_from_its_results(desk, shared_data):
    found = imported(desk, shared_data / "traces" / "tau2-bench" / "dir_format")
    assert sorted(report.episodes for report in found.values()) == [0, 1, 1, 1]
    assert {companion.name for report in found.values() for companion in report.companions} == {"../results.json"}


def test_a_verdict_beside_a_trace_is_no_broken_trace(desk, tmp_path):
    folder = laid(tmp_path / "runs", {
        "a_first.txt": "a word", "eval_x.json": {"checkpoints": [], "final_score": {"result": 0, "total": 1}},
        "traj_x.json": [{"kind": "MessageEvent", "id": "1", "timestamp": "2026-01-01T00:00:00", "source": "user",
                         "llm_message": {"role": "user", "content": [{"type": "text", "text": "hi"}]}}],
    })  # fmt: skip
    found = imported(desk, folder)
    assert found["traj_x.json"].failed == 1
    assert [companion.name for companion in found["traj_x.json"].companions] == ["eval_x.json"]
    assert "unknown" in found["a_first.txt"].skipped[0].reason
    assert found.get("eval_x.json") is None or not found["eval_x.json"].skipped


def test_a_companion_that_cannot_be_read_is_told(desk, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("whoever runs as root may read everything")
    folder = laid(tmp_path / "runs", {"run.traj.json": {**RUN, "instance_id": "a__b-1"}, "report.json": {}})
    (folder / "report.json").chmod(0)
    assert "report.json" in imported(desk, folder)["run.traj.json"].skipped[0].place
