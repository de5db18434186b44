"""Every file of the built program is traced to its part, and every part goes with its licence."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jiter
import pytest
from PySide6 import QtCore

from tools.shipping import papers, parts

LIBRARY = Path("/lib/x86_64-linux-gnu/libz.so.1")


def entries(program: Path) -> list[tuple[str, str]]:
    """Lay a small program out as PyInstaller would; return what it was made of."""
    native = next(Path(jiter.__file__).parent.glob("jiter*"))
    taken = {
        f"_internal/jiter/{native.name}": native,
        "_internal/PySide6/QtCore.abi3.so": Path(QtCore.__file__),
        "json": Path(json.__file__),
        "dreamdesk.model": parts.ROOT / "dreamdesk/model/__init__.py",
    }
    if LIBRARY.exists() and shutil.which("dpkg-query"):
        taken["_internal/libz.so.1"] = LIBRARY
    for name, source in taken.items():
        if name.startswith("_internal"):
            (program / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, program / name)
    return [(name, str(source)) for name, source in taken.items()]


def test_each_part_is_named_once_with_its_licence(tmp_path: Path) -> None:
    traced = {part.name: part for part in parts.trace(entries(tmp_path))}
    assert {"jiter", "PySide6_Essentials", "CPython", "Inter", "NotoSans", "JetBrainsMono"} <= set(traced)
    assert "dreamdesk" not in traced
    assert traced["jiter"].licence == "MIT"
    assert traced["jiter"].purl == f"pkg:pypi/jiter@{traced['jiter'].version}"
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in dict(traced["PySide6_Essentials"].texts)["LGPL-3.0-only.txt"]
    assert all(words.strip() for part in traced.values() for _, words in part.texts)
    if "zlib1g" in traced:
        assert traced["zlib1g"].purl.startswith("pkg:deb/debian/zlib1g@")


def test_a_file_of_nobody_ends_the_build(tmp_path: Path) -> None:
    stray = tmp_path / "stray.so"
    stray.write_bytes(b"")
    with pytest.raises(SystemExit, match=r"stray\.so: nobody knows where this file comes from"):
        parts.trace([("_internal/stray.so", str(stray))])


def nested(component: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield component
    for one in component.get("components", []):
        yield from nested(one)


def test_the_bill_names_each_part_and_the_digest_of_each_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = entries(tmp_path)
    bill = papers.bill(parts.trace(made), tmp_path, "1.2.3")
    assert bill == papers.bill(parts.trace(made), tmp_path, "1.2.3")
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    everything = [one for component in bill["components"] for one in nested(component)]
    refs = [one["bom-ref"] for one in everything]
    assert len(refs) == len(set(refs))
    assert set(bill["dependencies"][0]["dependsOn"]) == {one["bom-ref"] for one in bill["components"]}
    digests = {one["name"]: one["hashes"][0]["content"] for one in everything if one["type"] == "file"}
    for name, _ in made:
        if name.startswith("_internal"):
            assert digests[name] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    assert "HarfBuzz" in {one["name"] for one in everything}
    assert any(str(one.get("purl", "")).startswith("pkg:cargo/") for one in everything)


def test_what_is_compiled_into_qt_goes_with_the_texts_of_its_licences(tmp_path: Path) -> None:
    papers.write(tmp_path, entries(tmp_path), "1.2.3")
    folder = tmp_path / papers.LICENCES
    listed = (folder / "qt" / "inside.txt").read_text("utf-8")
    texts = {path.stem for path in (folder / "qt").glob("*.txt")} | {"Apache-2.0"}
    for row in parts.inside_qt():
        assert row["name"] in listed
        assert row["copyright"].strip()
        (licence,) = row["licenses"]
        assert any(set(choice.split(" AND ")) <= texts for choice in licence["expression"].split(" OR ")), row
    assert "jiter" in (folder / "README.txt").read_text("utf-8")
    assert (folder / "jiter" / "LICENSE").stat().st_size > 500
    assert json.loads((tmp_path / papers.BILL).read_text("utf-8"))["components"]


@pytest.mark.skipif(sys.platform != "linux", reason="packages of Debian are asked of dpkg")
def test_a_library_is_found_under_either_name_of_its_folder() -> None:
    if not (LIBRARY.exists() and shutil.which("dpkg-query")):
        pytest.skip("this is no Debian with zlib")
    assert parts._debian_package(LIBRARY) == parts._debian_package(Path("/usr") / LIBRARY.relative_to("/")) == "zlib1g"
