"""The verb oversight, as a script uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import corrections
from dreamdesk.desk.database import create, open_desk
from dreamdesk.model.decision import Role, Verdict

PASSPHRASE = "correct horse battery"


@pytest.fixture
def desk(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with two reviewers and a sealed correction among the next four."""
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    path = tmp_path / "o.desk"
    db = create(path)
    for name, role in (("anna", Role.REVIEWER), ("ben", Role.REVIEWER)):
        pipeline.add_auditor(db, name, role, PASSPHRASE)
    db.close()
    assert run(["oversight", "seal", "1", "4", "--desk", str(path)]) == 0
    db = open_desk(path)
    list(pipeline.import_paths(db, [samples / "workflow-orchestration"]))
    pipeline.prepare(db)
    key = pipeline.unlock(db, "anna", PASSPHRASE)
    for correction in corrections.ids(db):
        pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "read", key)
    db.close()
    return path


def test_a_round_of_oversight(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> list[dict[str, object]]:
        capsys.readouterr()
        assert run(["oversight", *words, "--desk", str(desk), "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    (sketch,) = told("plan", "--dry-run", "--share", "0.2")
    assert sketch["lot"] == 3  # four were approved, and one of them is known to be bad
    (plan,) = told("plan", "--share", "0.2", "--seed", "2026", "--as", "anna")
    assert (plan["outcome"], plan["looked"], plan["seed"]) == ("open", 0, "2026")
    assert len(told("show", "1", "--lot")) == 3
    waiting = told("waiting", "--as", "ben")
    assert len(waiting) == plan["sample"]
    assert told("waiting", "--as", "anna") == []
    for number, look in enumerate(waiting):
        words = ["--verdict", "approve"] if number else ["--verdict", "reject", "--reason", "breaks-policy"]
        (row,) = told("look", str(look["id"]), *words, "--as", "ben")
        assert (row["first"], row["overturned"]) == ("approve", not number)
    summary, *sample = told("show", "1")
    assert (summary["outcome"], summary["overturned"], len(sample)) == ("reject", 1, plan["sample"])
    assert {row["n"] for row in told("agreement") if row["between"] == ["anna", "ben"]} == {len(sample)}
    assert all(row["rule"] and row["too_few"] for row in told("indicators") if row["auditor"] == "anna")
    (seal,) = told("seals")
    assert (seal["known_bad"], seal["among"], seal["opened"]) == (1, 4, None)
    (opened,) = told("open-seal", "1")
    assert opened["fault"] in ("original", "late", "policy", "stale", "unconfirmed")
    (noticed,) = (row for row in told("indicators") if row["auditor"] == "anna" and "Known" in str(row["indicator"]))
    assert (noticed["hits"], noticed["n"], noticed["share"]) == (0, 1, None)
    assert run(["verify", "--desk", str(desk)]) == 0


def test_who_does_not_say_who_they_are_signs_nothing(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["oversight", "plan", "--desk", str(desk)]) == 2
    assert "--as AUDITOR" in capsys.readouterr().err
    assert run(["oversight", "show", "7", "--desk", str(desk)]) == 2
