"""Labels that arrive after their trace: it is read again with them, and the episodes without them go out of sight."""

import json

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import database, episodes


def attempt(task: int) -> dict:
    messages = [
        {"role": "system", "content": "Follow the policy."},
        {"role": "user", "content": f"Cancel order {task}"},
        {"role": "assistant", "content": "It is cancelled."},
    ]
    return {"task_id": task, "reward": 0.0, "info": {}, "traj": messages, "records": []}


def labels(step: int) -> str:
    failure = {"failure_id": 1, "step_number": step, "step_reason": "nothing was cancelled", "failed_agent": "agent"}
    return json.dumps([{"trajectory_id": "7", "failures": [failure], "root_cause": {"failure_id": 1}}])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "attempts.json").write_text(json.dumps([attempt(7), attempt(8)]))
    return tmp_path / "run"


def test_late_labels_are_joined_by_reading_the_trace_again(tmp_path, folder):
    db = database.create(tmp_path / "a.desk")
    (first,) = pipeline.import_paths(db, [folder])
    assert (first.episodes, first.companions) == (2, ())
    (folder / "tau_retail_labels.json").write_text(labels(3))
    (second,) = [report for report in pipeline.import_paths(db, [folder]) if report.format == "tau-bench"]
    assert (second.version, second.episodes, second.unchanged, second.changed) == (2, 1, 1, 1)
    shown = [episodes.load(db, number) for number in episodes.ids(db)]
    assert sorted((episode.key, len(episode.labels)) for episode in shown) == [("/0", 1), ("/1", 0)]
    assert next(iter(pipeline.import_paths(db, [folder]))).known
    (folder / "tau_retail_labels.json").write_text(labels(2))
    (third,) = [report for report in pipeline.import_paths(db, [folder]) if report.format == "tau-bench"]
    assert (third.version, third.changed) == (3, 1)
    assert episodes.count(db) == 2
    assert pipeline.verify_desk(db) == []
    db.close()
