"""Hostile places: links in circles, pipes, devices, closed folders, files that change or vanish, names of all kinds."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dreamdesk.desk.database import open_or_create
from dreamdesk.intake.opening import expand, open_source
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import import_paths, verify_desk

RECORDS = Path(__file__).parent / "records"
ATTEMPT = json.dumps(json.loads((RECORDS / "tau-bench.json").read_text()))


def trace(path, count=1, extra=""):
    path.write_text("".join(ATTEMPT.replace('"task_id": 1', f'"task_id": "{n}{extra}"') + "\n" for n in range(count)))
    return path


@pytest.fixture
def desk(tmp_path):
    db = open_or_create(tmp_path / "places.desk")
    yield db
    assert db.execute("SELECT count(*) FROM source WHERE NOT complete").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM episode WHERE NOT live").fetchone() == (0,)
    assert verify_desk(db) == []
    db.close()


def test_links_in_circles_and_out_of_the_folder_are_not_followed(tmp_path, desk):
    folder = tmp_path / "in"
    folder.mkdir()
    outside = trace(tmp_path / "outside.jsonl")
    good = trace(folder / "good.jsonl")
    (folder / "a.jsonl").symlink_to(folder / "b.jsonl")
    (folder / "b.jsonl").symlink_to(folder / "a.jsonl")
    (folder / "self.jsonl").symlink_to("self.jsonl")
    (folder / "broken.jsonl").symlink_to("absent.jsonl")
    (folder / "out.jsonl").symlink_to(outside)
    (folder / "down").symlink_to(folder, target_is_directory=True)
    (folder / "root").symlink_to("/", target_is_directory=True)
    assert expand([folder]) == [good]
    assert [report.source for report in import_paths(desk, [folder])] == ["good.jsonl"]
    for name in ("a.jsonl", "self.jsonl", "broken.jsonl"):
        with pytest.raises(UserError, match=name):
            expand([folder / name])


def test_a_companion_that_is_a_link_or_a_pipe_is_not_read(tmp_path):
    run = tmp_path / "run.traj.json"
    record = json.loads((RECORDS / "mini-swe-agent.json").read_text())
    run.write_text(json.dumps({**record, "instance_id": "a__b-1"}))
    secret = tmp_path / "secret"
    secret.write_text('{"a__b-1": {"resolved": true}, "resolved": true}')
    (tmp_path / "report.json").symlink_to(secret)
    os.mkfifo(tmp_path / "results.json")
    os.mkfifo(tmp_path / "annotations.json")
    (episode,) = open_source(run).episodes()
    assert episode.outcome.state == "unknown"


def test_pipes_and_sockets_in_a_folder_are_left_out_and_alone_refused_without_waiting(tmp_path, desk):
    folder = tmp_path / "in"
    folder.mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    trace(folder / "good.jsonl")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s"))
        assert [report.episodes for report in import_paths(desk, [folder])] == [1]
        for name in ("pipe.jsonl", "s"):
            (report,) = import_paths(desk, [folder / name])
            assert "not a regular file" in report.skipped[0].reason


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random", "/dev/tty", "/dev/stdin", "/dev/full"])
def test_a_device_is_refused_without_waiting(device, desk):
    if not Path(device).exists():
        pytest.skip("this system has no such device")
    try:
        (report,) = import_paths(desk, [Path(device)])
    except UserError:  # /dev/stdin may lead nowhere
        return
    assert not report.episodes
    assert report.skipped


def test_files_of_the_kernel_that_say_they_are_empty(desk):
    if not Path("/proc/self/environ").exists():
        pytest.skip("this system has no /proc")
    for name in ("environ", "cmdline", "status"):
        (report,) = import_paths(desk, [Path("/proc/self", name)])
        assert "empty" in report.skipped[0].reason


CLOSED = """
import os, sys
from pathlib import Path
from dreamdesk.intake.opening import expand, formats, open_source
from dreamdesk.model.errors import UserError
formats()
folder = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setegid(65534); os.seteuid(65534)
for path in [folder / "closed.jsonl", folder / "shut" / "x.jsonl", folder]:
    try:
        for file in expand([path]):
            try:
                print(file.name, sum(1 for _ in open_source(file).episodes()))
            except UserError as error:
                print(error)
    except UserError as error:
        print(error)
"""


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="this system has other permissions")
def test_what_may_not_be_read_is_named_and_the_rest_is_read():
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        trace(folder / "good.jsonl").chmod(0o644)
        trace(folder / "closed.jsonl").chmod(0)
        for name, mode in (("shut", 0o000), ("listed", 0o444)):
            (folder / name).mkdir()
            trace(folder / name / "x.jsonl")
            (folder / name).chmod(mode)
        run = subprocess.run([sys.executable, "-c", CLOSED, str(folder)], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        single, inside, *rest = run.stdout.splitlines()
        assert single == "closed.jsonl: the file cannot be read (Permission denied)."
        assert "x.jsonl: it cannot be reached (Permission denied)" in inside
        assert sorted(rest) == [
            "closed.jsonl: the file cannot be read (Permission denied).",
            "good.jsonl 1",
            "shut: the file cannot be read (Permission denied).",
            "x.jsonl: the file cannot be read (Permission denied).",
        ]
    finally:
        for name in ("shut", "listed"):
            (folder / name).chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("change", ["grown", "shortened", "emptied", "overwritten", "removed", "replaced by a folder"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path, change):
    path = trace(tmp_path / "big.jsonl", 6000)
    reading = open_source(path)
    episodes = reading.episodes()
    count = sum(1 for _, _ in zip(range(5), episodes, strict=False))
    if change == "grown":
        with path.open("a") as file:
            file.write(ATTEMPT)
    elif change == "shortened":
        os.truncate(path, path.stat().st_size // 2)
    elif change == "emptied":
        os.truncate(path, 0)
    elif change == "overwritten":
        with path.open("r+b") as file:
            file.write(b"\xff" * (4 << 20))
    else:
        path.unlink()
        if change == "replaced by a folder":
            path.mkdir()
    count += sum(1 for _ in episodes)
    assert 5 <= count <= 6001
    assert any("changed while it was read" in skip.reason for skip in reading.skipped)


@pytest.mark.parametrize("name", ["CON", "NUL.json", "a b.json", "=1+1.json", "-rf.json", "x'); DROP TABLE x;--.json",
    "\u202enosj.exe", "caf\u00e9.json", "cafe\u0301.json", "<b>x.json", "new\nline.json", "\x1b[2J.json", "%s{0}.json",
    "trailing.json ", "x" * 240 + ".json"])  # fmt: skip
def test_a_file_name_is_only_a_label(tmp_path, desk, name):
    (report,) = import_paths(desk, [trace(tmp_path / name)])
    assert report.source == name
    assert report.episodes == 1


def test_a_file_name_that_is_no_text(tmp_path, desk):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff\xfename.json"))
    trace(path)
    (report,) = import_paths(desk, [path])
    assert report.episodes == 1


def test_names_that_no_file_can_have():
    for name in ("nul\0byte", "x" * 5000, "a/" * 3000):
        with pytest.raises(UserError):
            expand([Path(name)])
        with pytest.raises(UserError):
            open_source(Path(name))
