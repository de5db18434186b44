"""A verdict that arrives after its trace is joined to the episodes that the desk has, provably."""

import json

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import database, episodes, ledger, outcomes, settings
from dreamdesk.model.decision import Role
from dreamdesk.model.episode import OutcomeSource, OutcomeState

INSTANCE = "django__django-10973"


def trajectory(instance=INSTANCE):
    messages = [
        {"role": "system", "content": "You fix issues."},
        {"role": "user", "content": "Consider the following PR description: it breaks"},
        {"role": "assistant", "content": "```bash\nls\n```"},
        {"role": "user", "content": "<returncode>0</returncode>\n<output>x</output>"},
    ]
    info = {"exit_status": "Submitted", "submission": "diff", "mini_version": "1.0"}
    return {"info": info, "messages": messages, "trajectory_format": "mini-swe-agent-1", "instance_id": instance}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f"{INSTANCE}.traj.json").write_text(json.dumps(trajectory()))
    return tmp_path / "run"


@pytest.fixture
def desk(tmp_path, folder):
    db = database.create(tmp_path / "a.desk")
    bring(db, folder)
    assert state(db) == "unknown"
    yield db
    db.close()


def bring(db, path):
    return list(pipeline.import_paths(db, [path]))


def state(db, episode=1):
    return episodes.outcome(db, episode).state.value


def report(folder, resolved, name="report.json"):
    (folder / name).write_text(json.dumps({INSTANCE: {"resolved": resolved, "patch_exists": True}}))
    return folder / name


def bodies(db):
    return [json.loads(body) for body in ledger.sound_bodies(db, "verdicts-joined")]


@pytest.mark.parametrize("what", ["the trace again", "the verdict alone", "the folder"])
def test_a_late_verdict_is_joined(desk, folder, what):
    verdict = report(folder, False)
    chosen = {"the trace again": folder / f"{INSTANCE}.traj.json", "the verdict alone": verdict, "the folder": folder}
    reports = bring(desk, chosen[what])
    (told,) = [one for one in reports if one.joined]
    assert (told.known, told.joined) == (True, 1)
    assert told.notes[0] == f"1 verdict joined to episodes of {INSTANCE}.traj.json: 1 unknown → failed"
    counts = episodes.outcome(desk, 1)
    assert (counts.state, counts.source, counts.pointer) == (
        OutcomeState.FAILED, OutcomeSource.VERDICT, "report.json#/resolved",
    )  # fmt: skip
    (body,) = bodies(desk)
    assert body["files"] == [{"name": "report.json", "sha256": told.companions[0].sha256}]
    assert pipeline.verify_desk(desk) == []
    assert pipeline.prepare(desk).located == 1
    assert not any(one.joined for one in bring(desk, folder))
    assert len(bodies(desk)) == 1


def test_another_verdict_replaces_the_first_and_a_lost_one_does_not(desk, folder):
    report(folder, False)
    bring(desk, folder)
    path = report(folder, True)
    bring(desk, folder)
    assert state(desk) == "succeeded"
    path.unlink()
    bring(desk, folder)
    assert state(desk) == "succeeded"
    assert [body["outcomes"][0]["state"] for body in bodies(desk)] == ["failed", "succeeded"]
    assert pipeline.verify_desk(desk) == []


def test_an_auditors_word_and_the_rule_still_count(desk, folder):
    pipeline.add_auditor(desk, "Ann", Role.APPROVER, "correct horse battery")
    signer = pipeline.unlock(desk, "Ann", "correct horse battery")
    pipeline.set_outcome(desk, 1, OutcomeState.PARTIAL, "half of it", signer)
    report(folder, True)
    bring(desk, folder)
    assert state(desk) == "partial"
    assert outcomes.own(desk, 1).state is OutcomeState.SUCCEEDED
    assert pipeline.verify_desk(desk) == []
    pipeline.set_outcome(desk, 1, None, "the tests decide", signer)
    assert state(desk) == "succeeded"
    assert pipeline.verify_desk(desk) == []
    assert outcomes.underived(desk, settings.outcome_rule(desk)) == []


def test_a_trace_that_changed_or_lies_elsewhere_is_left_alone(desk, folder, tmp_path):
    other = tmp_path / "x" / "y" / "z" / "w"
    other.mkdir(parents=True)
    (folder / f"{INSTANCE}.traj.json").write_text(json.dumps(trajectory("django__django-11111")))
    reports = bring(desk, report(folder, False))
    assert [(one.format, one.joined) for one in reports] == [("verdicts", 0)]
    assert state(desk) == "unknown"
    assert pipeline.verify_desk(desk) == []


@pytest.mark.parametrize(
    ("forgery", "words"),
    [
        ("UPDATE episode SET outcome = 'succeeded'", "joined to episode 1 is not the one in the ledger"),
        ("UPDATE episode SET outcome_detail = 'x'", "joined to episode 1 is not the one in the ledger"),
        ("UPDATE episode SET score = 0.5", "joined to episode 1 is not the one in the ledger"),
        ("UPDATE first_outcome SET state = 'succeeded'", "says of its episodes"),
        ("DELETE FROM first_outcome", "joined to episode 1 is not the one in the ledger"),
    ],
)
def test_a_forged_verdict_is_found(desk, folder, forgery, words):
    report(folder, False)
    bring(desk, folder)
    desk.execute(forgery)
    assert any(words in fault for fault in pipeline.verify_desk(desk))


def test_a_verdict_that_no_file_gave_is_found(desk):
    desk.execute("INSERT INTO first_outcome VALUES(1, 'unknown', 'none', '', '', NULL)")
    desk.execute("UPDATE episode SET outcome = 'succeeded', outcome_source = 'verdict'")
    assert any("is not the one in the ledger" in fault for fault in pipeline.verify_desk(desk))


def test_scores_beside_a_phoenix_export_may_come_later(shared_data, tmp_path):
    source = shared_data / "traces" / "phoenix"
    run = tmp_path / "run"
    run.mkdir()
    for name in ("client_get_spans.json", "span_annotations.json"):
        if name == "span_annotations.json":
            db = database.create(tmp_path / "b.desk")
            assert [one.failed for one in bring(db, run)] == [1]
        (run / f"refund-anthropic.{name}").write_bytes((source / f"refund-anthropic.{name}").read_bytes())
    (told,) = [one for one in bring(db, run) if one.joined]
    assert told.joined == 7
    assert [state(db, number) for number in range(1, 8)].count("failed") == 4
    assert pipeline.verify_desk(db) == []
    db.close()
