"""What a source says of errors and of better answers becomes candidates and corrections; its verdicts are kept too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, findings, listing
from dreamdesk.intake.opening import open_source
from dreamdesk.model.correction import DreamSource, Provenance
from dreamdesk.model.decision import Role
from dreamdesk.model.episode import OutcomeState

ASKED = {"role": "user", "content": "Refund INV-1, please."}
WORSE, BETTER = (
    {"role": "assistant", "content": "Refunded 5000."},
    {"role": "assistant", "content": "May I see the order first?"},
)
PAIR = {"input": {"messages": [ASKED]}, "preferred_output": [BETTER], "non_preferred_output": [WORSE]}
CHAT = {
    "messages": [ASKED, WORSE],
    "reward": 0,
    "labels": [{"message": 1, "reason": "not checked", "by": "Ann"}],
    "corrections": [{"from_message": 1, "messages": [BETTER], "by": "Ann"}],
}
WHO = {
    "question": "Sum", "ground_truth": "4", "is_correct": False, "mistake_step": "1", "mistake_agent": "Adder",
    "mistake_reason": "wrong sum",
    "history": [{"role": "user", "name": "User", "content": "2+2"}, {"role": "user", "name": "Adder", "content": "5"}],
}  # fmt: skip
OBSERVED = {
    "id": "g", "traceId": "t", "type": "GENERATION", "name": "chat", "startTime": "2026-11-22T08:00:00Z",
    "level": "DEFAULT", "input": [ASKED], "output": WORSE, "model": "m",
}  # fmt: skip
SCORES = [
    {"name": "correctness", "value": 0, "dataType": "NUMERIC", "source": "ANNOTATION", "comment": "too much"},
    {"name": "output", "dataType": "CORRECTION", "stringValue": BETTER["content"], "source": "ANNOTATION"},
]
LANGFUSE = {
    "id": "t",
    "timestamp": "2026-11-22T08:00:00Z",
    "name": "refund",
    "observations": [OBSERVED],
    "scores": SCORES,
}
RUN = {
    "id": "r", "trace_id": "r", "run_type": "chain", "name": "agent", "dotted_order": "1", "status": "success",
    "start_time": "2026-11-22T08:00:00", "inputs": {}, "outputs": {},
    "child_runs": [{
        "id": "l", "trace_id": "r", "parent_run_id": "r", "run_type": "llm", "name": "chat", "dotted_order": "1.1",
        "start_time": "2026-11-22T08:00:01", "inputs": {"messages": [ASKED]}, "outputs": WORSE,
    }],
}  # fmt: skip
FEEDBACK = {
    "run_id": "l",
    "key": "correctness",
    "score": 0,
    "comment": "too much",
    "correction": {"answer": "Ask first."},
}


def desk(folder: Path, **files: object) -> database.Connection:
    """A desk with *files*; what a list holds is written line by line."""
    for name, content in files.items():
        lines = [json.dumps(item) for item in content] if isinstance(content, list) else [json.dumps(content)]
        (folder / f"{name}.{'jsonl' if isinstance(content, list) else 'json'}").write_text("\n".join(lines))
    db = database.create(folder / "a.desk")
    list(pipeline.import_paths(db, sorted(folder.glob("*.json*"))))
    return db


FILES = {
    "pairs": ({"pairs": [PAIR]}, BETTER["content"]),
    "chat": ({"chat": CHAT}, BETTER["content"]),
    "who-and-when": ({"who": WHO}, ""),
    "langfuse": ({"langfuse": LANGFUSE}, BETTER["content"]),
}


@pytest.mark.parametrize("name", FILES)
def test_labels_become_candidates_and_better_answers_corrections(tmp_path, name):
    files, better = FILES[name]
    db = desk(tmp_path, **files)
    assert [row["outcome"] for row in listing.episodes(db)] == ["failed"]
    pipeline.prepare(db)
    best = findings.standing(db, 1)
    assert best is not None
    if name == "langfuse":  # a grade of the whole run names no step
        assert best.method == "offline"
    else:
        assert (best.step, best.method) == (1, "label")
    check_correction(db, better)
    db.close()


def test_a_label_on_a_part_waits_until_an_auditor_says_that_the_run_failed(tmp_path):
    db = desk(tmp_path, runs=RUN, runs_feedback=[FEEDBACK])
    assert [row["outcome"] for row in listing.episodes(db)] == ["unknown"]
    pipeline.prepare(db)
    assert corrections.of_episode(db, 1) == ()
    pipeline.add_auditor(db, "Ann", Role.APPROVER, "correct horse battery")
    signer = pipeline.unlock(db, "Ann", "correct horse battery")
    pipeline.set_outcome(db, 1, OutcomeState.FAILED, "the customer was overpaid", signer)
    best = findings.standing(db, 1)
    assert best is not None
    assert (best.step, best.method) == (1, "label")
    check_correction(db, "Ask first.")
    db.close()


def check_correction(db: database.Connection, better: str) -> None:
    found = [row for row in corrections.of_episode(db, 1) if row.source is DreamSource.IMPORTED]
    assert len(found) == bool(better)
    for row in found:
        (first, *_) = corrections.revision(db, row.id).steps
        assert (first.step.content, first.provenance) == (better, Provenance.IMPORTED)
    assert pipeline.verify_desk(db) == []


def test_a_preference_pair_points_into_its_file_and_a_broken_one_is_told(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, (PAIR, {**PAIR, "preferred_output": []}))))
    reading = open_source(path)
    (episode,) = reading.episodes()
    assert reading.source.format == "openai-chat"
    assert [step.pointer for step in episode.steps] == ["/input/messages/0/content", "/non_preferred_output/0/content"]
    assert episode.outcome.source == "label"
    assert "no pair of answers" in reading.skipped[0].reason


VERDICTS = {
    "report": {"own__repo-1": {"resolved": False, "patch_exists": True}},
    "summary": {"no_generation": [], "no_logs": [], "resolved": ["own__repo-1"]},
    "eval_a": {"checkpoints": [], "final_score": {"result": 1, "total": 1}},
    "annotations": {"data": [{"id": "a", "span_id": "s", "name": "c", "annotator_kind": "CODE", "result": {}}]},
    "feedback": [FEEDBACK],
    "scores": [{"id": "x", "traceId": "t", "dataType": "NUMERIC", "name": "c", "value": 1}],
    "tau_retail_labels": [{"trajectory_id": 1, "failures": [], "root_cause": {}}],
    "error": {"error": "No module", "traceback": "…"},
}


def test_files_of_verdicts_are_known_kept_and_give_no_episode(tmp_path):
    db = desk(tmp_path, **VERDICTS)
    reports = [stored.report for stored in pipeline.import_reports(db)]
    assert [report.format for report in reports] == ["verdicts"] * len(VERDICTS)
    assert all(report.episodes == 0 and report.dialects and not report.skipped for report in reports)
    assert list(listing.episodes(db)) == []
    db.close()
