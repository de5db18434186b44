"""Desks on disks that may only be read: they are read, said to be so, and never changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from small_desk import ANN, copied, small_desk

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.desk.database import open_desk

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows"))
from desk_tools import environment

_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_desk(tmp_path_factory.mktemp("made") / "a.desk")


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "disk")


def _read_only(desk: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command line where the folder of *desk* is a disk that may only be read."""
    command = ["unshare", "-m", "sh", "-c", _READ_ONLY, str(desk.parent)]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this system does not let us mount a disk that may only be read")
    return subprocess.run(
        [*command, sys.executable, "-m", "dreamdesk", *arguments, "--desk", str(desk)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
    )


def test_a_desk_on_a_disk_that_may_only_be_read_is_read(desk: Path) -> None:
    before = {path.name: path.read_bytes() for path in desk.parent.iterdir()}
    done = _read_only(desk, "list", "decisions", "--json")
    assert done.returncode == 0, done.stderr
    assert '"verdict": "reject"' in done.stdout
    done = _read_only(desk, "verify", "--json")
    assert '"verified": true' in done.stdout, done.stderr
    for verb in (("check",), ("setting", "redact", "on"), ("locate",)):
        done = _read_only(desk, *verb)
        assert done.returncode == 2
        assert "may only be read" in done.stderr
        assert "Traceback" not in done.stderr
    done = _read_only(desk, "desk", "backup", "--out", str(desk.parent.parent))
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in desk.parent.iterdir()} == before


def test_a_desk_whose_program_was_killed_is_not_read_without_its_log(desk: Path, tmp_path: Path) -> None:
    """Its newest entries are in the log beside it, which needs an index that such a disk cannot take."""
    with closing(open_desk(desk)) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        pipeline.change_setting(db, "redact", "on", ANN)
        killed = tmp_path / "killed"
        killed.mkdir()
        for suffix in ("", "-wal", ".head"):
            shutil.copy(desk.with_name(desk.name + suffix), killed)
    done = _read_only(killed / desk.name, "list", "entries", "--json")
    assert (done.returncode, done.stdout) == (2, "")  # rather than what the desk was before
    assert "a.desk-wal beside it" in done.stderr
    assert "Copy it together" in done.stderr
    copy = copied(killed / desk.name, tmp_path / "copy")
    with closing(open_desk(copy)) as db:
        assert pipeline.verify_desk(db) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_desk_that_may_not_be_written_says_so(desk: Path) -> None:
    desk.chmod(0o444)
    with pytest.raises(database.ReadOnlyDesk, match="may only be read"):
        open_desk(desk)
    open_desk(desk, readonly=True).close()
