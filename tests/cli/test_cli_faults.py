"""The command line under faults: one clear sentence, the status that says so, and nothing half done."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows"))
from desk_tools import complaint, environment, run

HUGE = "9" * 30


@pytest.fixture(scope="module")
def trace(samples: Path) -> Path:
    return next((samples / "customer-support").glob("*.jsonl"))


@pytest.fixture(scope="module")
def desk(trace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "a.desk"
    run("import", trace, "--desk", path)
    run("locate", "--desk", path)
    run("dream", "--source", "graft", "--desk", path)
    run("auditor", "add", "Ann", "--role", "lead", "--desk", path)
    return path


def raw(*arguments: Any, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run one command line, whose words may be any bytes."""
    words = [word if isinstance(word, bytes) else str(word).encode() for word in arguments]
    return subprocess.run(
        [sys.executable.encode(), b"-m", b"dreamdesk", *words],
        **{"capture_output": True, "env": environment(), "timeout": 120, "stdin": subprocess.DEVNULL, **more},
    )


def sentence(done: subprocess.CompletedProcess[bytes], status: int = 2) -> str:
    """Return what a refused command said: one line on standard error."""
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    (line,) = done.stderr.decode("utf-8", "replace").splitlines()
    return line


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "none.json"),
        ("auditor", "add", "a,b", "--role", "lead"),
        ("setting", "four_eyes", "perhaps"),
        ("setting", "four_eyes"),
    ],
)
def test_what_came_to_nothing_leaves_no_desk(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    raw(*arguments, "--desk", tmp_path / "new.desk")
    assert list(tmp_path.iterdir()) == []


def test_four_eyes_are_on_or_off(desk: Path) -> None:
    assert "on or off" in complaint("setting", "four_eyes", "yes", "--desk", desk)


def test_the_ledger_names_an_auditor_only_with_the_passphrase(desk: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(desk, tmp_path / "a.desk"))
    words = ("setting", "four_eyes", "on", "--as", "Ann", "--desk", copy)
    sentence(raw(*words, env=environment(DREAMDESK_PASSPHRASE="not the one")))
    assert run("setting", "four_eyes", "--desk", copy)[0]["value"] == "off"
    run(*words)
    assert run("list", "entries", "--desk", copy)[-1]["actor"] == "Ann"


def test_a_changed_setting_is_known_beside_the_desk(desk: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(desk, tmp_path / "a.desk"))
    run("setting", "four_eyes", "on", "--desk", copy)
    shutil.copy(desk, copy)
    assert "older copy" in run("verify", "--desk", copy, status=1)[0]["fault"]


@pytest.mark.parametrize("number", [HUGE, "0", "-1", "x", "\u0663"])
def test_an_id_is_a_number_that_can_be_one(desk: Path, number: str) -> None:
    complaint("list", "episodes", "--episode", number, "--desk", desk)
    complaint("decide", number, "--verdict", "approve", "--as", "Ann", "--desk", desk)


@pytest.mark.parametrize("verb", [("list", "candidates"), ("locate",), ("dream",)])
def test_an_unknown_episode_is_said_to_be_so(desk: Path, verb: tuple[str, ...]) -> None:
    assert "no episode 777" in complaint(*verb, "--episode", 777, "--desk", desk)


def test_a_missing_list_of_signers_is_wrong_use(tmp_path: Path) -> None:
    assert "signers" in complaint("verify", tmp_path, "--allowed-signers", tmp_path / "none")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are any bytes on Linux only")
def test_file_names_that_are_no_text_are_read(trace: Path, tmp_path: Path) -> None:
    odd = os.path.join(os.fsencode(tmp_path), b"b\xff\n.jsonl")
    shutil.copy(trace, odd)
    done = raw("import", odd, "--desk", tmp_path / "a.desk")
    assert done.returncode == 0, done.stderr
    assert run("list", "episodes", "--desk", tmp_path / "a.desk")[0]["source"] == "b\ufffd\n.jsonl"
    assert "text" in sentence(raw("import", odd, "--desk", os.path.join(os.fsencode(tmp_path), b"d\xff.desk")))
    empty = os.path.join(os.fsencode(tmp_path), b"e\xff.jsonl")
    Path(os.fsdecode(empty)).touch()
    assert raw("import", empty, "--desk", tmp_path / "a.desk").returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="arguments are any bytes on Linux only")
def test_words_that_are_no_text_are_refused(desk: Path) -> None:
    words = ("--verdict", "reject", "--reason", "other", "--as", "Ann", "--desk", desk)
    assert "text" in sentence(raw("decide", 1, *words, "--comment", b"no\xff"))
    assert "text" in sentence(raw("decide", 1, *words, env=environment(DREAMDESK_PASSPHRASE="no\udcff")))


def test_a_folder_is_no_desk(tmp_path: Path) -> None:
    assert "not a file" in complaint("list", "episodes", "--desk", tmp_path)
    assert "not a file" in complaint("import", tmp_path, "--desk", tmp_path)


def test_a_file_size_limit_takes_the_step_back(desk: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(desk, tmp_path / "a.desk"))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    before = run("list", "entries", "--desk", copy)
    words = ("decide", 1, "--verdict", "reject", "--reason", "other", "--comment", "no", "--as", "Ann", "--desk", copy)
    for verb in (words, ("check", "--desk", copy), ("locate", "--desk", copy), ("setting", "four_eyes", "on")):
        sentence(raw(*verb, *(() if "--desk" in verb else ("--desk", copy)), preexec_fn=limited))
    assert run("list", "entries", "--desk", copy) == before
    assert run("verify", "--desk", copy)[0]["verified"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_output_is_an_error_and_a_closed_one_is_not(desk: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert "space" in sentence(
            raw("list", "entries", "--desk", desk, stdout=full, stderr=subprocess.PIPE, capture_output=False)
        )
    for form in ([], ["--json"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = raw(
            "list", "candidates", *form, "--desk", desk, stdout=writing, stderr=subprocess.PIPE, capture_output=False
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_desk_that_may_only_be_read_is_listed_and_verified(desk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    folder.mkdir()
    copy = Path(shutil.copy(desk, folder / "a.desk"))
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    copy.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert run("list", "episodes", "--desk", copy)
        assert run("verify", "--desk", copy)[0]["verified"]
        assert "may only be read" in complaint("check", "--desk", copy)
    finally:
        folder.chmod(0o755)


def test_a_desk_with_foreign_values_is_said_to_be_damaged(desk: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(desk, tmp_path / "a.desk"))
    stranger = sqlite3.connect(copy)
    stranger.execute("UPDATE auditor SET role = 'emperor'")
    stranger.commit()
    stranger.close()
    assert "damaged" in complaint("list", "auditors", "--desk", copy)
