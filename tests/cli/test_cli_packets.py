"""The command line hands work from desk to desk: made, looked into, joined, returned, with conflicts and witnesses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dreamdesk.cli import main

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", "correct horse battery")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, status: int = 0) -> list[dict[str, Any]]:
        capsys.readouterr()
        ended = main.run([*arguments, "--json"])
        told = capsys.readouterr()
        assert ended == status, (told.out, told.err)
        return [{"error": told.err}] if status == 2 else [json.loads(line) for line in told.out.splitlines()]

    return call


def test_work_goes_to_a_colleague_and_back(run: Any, tmp_path: Path) -> None:
    run("import", str(SAMPLES / "data-processing"), "--desk", "a.desk")
    for verb in (["locate"], ["dream", "--source", "graft"], ["check"]):
        run(*verb, "--desk", "a.desk")
    for name, desk in (("Ann", "a.desk"), ("Bob", "b.desk")):
        run("auditor", "add", name, "--role", "reviewer", "--desk", desk)
        run("setting", "blind_mark", "off", "--desk", desk)
    made = ("packet", "make", "--for", "Bob", "--as", "Ann", "--out", "work.packet", "--desk", "a.desk")
    (line,) = run(*made, "--sample", "2", "--seed", "7", "--why", "please", "--due", "2026-12-31")
    assert line["episodes"] == 2
    assert "already" in run(*made, status=2)[0]["error"]
    (shown,) = run("packet", "show", "work.packet")
    run("auditor", "add", "Cleo", "--role", "administrator", "--desk", "c.desk")
    looked = run("packet", "show", "work.packet", "--desk", "c.desk")
    assert any("an administrator of this desk" in one.get("remark", "") for one in looked)
    assert [one["id"] for one in run("auditor", "list", "--desk", "c.desk")] == ["Cleo"]
    assert (shown["from"], shown["for"], shown["due"]) == ("Ann", "Bob", "2026-12-31")
    assert shown["why"] == "please (a sample of 2, seed 7)"
    assert shown["packet"] == line["packet"]

    refused = run("packet", "import", "work.packet", "--desk", "b.desk", status=2)[0]["error"]
    assert shown["key"] in refused
    looked = run("packet", "show", "work.packet", "--desk", "b.desk")
    assert looked[1]["kept"] is False
    assert [one["unknown_auditor"] for one in looked if "unknown_auditor" in one] == ["Ann"]
    taken = run("packet", "import", "work.packet", "--desk", "b.desk", "--confirm", shown["key"], "--as", "Bob")
    assert taken[1]["kept"] is True
    assert taken[1]["new"]["episodes"] == 2

    for desk, verdict, reason in (("b.desk", "reject", "not-an-error"), ("a.desk", "hold", "awaiting-information")):
        name = {"a.desk": "Ann", "b.desk": "Bob"}[desk]
        wanted = {one["digest"] for one in run("list", "corrections", "--desk", "b.desk")}
        rows = [one for one in run("list", "corrections", "--desk", desk) if one["digest"] in wanted]
        first = min(rows, key=lambda one: str(one["digest"]))
        run(
            "decide", str(first["id"]), "--verdict", verdict, "--reason", reason, "--comment", "so", "--as", name,
            "--desk", desk,
        )  # fmt: skip
    run("packet", "return", "--as", "Bob", "--out", "back.packet", "--desk", "b.desk")
    (bob,) = [one["key"] for one in run("packet", "show", "back.packet")]
    back = ("packet", "import", "back.packet", "--desk", "a.desk", "--confirm", bob, "--as", "Ann")
    taken = run(*back, status=1)
    assert taken[1]["new"]["decisions"] == 1
    (conflict,) = run("packet", "conflicts", "--desk", "a.desk", status=1)
    assert conflict["conflict"] == "decisions"
    assert len(conflict["sides"]) == 2
    assert run(*back, status=1)[1]["new"] == {}
    assert [one["direction"] for one in run("packet", "list", "--desk", "a.desk")] == ["sent", "came"]
    witnessed = run("witness", "list", "--desk", "a.desk")
    assert {one["from"] for one in witnessed} == {"Bob"}
    for desk in ("a.desk", "b.desk"):
        run("verify", "--desk", desk)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["packet", "make", "--for", "Bob", "--as", "Ann", "--out", "x.packet", "--episodes", "1,x"], "numbers"),
        (["packet", "make", "--for", "Bob", "--as", "Ann", "--out", "x.packet", "--episodes", "99"], "no episode 99"),
        (["packet", "make", "--for", "Bob", "--as", "Ann", "--out", "x.packet", "--due", "soon"], "date"),
        (["packet", "return", "--as", "Ann", "--out", "x.packet"], "nothing to return"),
        (["packet", "import", "a.desk"], "no sound packet"),
        (["packet", "import", "missing.packet"], "no such file"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    run: Any, tmp_path: Path, arguments: list[str], words: str
) -> None:
    run("import", str(SAMPLES / "workflow-orchestration" / "handoff-review.json"), "--desk", "a.desk")
    run("auditor", "add", "Ann", "--role", "reviewer", "--desk", "a.desk")
    if "--due" in arguments:
        arguments = [*arguments, "--queue", "all"]
    assert words in run(*arguments, "--desk", "a.desk", status=2)[0]["error"]
    assert not list(tmp_path.glob("*x.packet*"))
    run("verify", "--desk", "a.desk")
