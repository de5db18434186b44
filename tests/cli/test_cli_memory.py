"""The command line's `memory`: compare, show, decide, release, apply; faults are said in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dreamdesk.cli import main

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command line and return its JSON lines, or what it says of a fault."""
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", "correct horse battery")

    def one(*arguments: object, status: int = 0) -> list[dict[str, Any]]:
        actual = main.run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert actual == status, said.err
        return [json.loads(line) for line in said.out.splitlines()] if "--json" in arguments else [{"said": said.err}]

    return one


@pytest.fixture
def states(tmp_path: Path) -> tuple[Path, Path]:
    for name, tree in (
        ("before", {"CLAUDE.md": "# A\n- one\n", "a.md": "x\n", "b.md": "y\n"}),
        ("after", {"CLAUDE.md": "# A\n- one\n- two\n- three\n"}),
    ):
        (tmp_path / name).mkdir()
        for path, text in tree.items():
            (tmp_path / name / path).write_text(text)
    return tmp_path / "before", tmp_path / "after"


def test_from_two_folders_to_an_applied_plan(run: Run, states: tuple[Path, Path], tmp_path: Path) -> None:
    desk = ("--desk", tmp_path / "a.desk")
    made = run("memory", "import", *states, *desk, "--json")
    assert [(row["operation"], row["path"]) for row in made] == [
        ("modify", "CLAUDE.md"),
        ("delete", "a.md"),
        ("delete", "b.md"),
    ]
    shown = run("memory", "show", 1, *desk, "--json")
    assert [row["after"] for row in shown if row.get("hunk") and "after" in row] == ["- two\n", "- three\n"]
    run("auditor", "add", "Ada", "--role", "lead", *desk)
    why = ("--reason", "warning-not-material", "--comment", "read", "--as", "Ada")
    several = run("memory", "decide", 2, 3, "--verdict", "reject", "--reason", "other", "--comment", "x", "--as", "Ada",
                  *desk, status=2)  # fmt: skip
    assert "by itself" in several[0]["said"]
    nonsense = run("memory", "decide", 1, "--verdict", "approve", "--hunks", "2,x", *why, *desk, status=2)
    assert "names no hunks" in nonsense[0]["said"]
    (decided,) = run("memory", "decide", 1, "--verdict", "approve", "--hunks", "2", *why, *desk, "--json")
    assert decided["state"] == "approved"
    (released,) = run("release", "--out", tmp_path / "out", "--as", "Ada", *desk, "--json")
    run("verify", released["bundle"])
    run("verify", *desk)
    (plan,) = (Path(released["bundle"]) / "data" / "memory").glob("set-*.json")
    receipt = tmp_path / "receipt.json"
    (fits,) = run("memory", "apply", plan, states[0], "--dry-run", "--json")
    assert fits["fits"]
    run("memory", "apply", plan, states[0], "--receipt", receipt)
    assert (states[0] / "CLAUDE.md").read_text() == "# A\n- one\n- three\n"
    assert (states[0] / "a.md").exists()
    assert len(json.loads(receipt.read_text())["operations"]) == 1
    (again,) = run("memory", "apply", plan, states[0], "--json", status=1)
    assert "has changed since" in again["fault"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nowhere", "nowhere"), "no such file"),
        (("show", "7"), "no memory change 7"),
        (("list", "7"), "no change set 7"),
    ],
)
def test_faults_are_said_in_words(run: Run, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    desk = tmp_path / "a.desk"
    run("auditor", "add", "Ada", "--role", "lead", "--desk", desk)
    assert said in run("memory", *arguments, "--desk", desk, status=2)[0]["said"]
