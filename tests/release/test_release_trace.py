"""From every line of a bundle back to its source, and from a source, a person or a text to every line."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from desks import release, waiting

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import database
from dreamdesk.model.errors import UserError


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A desk and the bundle that it released."""
    folder = tmp_path_factory.mktemp("trace")
    desk = waiting(folder)
    db = database.open_desk(desk)
    bundle = release(db, folder / "out")
    assert pipeline.verify_desk(db) == []
    db.close()
    return desk, bundle


def entries(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "data/provenance/rows.jsonl").read_bytes().splitlines()]


def test_every_line_leads_back_to_the_bytes_of_its_source(released: tuple[Path, Path]) -> None:
    desk, bundle = released
    traced = 0
    for entry in entries(bundle):
        found = pipeline.trace_line(bundle, f"{entry['file']}:{entry['line']}")
        source = (desk.parent / found["source"]["name"]).read_bytes()
        assert hashlib.sha256(source).hexdigest() == found["source"]["sha256"]
        span = found["span"]
        part = source[span["offset"] : span["offset"] + span["length"]]
        assert hashlib.sha256(part).hexdigest() == span["sha256"]
        assert b"Joan Doe" in part
        assert [step["provenance"] for step in found["turn"]] == ["authored"]
        (decision,) = found["decisions"]
        assert (decision["auditor"], decision["verdict"]) == ("Bo", "approve")
        statement = json.loads((bundle / "data/provenance" / decision["file"]).read_bytes())
        assert statement["subject"][0]["digest"]["sha256"] == found["revision_sha256"]
        assert (bundle / "data/provenance" / decision["signature"]).exists()
        traced += 1
    assert traced >= 3 * 6


def keys(db: database.Connection, **sought: Any) -> set[tuple[str, int]]:
    return {(line.file, line.line) for line in pipeline.trace_desk(db, **sought)}


def holding(bundle: Path, text: str) -> set[tuple[str, int]]:
    """Return the training lines that hold *text*, by looking into every one of them."""
    found = set()
    for entry in entries(bundle):
        line = (bundle / "data" / entry["file"]).read_bytes().split(b"\n")[entry["line"] - 1]
        if text.casefold() in json.dumps(json.loads(line), ensure_ascii=False).casefold():
            found.add((entry["file"], entry["line"]))
    return found


@pytest.mark.parametrize(
    "text", ["Joan Doe 1", "joan doe", "order A-2", "send_refund", "Obtain confirmation", "nobody"]
)
def test_a_text_leads_to_every_line_that_holds_it(released: tuple[Path, Path], text: str) -> None:
    desk, bundle = released
    db = database.open_desk(desk, readonly=True)
    found = keys(db, text=text)
    assert holding(bundle, text) <= found
    if text in ("Joan Doe 1", "nobody", "joan doe"):
        assert holding(bundle, text) == found
    db.close()


def test_a_source_an_episode_and_an_auditor_lead_to_their_lines(released: tuple[Path, Path]) -> None:
    desk, bundle = released
    db = database.open_desk(desk, readonly=True)
    by_source: dict[str, set[tuple[str, int]]] = {}
    names = {json.loads(line)["sha256"]: json.loads(line)["name"] for line in _table(bundle, "sources")}
    for entry in entries(bundle):
        by_source.setdefault(names[entry["source_sha256"]], set()).add((entry["file"], entry["line"]))
    assert keys(db, source="monday.json") == by_source["monday.json"]
    (digest,) = (sha256 for sha256, name in names.items() if name == "tuesday.json")
    assert keys(db, source=digest[:12]) == by_source["tuesday.json"]
    third = {(e["file"], e["line"]) for e in entries(bundle) if e["episode"] == 3}
    assert keys(db, episode=3) == third
    every = {(e["file"], e["line"]) for e in entries(bundle)}
    assert keys(db, auditor="Bo") == every
    assert keys(db, auditor="Ann") == set()
    assert keys(db, source="no such file") == set()
    with pytest.raises(UserError, match="one thing"):
        pipeline.trace_desk(db, source="monday.json", text="x")
    db.close()


def _table(bundle: Path, name: str) -> list[bytes]:
    return (bundle / f"data/provenance/{name}.jsonl").read_bytes().splitlines()


def test_the_command_line_traces_both_ways(released: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    desk, bundle = released
    assert run(["trace", str(bundle), "sft/trl_prompt_completion.jsonl:2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["episode"]["key"]
    assert found["source"]["name"] == "monday.json"
    assert run(["trace", str(bundle), "data/sft/gemini.jsonl:1"]) == 0
    told = capsys.readouterr().out
    for said in ("Source: monday.json", "bytes ", "Step ", "authored", "approve", "by Bo", ".json.sig"):
        assert said in told, told
    assert run(["trace", "--desk", str(desk), "--text", "Joan Doe 2", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["folder"] for line in lines} == {str(bundle)}
    assert run(["trace", "--desk", str(desk), "--text", "Joan Doe 2"]) == 0
    assert f"{len(lines)} lines in 1 bundle." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("sft/gemini.jsonl", "name a file of the bundle and a line"),
        ("sft/gemini.jsonl:999", "has no line 999"),
        ("sft/nothing.jsonl:1", "cannot be read"),
        ("../../etc/passwd:1", "inside the bundle"),
        ("provenance/sources.jsonl:1", "no file of training rows"),
    ],
)
def test_what_cannot_be_traced_is_said(
    released: tuple[Path, Path], place: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["trace", str(released[1]), place]) == 2
    assert words in capsys.readouterr().err


def test_a_changed_line_is_not_traced_as_if_it_were_the_released_one(
    released: tuple[Path, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(released[1], copy)
    path = copy / "data/sft/gemini.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Shall I", b"I shall"))
    with pytest.raises(UserError, match="not what was released"):
        pipeline.trace_line(copy, "sft/gemini.jsonl:1")


@pytest.mark.skipif(shutil.which("grep") is None, reason="grep is not installed here")
def test_grep_alone_traces_as_verify_txt_says(released: tuple[Path, Path]) -> None:
    _, bundle = released
    text = (bundle / "VERIFY.txt").read_text()
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith(("grep", "sed"))]
    assert len(commands) == 4
    for command in commands:
        done = subprocess.run(
            command.replace("NAME", "Joan Doe"), cwd=bundle, shell=True, check=True, capture_output=True, text=True
        )
        assert done.stdout.strip(), command


def test_a_desk_cannot_be_made_to_forget_what_left(released: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.desk"
    shutil.copy(released[0], copy)
    db = database.open_desk(copy)
    for statement in ("DELETE FROM release_turn", "UPDATE release_turn SET lines = '{}'"):
        with pytest.raises(database.DatabaseError, match="append-only"):
            db.execute(statement)
    db.close()
    assert sys.version_info >= (3, 11)
