"""What a signature says was shown: the digest of each part, checked against the desk, on both faces."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.cli.main import run as command
from dreamdesk.desk import corrections, database, decisions
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import digest
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def ready(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shown") / "a.desk"
    db = database.create(path)
    list(pipeline.import_paths(db, [samples / "customer-support" / "support-week44.jsonl"]))
    pipeline.prepare(db)
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def said(db: Connection, correction: int) -> dict[str, object]:
    """Return what the last statement says was shown."""
    return dict(json.loads(decisions.of_correction(db, correction)[-1].statement)["predicate"]["shown"])


def reject(db: Connection, correction: int, shown: pipeline.Shown) -> None:
    reason = pipeline.reasons(Verdict.REJECT)[0].code
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    pipeline.decide(db, correction, Verdict.REJECT, reason, "no", signer, shown=shown)


def test_the_statement_holds_each_part_and_how_it_was_shown(db: Connection) -> None:
    correction = corrections.ids(db)[0]
    case = pipeline.case_of(db, correction)
    shown = replace(case.shown(pipeline.WINDOW), comparison="side by side", error_turn=True, dwell_ms=41_000)
    reject(db, correction, shown)
    held = said(db, correction)
    assert held["parts"] == shown.parts
    assert held["sha256"] == digest(shown.parts)
    assert held["parts"]["revision"] == case.revision.digest()  # type: ignore[index]
    assert (held["surface"], held["dwell_ms"]) == ("window", 41_000)
    assert held["blind"] is False
    assert pipeline.verify_desk(db) == []


def test_whether_the_mark_was_blind_is_what_the_desk_knows(db: Connection) -> None:
    correction = corrections.ids(db)[0]
    episode = corrections.get(db, correction).episode
    pipeline.mark(db, episode, "Ann", None, Category.D0, True)
    reject(db, correction, replace(pipeline.case_of(db, correction).shown(pipeline.WINDOW), blind=False))
    assert said(db, correction)["blind"] is True


def test_without_the_desks_view_it_is_not_among_what_was_shown(db: Connection) -> None:
    correction = corrections.ids(db)[0]
    shown = pipeline.case_of(db, correction).shown(pipeline.WINDOW, machine_view=False)
    assert not {"candidates", "explanation"} & set(shown.parts)
    reject(db, correction, shown)
    assert said(db, correction)["machine_view"] is False


@pytest.mark.parametrize("part", ["steps", "policy", "revision", "checks", "candidates", "explanation"])
def test_nothing_is_signed_where_the_desk_holds_something_else_than_was_shown(db: Connection, part: str) -> None:
    correction = corrections.ids(db)[0]
    shown = pipeline.case_of(db, correction).shown(pipeline.WINDOW)
    other = replace(shown, parts={**shown.parts, part: "0" * 64})
    with pytest.raises(UserError, match="something else now than what was shown"):
        reject(db, correction, other)
    assert decisions.of_correction(db, correction) == ()


def test_a_policy_that_came_into_force_meanwhile_is_noticed(db: Connection, tmp_path: Path) -> None:
    correction = corrections.ids(db)[0]
    shown = pipeline.case_of(db, correction).shown(pipeline.WINDOW)
    book = tmp_path / "book.md"
    book.write_text("1. Always ask.")
    pipeline.add_policy(db, book, "", "", pipeline.unlock(db, "Ann", PASSPHRASE))
    with pytest.raises(UserError, match="something else now"):
        reject(db, correction, shown)


def test_the_command_line_signs_what_it_printed(
    db: Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    correction = corrections.ids(db)[0]
    case, reason = pipeline.case_of(db, correction), pipeline.reasons(Verdict.REJECT)[0].code
    words = ["--verdict", "reject", "--reason", reason, "--comment", "no", "--as", "Ann", "--json"]
    monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)
    assert command(["decide", str(correction), *words, "--desk", str(database.path_of(db))]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    steps = [line["content"] for line in printed if line.get("part") == "recorded"]
    assert steps == [step.content for step in case.episode.steps]
    corrected = [line["content"] for line in printed if line.get("part") == "corrected"]
    assert corrected == [one.step.content for one in case.revision.steps]
    (line,) = [line for line in printed if line.get("part") == "shown"]
    held = said(db, correction)
    assert (held["sha256"], held["surface"]) == (line["sha256"], "command line")
