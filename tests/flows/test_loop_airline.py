"""The whole loop on a hundred real episodes, on the command line: from the trace file to a verified bundle."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from desk_tools import complaint, environment, run

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def airline(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = tmp_path_factory.mktemp("airline") / "airline.desk"
    source = shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"
    (report,) = run("import", source, "--desk", desk)
    assert (report["episodes"], report["failed"], report["succeeded"], report["unknown"]) == (100, 69, 31, 0)
    assert (report["native_steps"], report["tool_calls"], report["tool_errors"]) == (2962, 621, 63)
    assert report["skipped"] == []
    run("locate", "--desk", desk)
    run("dream", "--source", "graft", "--desk", desk)
    run("check", "--desk", desk)
    return desk


def test_every_failed_episode_has_a_standing_error_point_with_quotes_that_stand(airline: Path) -> None:
    episodes = run("list", "episodes", "--desk", airline)
    failed = {row["id"] for row in episodes if row["outcome"] == "failed"}
    candidates = run("list", "candidates", "--desk", airline)
    assert {row["episode"] for row in candidates if row["rank"] == 1} == failed
    assert all(0 <= row["probability"] <= 1 and row["category"] and row["why"] for row in candidates)
    assert all(row["native_step"] == row["native_step"] and row["native_step"] >= 1 for row in candidates)
    steps = _contents(airline)
    for row in candidates:
        assert row["quotes"], row
        assert all(quote["text"] in steps[row["episode"], quote["step"]] for quote in row["quotes"])


def _contents(desk: Path) -> dict[tuple[int, int], str]:
    """Return what the desk's own tables hold, read without DreamDesk."""
    db = sqlite3.connect(desk)
    found = {(row[0] >> 20, row[0] & 0xFFFFF): row[1] for row in db.execute("SELECT id, content FROM step")}
    db.close()
    return found


def test_every_failure_with_a_successful_sibling_has_a_sound_graft(airline: Path) -> None:
    episodes = run("list", "episodes", "--desk", airline)
    solved = {row["task_key"] for row in episodes if row["outcome"] == "succeeded"}
    wanted = {row["id"] for row in episodes if row["outcome"] == "failed" and row["task_key"] in solved}
    grafts = [row for row in run("list", "corrections", "--desk", airline) if row["source"] == "graft"]
    assert {row["episode"] for row in grafts} == wanted
    structure = [row for row in run("list", "checks", "--desk", airline) if row["guardrail"] == "structure"]
    assert len(structure) == len(grafts)
    assert {row["result"] for row in structure} == {"pass"}
    assert all(set(row["provenance"]) <= {"grafted", "replayed"} for row in grafts)


def _approvable(desk: Path) -> Rows:
    blocked = {row["correction"] for row in run("list", "checks", "--desk", desk) if row["result"] == "block"}
    return [row for row in run("list", "corrections", "--desk", desk) if row["id"] not in blocked]


def test_five_approvals_become_a_bundle_that_stock_tools_verify(airline: Path, tmp_path: Path) -> None:
    desk = tmp_path / "copy.desk"
    shutil.copy(airline, desk)
    run("auditor", "add", "Ida Brandt", "--role", "lead", "--desk", desk)
    chosen = _approvable(desk)[:5]
    assert len(chosen) == 5
    for row in chosen:
        run(
            "decide", row["id"], "--verdict", "approve", "--reason", _reason(desk), "--comment", "Read and compared.",
            "--as", "Ida Brandt", "--desk", desk,
        )  # fmt: skip
    assert "approved already" in complaint(
        "decide", chosen[0]["id"], "--verdict", "approve", "--reason", _reason(desk), "--comment", "x",
        "--as", "Ida Brandt", "--desk", desk,
    )  # fmt: skip
    (line,) = run("release", "--out", tmp_path / "out", "--as", "Ida Brandt", "--desk", desk)
    bundle = Path(line["bundle"])
    assert run("verify", bundle)[0]["verified"]
    assert run("verify", "--desk", desk)[0]["verified"]
    assert "waiting for release" in complaint(
        "release", "--out", tmp_path / "out", "--as", "Ida Brandt", "--desk", desk
    )
    _stock_tools(bundle)
    _loads(bundle, tmp_path, rows=5)
    _one_changed_byte_is_refused(bundle)


def _reason(desk: Path) -> str:
    return next(row["id"] for row in run("list", "reasons", "--desk", desk) if "approve" in row["verdicts"])


def _stock_tools(bundle: Path) -> None:
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        subprocess.run(["sha256sum", "--quiet", "-c", manifest], cwd=bundle, check=True)
    subprocess.run([sys.executable, "-I", "-S", "verify.py"], cwd=bundle, check=True, capture_output=True)
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    (signature,) = (bundle / "signatures").glob("*.sig")
    identity = shlex.split((bundle / "allowed_signers").read_text())[0]
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", identity, "-n", "dreamdesk-bundle"]
    with (bundle / "tagmanifest-sha256.txt").open("rb") as signed:
        subprocess.run([*command, "-s", str(signature)], cwd=bundle, stdin=signed, check=True, capture_output=True)


def _loads(bundle: Path, tmp_path: Path, rows: int) -> None:
    script = (
        "import sys; from datasets import load_dataset\n"
        "for name in ('sft', 'preference'):\n"
        "    rows = load_dataset(sys.argv[1], name, split='train')\n"
        "    assert len(rows) >= int(sys.argv[2]), len(rows)\n"
        "    assert all(row.get('completion', row.get('chosen'))[0]['role'] == 'assistant' for row in rows)\n"
    )
    env = environment(HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "hf"), HOME=os.environ.get("HOME", "/"))
    done = subprocess.run(
        [sys.executable, "-c", script, str(bundle / "data"), str(rows)], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _one_changed_byte_is_refused(bundle: Path) -> None:
    for path in sorted(p for p in bundle.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        done = subprocess.run(
            [sys.executable, "-m", "dreamdesk", "verify", str(bundle)],
            env=environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1, (path, done.stdout)
        path.write_bytes(whole)
