"""The same desk, released twice, gives the same bytes.

DREAMDESK_PAIRS=20 pytest tests/release/test_release_again.py compares twenty pairs; the ordinary run two.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desks import waiting

PAIRS = int(os.environ.get("DREAMDESK_PAIRS", "2"))
AT = 2_000_000_000 * 10**9  # after the keys were made
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu")
LOCALES = ("C", "C.UTF-8", "POSIX")
OF_THE_TIME = ("bag-info.txt", "data/croissant.json", "data/provenance/bom.cdx.json", "data/report/", "signatures/",
               "manifest-sha256.txt", "tagmanifest-sha256.txt")  # fmt: skip
"""What holds the time of the release, or a hash or signature over what does."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return waiting(tmp_path_factory.mktemp("again"))


def released(desk: Path, folder: Path, at: int, pair: int, seed: int | None = None) -> Path:
    """Release a copy of the desk under another hash seed, zone and locale."""
    folder.mkdir()
    copy = folder / desk.name
    for part in desk.parent.glob(f"{desk.name}*"):
        shutil.copy(part, folder / part.name)
    environment = {
        **os.environ,
        "PYTHONHASHSEED": str(pair * 7 + (0 if seed is None else 1)),
        "TZ": ZONES[(pair + bool(seed)) % len(ZONES)],
        "LC_ALL": LOCALES[(pair + bool(seed)) % len(LOCALES)],
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    command = [
        sys.executable,
        str(Path(__file__).with_name("release_again.py")),
        str(copy),
        str(folder / "out"),
        str(at),
    ]
    command += [] if seed is None else [str(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (bundle,) = (folder / "out").iterdir()
    return bundle


def files(bundle: Path) -> dict[str, bytes]:
    return {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


@pytest.mark.parametrize("pair", range(PAIRS))
def test_two_releases_give_the_same_bytes(desk: Path, tmp_path: Path, pair: int) -> None:
    one = files(released(desk, tmp_path / "one", AT, pair))
    two = files(released(desk, tmp_path / "two", AT, pair, seed=pair + 1))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []  # signatures, too: Ed25519 has no chance in it


def test_at_another_time_only_the_files_that_verify_txt_names_differ(desk: Path, tmp_path: Path) -> None:
    first = released(desk, tmp_path / "one", AT, 0)
    one, two = files(first), files(released(desk, tmp_path / "two", AT + 10**15, 1))
    differ = sorted(name for name in one if one[name] != two[name])
    assert one.keys() == two.keys()
    assert all(name.startswith(OF_THE_TIME) for name in differ), differ
    assert {"bag-info.txt", "tagmanifest-sha256.txt", "signatures/bo.sig"} <= set(differ)
    told = one["VERIFY.txt"].decode()
    for name in differ:
        if "manifest" not in name:
            assert name in told or name.split("/")[0] in told or "data/report" in told, name
