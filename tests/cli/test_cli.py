"""The command line: what it prints, what it refuses, and that it needs no Qt."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows"))
from desk_tools import complaint, environment, run

from dreamdesk import pipeline
from dreamdesk.cli.main import run as main
from dreamdesk.cli.output import Output
from dreamdesk.cli.showing import show
from dreamdesk.desk import listing
from dreamdesk.desk.database import open_desk
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.text import one_line


@pytest.fixture(scope="module")
def desk(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "a.desk"
    run("import", samples, "--desk", path)
    run("locate", "--desk", path)
    run("dream", "--source", "graft", "--desk", path)
    run("check", "--desk", path)
    return path


def test_who_decides_is_shown_the_whole_of_what_the_signature_says(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(open_desk(desk, readonly=True)) as db:
        show(db, 1, Output(as_json=False))
        case = pipeline.case_of(db, 1)
    shown = capsys.readouterr().out
    for step in case.episode.steps:
        assert one_line(step.content, sys.maxsize) in shown
    assert one_line(case.episode.policy, sys.maxsize) in shown


def test_import_prints_a_line_per_source_with_every_count(samples: Path, tmp_path: Path) -> None:
    source = next((samples / "customer-support").glob("*.jsonl"))
    (line,) = run("import", source, "--desk", tmp_path / "a.desk")
    wanted = (
        "source sha256 format episodes failed succeeded partial unknown steps native_steps tool_calls tool_errors gaps"
    )
    assert set(wanted.split()) | {"skipped"} <= set(line)
    assert line["format"] == "anthropic-messages"
    assert line["episodes"] >= 8


def test_importing_the_same_bytes_again_adds_nothing(samples: Path, tmp_path: Path) -> None:
    source = next((samples / "customer-support").glob("*.jsonl"))
    first = run("import", source, "--desk", tmp_path / "a.desk")
    (again,) = run("import", source, "--desk", tmp_path / "a.desk")
    assert again["known"]
    assert again["episodes"] == first[0]["episodes"]
    assert len(run("list", "episodes", "--desk", tmp_path / "a.desk")) == first[0]["episodes"]


def test_unreadable_input_is_named_and_the_rest_is_read(samples: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\x00\x01 no trace")
    source = next((samples / "customer-support").glob("*.jsonl"))
    lines = run("import", bad, source, "--desk", tmp_path / "a.desk", status=2)
    assert lines[0]["format"] == ""
    assert "bad.jsonl" in lines[0]["skipped"][0]["place"]
    assert lines[0]["skipped"][0]["reason"]
    assert lines[1]["episodes"] >= 8


@pytest.mark.parametrize("noun", ["episodes", "candidates", "corrections", "checks", "entries", "reasons"])
def test_every_line_carries_its_own_id(desk: Path, noun: str) -> None:
    lines = run("list", noun, "--desk", desk)
    assert lines
    ids = [line["id"] for line in lines]
    assert len(set(ids)) == len(ids)


def test_lists_can_be_narrowed_to_an_episode(desk: Path) -> None:
    episode = run("list", "candidates", "--desk", desk)[0]["episode"]
    lines = run("list", "candidates", "--desk", desk, "--episode", episode)
    assert {line["episode"] for line in lines} == {episode}


def test_the_reasons_say_which_verdicts_they_apply_to(desk: Path) -> None:
    lines = run("list", "reasons", "--desk", desk)
    for verdict in ("approve", "reject", "return", "escalate", "hold"):
        assert [line for line in lines if verdict in line["verdicts"]], verdict


def test_the_ledger_is_listed_whole_and_in_order(desk: Path) -> None:
    lines = run("list", "entries", "--desk", desk)
    assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))


def test_a_blocked_correction_cannot_be_approved(desk: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b.desk"
    shutil.copy(desk, copy)
    db = open_desk(copy)
    episode, start = next((row["episode"], row["step"]) for row in listing.candidates(db))
    hidden = Step(start, Actor.AGENT, Kind.MESSAGE, "Your claim is\u202e approved.", turn=0)
    blocked = pipeline.author(db, episode, start, [hidden], "Bo", "with a hidden character")
    db.close()
    run("auditor", "add", "Bo", "--role", "lead", "--desk", copy)
    reason = next(r["id"] for r in run("list", "reasons", "--desk", copy) if "approve" in r["verdicts"])
    words = ("--verdict", "approve", "--reason", reason, "--comment", "please", "--as", "Bo", "--desk", copy)
    assert "blocks" in complaint("decide", blocked, *words)
    assert run("list", "decisions", "--desk", copy) == []


def test_four_eyes_need_two_different_auditors(desk: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b.desk"
    shutil.copy(desk, copy)
    run("setting", "four_eyes", "on", "--desk", copy)
    blocked = {line["correction"] for line in run("list", "checks", "--desk", copy) if line["result"] == "block"}
    correction = next(c["id"] for c in run("list", "corrections", "--desk", copy) if c["id"] not in blocked)
    reason = next(r["id"] for r in run("list", "reasons", "--desk", copy) if "approve" in r["verdicts"])
    for name in ("Cy", "Di"):
        run("auditor", "add", name, "--role", "reviewer", "--desk", copy)
    words = ("--verdict", "approve", "--reason", reason, "--comment", "read", "--desk", copy)
    run("decide", correction, *words, "--as", "Cy")
    state = {c["id"]: c["state"] for c in run("list", "corrections", "--desk", copy)}
    assert state[correction] == "second"
    assert "another" in complaint("decide", correction, *words, "--as", "Cy")
    run("decide", correction, *words, "--as", "Di")
    state = {c["id"]: c["state"] for c in run("list", "corrections", "--desk", copy)}
    assert state[correction] == "approved"


@pytest.mark.parametrize(
    "arguments",
    [("list", "episodes", "--desk", "none.desk"), ("verify",), ("verify", "none"), ("nonsense-verb-option", "-x")],
)
def test_wrong_use_is_status_two(arguments: tuple[str, ...]) -> None:
    if arguments[0].startswith("nonsense"):
        arguments = ("list", "nonsense", "--desk", "x")
    complaint(*arguments)


def test_a_wrong_passphrase_decides_nothing(desk: Path) -> None:
    run("auditor", "add", "Eve", "--role", "lead", "--desk", desk)
    correction = run("list", "corrections", "--desk", desk)[0]["id"]
    lines = run(
        "decide", correction, "--verdict", "hold", "--reason", "x", "--as", "Eve", "--desk", desk,
        status=2, env=environment(DREAMDESK_PASSPHRASE="not the one"),
    )  # fmt: skip
    assert lines == []


def test_the_command_line_needs_no_qt(samples: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "PySide6"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ImportError('there is no Qt on this machine')")
    root = str(Path(__file__).resolve().parents[2])
    env = environment(PYTHONPATH=f"{absent.parent}:{root}")
    desk = tmp_path / "a.desk"
    run("import", samples, "--desk", desk, env=env)
    run("locate", "--desk", desk, env=env)
    run("dream", "--source", "graft", "--desk", desk, env=env)
    run("check", "--desk", desk, env=env)
    run("auditor", "add", "Fay", "--role", "lead", "--desk", desk, env=env)
    blocked = {
        line["correction"] for line in run("list", "checks", "--desk", desk, env=env) if line["result"] == "block"
    }
    correction = next(c["id"] for c in run("list", "corrections", "--desk", desk, env=env) if c["id"] not in blocked)
    reason = next(r["id"] for r in run("list", "reasons", "--desk", desk, env=env) if "approve" in r["verdicts"])
    run(
        "decide", correction, "--verdict", "approve", "--reason", reason, "--comment", "read", "--as", "Fay",
        "--desk", desk, env=env,
    )  # fmt: skip
    (line,) = run("release", "--out", tmp_path / "out", "--as", "Fay", "--desk", desk, env=env)
    assert run("verify", line["bundle"], env=env)[0]["verified"]


def test_progress_is_json_between_the_reports(samples: Path, tmp_path: Path) -> None:
    lines = run("import", samples, "--desk", tmp_path / "a.desk", "--progress")
    progress = [line["progress"] for line in lines if "progress" in line]
    assert progress
    assert all(set(step) == {"done", "total", "what"} and step["done"] <= step["total"] for step in progress)
    assert json.dumps(progress)


def test_a_word_that_is_neither_verb_nor_file_is_wrong_use() -> None:
    assert "no such verb" in complaint("bogus")


def test_without_a_display_the_window_says_so() -> None:
    assert "no display" in complaint()


def test_a_file_name_sends_no_control_characters_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a\x1b[31mb\nc: FAKE, 9 episodes.jsonl").write_text('{"messages": [{"role": "user", "content": "hi"}]}')
    (tmp_path / "z\x1b[31m.txt").write_text("no trace")
    main(["import", str(tmp_path), "--desk", str(tmp_path / "a.desk")])
    main(["import", str(tmp_path / "no\x1b[31m"), "--desk", str(tmp_path / "a.desk")])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert out.startswith("a⟦U+001B⟧[31mb c: FAKE, 9 episodes.jsonl: anthropic-messages, 1 episode")
