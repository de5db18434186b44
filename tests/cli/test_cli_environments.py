"""`dreamdesk environments`: what there is, what it fits, results taken over; `check` says what a level rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import corrections
from dreamdesk.desk.database import open_desk
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Role


@pytest.fixture
def desk(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", "correct horse battery")
    path = tmp_path / "a.desk"
    assert run(["import", str(samples / "data-processing" / "ledger-entry-runs.json"), "--desk", str(path)]) == 0
    db = open_desk(path)
    pipeline.locate(db, [5])
    pipeline.dream(db, DreamSource.GRAFT, [5])
    pipeline.add_auditor(db, "Ann", Role.APPROVER, "correct horse battery")
    db.close()
    return path


def test_environments_are_listed_with_what_they_fit(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["environments", "--desk", str(desk)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("ledger-entry" in line and "episodes=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]" in line for line in lines)


def test_check_says_what_the_level_rests_on(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--desk", str(desk)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Correction 1: V5 reached: Executed again in ledger-entry 1")
    assert "1 of 1 result after the error point as written" in last


def test_results_are_taken_over_by_an_auditor(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["environments", "--reexecute", "1", "--desk", str(desk)]) == 2
    assert "add --as AUDITOR" in capsys.readouterr().err
    assert run(["environments", "--reexecute", "1", "--as", "Ann", "--desk", str(desk)]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    db = open_desk(desk)
    assert corrections.revision(db, 1).number == 1
    assert run(["environments", "--reexecute", "9", "--as", "Ann", "--desk", str(desk)]) == 2
