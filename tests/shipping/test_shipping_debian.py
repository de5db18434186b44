"""The package for Debian: what lies where, what the desktop is told, and the same bytes again."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dreamdesk.__main__ import VERBS
from dreamdesk.desk.database import create
from tools.shipping import debian, man_page

NEW = 1_700_000_000


@pytest.fixture(scope="module")
def usr(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the package puts below /usr for the desktop."""
    prefix = tmp_path_factory.mktemp("usr")
    debian.integrate(prefix, NEW)
    return prefix


def test_the_desktop_entry_opens_desks_and_traces(usr: Path) -> None:
    path = usr / "share/applications/dreamdesk.desktop"
    entry = configparser.RawConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read(path, "utf-8")
    words = dict(entry["Desktop Entry"])
    assert words["Exec"] == "dreamdesk %F"
    assert words["MimeType"] == "application/x-dreamdesk;"
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", path], check=True)


def test_icons_come_in_every_size_of_the_theme(usr: Path) -> None:
    for size in debian.icons.SIZES:
        data = (usr / f"share/icons/hicolor/{size}x{size}/apps/dreamdesk.png").read_bytes()
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20], "big") == int.from_bytes(data[20:24], "big") == size
    assert (usr / "share/icons/hicolor/scalable/apps/dreamdesk.svg").is_file()


def test_a_desk_is_known_by_its_name_and_by_its_bytes(usr: Path, tmp_path: Path) -> None:
    create(tmp_path / "week.desk").close()
    shutil.copy(tmp_path / "week.desk", tmp_path / "evidence")
    with sqlite3.connect(tmp_path / "plain") as db:
        db.execute("CREATE TABLE t (a)")
    db.close()
    asking = """if True:
        import sys
        from PySide6.QtCore import QMimeDatabase
        for path in sys.argv[1:]:
            print(QMimeDatabase().mimeTypeForFile(path).name())
    """
    names = [str(tmp_path / name) for name in ("week.desk", "evidence", "plain")]
    env = {**os.environ, "XDG_DATA_DIRS": str(usr / "share"), "XDG_DATA_HOME": str(tmp_path), "QT_NO_MIME_CACHE": "1"}
    command = [sys.executable, "-c", asking, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    week, evidence, plain = done.stdout.split()
    assert week == evidence == "application/x-dreamdesk"
    assert plain in ("application/vnd.sqlite3", "application/x-sqlite3")


def test_the_manual_page_names_every_verb_and_nothing_in_it_is_a_stray_request() -> None:
    page = man_page.page("2026-01-01")
    for verb in VERBS:
        assert f".SS dreamdesk {verb}\n".replace("-", "\\-") in page
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR", ".I", ".br", ".ad"}
    assert not re.search(r"(?<!\\)-(?=-)", page)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of one real executable, and a file beside it."""
    folder = tmp_path / "dreamdesk"
    (folder / "_internal").mkdir(parents=True)
    shutil.copy("/bin/true", folder / "dreamdesk")
    (folder / "_internal" / "words").write_text("words")
    return folder


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="packages of Debian are made with dpkg-deb")
def test_the_package_holds_the_program_and_is_the_same_again(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(NEW))
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(debian.build(program, tmp_path / name, packing=("-Zgzip", "-z1")))
    assert made[0].read_bytes() == made[1].read_bytes()
    listed = subprocess.run(["dpkg-deb", "-c", made[0]], capture_output=True, text=True, check=True).stdout
    assert "./usr/bin/dreamdesk -> /opt/dreamdesk/dreamdesk" in listed
    assert re.search(r"^-rwxr-xr-x root/root .* \./opt/dreamdesk/dreamdesk$", listed, re.MULTILINE)
    assert "./usr/share/doc/dreamdesk/copyright" in listed
    fields = subprocess.run(["dpkg-deb", "-f", made[0]], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Depends: libc6 \(>= 2\.\d+\), libegl1, libgl1, zlib1g$", fields, re.MULTILINE)
    shown = ["dpkg-deb", "--ctrl-tarfile", made[0]]
    control = subprocess.run(shown, capture_output=True, check=True).stdout
    assert b"postinst" not in control


def test_the_c_library_asked_for_is_that_of_the_newest_symbol(tmp_path: Path) -> None:
    (tmp_path / "one.so").write_bytes(b"\x7fELF...\0GLIBC_2.9\0GLIBC_2.34\0")
    (tmp_path / "text").write_bytes(b"\0GLIBC_2.99\0")
    assert debian.newest_glibc(list(tmp_path.iterdir())) == "2.34"
