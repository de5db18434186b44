"""The command line where a mark is required: nothing of the desk's view before it; families, agreement, learning."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from taught import faults, taught_desk

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import episodes, learned
from dreamdesk.desk.database import create, open_desk
from dreamdesk.locate.learning import LEAST
from dreamdesk.model.decision import Role
from dreamdesk.model.finding import Category

SUPPORT = Path(__file__).resolve().parents[2] / "resources" / "samples" / "customer-support" / "support-week44.jsonl"
PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DREAMDESK_PASSPHRASE", PASSPHRASE)


def lines(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> list[dict[str, object]]:
    import json

    capsys.readouterr()
    assert run([*map(str, arguments), "--json"]) == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_where_a_mark_is_required_nothing_of_the_desks_view_is_printed_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = tmp_path / "a.desk"
    db = create(desk)
    list(pipeline.import_paths(db, [SUPPORT]))
    pipeline.prepare(db)
    pipeline.add_auditor(db, "Ann", Role.REVIEWER, PASSPHRASE)
    failed = [row["id"] for row in lines(capsys, "list", "episodes", "--desk", desk) if row["outcome"] == "failed"]
    assert lines(capsys, "setting", "blind_mark", "required", "--desk", desk)[0]["value"] == "required"
    for verb in (("locate",), ("list", "candidates"), ("list", "corrections"), ("list", "checks"), ("check",)):
        assert lines(capsys, *verb, "--desk", desk) == [], verb
    assert lines(capsys, "list", "families", "--desk", desk) == []
    for row in lines(capsys, "list", "episodes", "--desk", desk):
        assert (row["error_step"], row["category"], row["probability"]) == (None, None, None)
    pipeline.mark(db, failed[0], "Ann", None, Category.D0, True)
    db.close()
    assert lines(capsys, "list", "candidates", "--desk", desk) == []
    open_to_ann = lines(capsys, "list", "candidates", "--desk", desk, "--as", "Ann")
    assert {row["episode"] for row in open_to_ann} == {failed[0]}
    os.environ["DREAMDESK_PASSPHRASE"] = "not hers"
    assert lines(capsys, "list", "candidates", "--desk", desk, "--as", "Ann", status=2) == []


def test_learning_is_tried_taken_up_and_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = taught_desk(tmp_path)
    db = open_desk(desk)
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    (tried,) = lines(capsys, "learn", "--desk", desk, "--dry-run")
    assert (tried["labels"], tried["accepted"]) == (LEAST, True)
    assert learned.in_force(db) == {}
    assert lines(capsys, "learn", "--desk", desk, status=2) == []
    assert lines(capsys, "learn", "--desk", desk, "--as", "Ann") == [tried]
    assert learned.in_force(db)["tau-bench"].auditor == "Ann"
    (back,) = lines(capsys, "learn", "--desk", desk, "--revert", "--as", "Ann")
    assert back["weights"] == "as shipped"
    assert lines(capsys, "learn", "--desk", desk, "--revert", "--as", "Ann", status=2) == []
    assert faults(db) == []
    (pair,) = lines(capsys, "list", "agreement", "--desk", desk)
    assert (pair["left"], pair["right"], pair["n"], pair["enough"]) == ("Ann", "offline", LEAST + 1, True)
    db.close()


def test_families_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = taught_desk(tmp_path)
    rows = lines(capsys, "list", "families", "--desk", desk)
    db = open_desk(desk, readonly=True)
    assert sum(int(str(row["size"])) for row in rows) == len(episodes.ids(db))
    assert rows[0]["title"]
    db.close()
    shutil.rmtree(tmp_path)
