"""What the built program consists of: every file of it is traced to the part that it came from.

A part is a Python distribution (by its RECORD), a package of Debian (by dpkg), Python itself, a font, or ourselves. A
file whose origin nobody knows ends the build: it could not be named in the bill of materials.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
_LICENCE = re.compile(r"(?i)^(licen[cs]e|copying|notice|authors)")
_SPOKEN = {
    "Apache License, Version 2.0": "Apache-2.0",
    "BSD license (see license.txt for details), Copyright (c) 2000-2025, ReportLab Inc.": "BSD-3-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-or-later WITH Bootloader-exception",  # of PyInstaller alone
}
"""SPDX expressions of what some makers say in words; with others their words stand."""
QT = ("PySide6_Essentials", "shiboken6")
"""Distributions that bring Qt and come without their licences."""


@dataclass(frozen=True)
class Part:
    """Something of somebody that is shipped.

    Attributes:
        name, version: As its makers call it.
        purl: Its package URL (https://github.com/package-url/purl-spec); ``generic`` for what no registry has.
        licence: An SPDX expression, or a word of its makers where they give none.
        texts: Names and contents of the licences that come with it.
        binaries: The files of the built program that it is in, relative to the program.
        inside: Components compiled into it, as CycloneDX writes them, from the SBOMs that it brings (PEP 770).
    """

    name: str
    version: str
    purl: str
    licence: str
    texts: tuple[tuple[str, str], ...]
    binaries: tuple[str, ...] = ()
    inside: tuple[dict[str, Any], ...] = ()


def trace(entries: Iterable[tuple[str, str]]) -> list[Part]:
    """Return the parts that *entries* come from: pairs of a name in the program and the file that was taken.

    A name that begins with ``_internal/`` is a file of its own; anything else was packed into the program.

    Raises:
        SystemExit: nobody knows where a file came from, or the licence of a part is missing.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, source in entries:
        if (origin := _origin(Path(source))) is not None:
            found[origin] += [name] if re.search(r"\.(so|pyd|dll|dylib)\b", name) else []
    made = [_MAKERS[kind](name, tuple(sorted(set(files)))) for (kind, name), files in sorted(found.items())]
    made += [_font(path) for path in sorted((ROOT / "resources" / "fonts").glob("*-Regular.*"))]
    bare = [part.name for part in made if not part.texts]
    if bare:
        raise SystemExit(f"No licence was found of {', '.join(bare)}; put its text into {HERE / 'licences'}.")
    return sorted(made, key=lambda part: part.name.lower())


def _origin(source: Path) -> tuple[str, str] | None:
    """Return kind and name of the part that *source* is of; none for our own files."""
    resolved = source.resolve()
    name = _distributions().get(str(source)) or _distributions().get(str(resolved))
    if name:
        return "distribution", name
    if resolved.is_relative_to(ROOT) and not resolved.is_relative_to(Path(sys.prefix).resolve()):
        return None
    stdlib, base = Path(sysconfig.get_path("stdlib")).resolve(), Path(sys.base_prefix).resolve()
    if resolved.is_relative_to(stdlib) or resolved.name.startswith(("libpython", "python3")):
        return "python", "CPython"
    if package := _debian_package(source):
        return "debian", package
    if resolved.is_relative_to(base) and base != Path("/usr"):
        return "python", "CPython"
    raise SystemExit(f"{source}: nobody knows where this file comes from, so it cannot be shipped.")


@cache
def _distributions() -> dict[str, str]:
    """Return the name of the distribution for every file that one has installed here."""
    owners = {}
    for one in metadata.distributions():
        for file in one.files or ():
            owners[str(Path(one.locate_file(file)).resolve())] = one.metadata["Name"]
    return owners


def _distribution(name: str, files: tuple[str, ...]) -> Part:
    one = metadata.distribution(name)
    # Asked with get: where `importlib_metadata` is installed, a field that is not there is an error otherwise.
    named = one.metadata.get("License-Expression") or one.metadata.get("License") or ""
    classified = [line.split(" :: ")[-1] for line in one.metadata.get_all("Classifier", []) if "License ::" in line]
    licence = named if 0 < len(named) < 100 and "\n" not in named else " AND ".join(classified)
    licence = _SPOKEN.get(licence, licence)
    texts = {file.name: file.read_text() for file in one.files or () if _is_licence(file.name)}
    if name in QT:
        licence = "LGPL-3.0-only"
        texts = {f"{spdx}.txt": text(spdx) for spdx in ("LGPL-3.0-only", "GPL-3.0-only")}
    elif not texts and (HERE / "licences" / f"{licence}.txt").is_file():
        texts = {f"{licence}.txt": f"{name} {one.version}, {one.metadata.get('Author') or ''}\n\n{text(licence)}"}
    inside = [] if name != QT[0] else inside_qt()
    for file in one.files or ():
        if "sboms" in file.parts and file.suffix == ".json":
            inside += [_inner(line) for line in json.loads(file.read_text()).get("components", [])]
    normal = re.sub(r"[-_.]+", "-", name).lower()
    purl = f"pkg:pypi/{normal}@{one.version}"
    return Part(name, one.version, purl, licence, tuple(sorted(texts.items())), files, tuple(inside))


def _is_licence(name: str) -> bool:
    return bool(_LICENCE.match(name)) and not re.search(r"\.(pyc?|pyi|so)$", name)


def _inner(line: dict[str, Any]) -> dict[str, Any]:
    """Return what a component of another SBOM is, without where it was built."""
    kept = {key: line[key] for key in ("type", "name", "version", "licenses", "hashes") if line.get(key)}
    if str(line.get("purl", "")).startswith("pkg:"):
        kept["purl"] = re.sub(r"[?#].*", "", line["purl"])
    return kept


def inside_qt() -> list[dict[str, Any]]:
    """Return what others wrote that is compiled into the libraries of Qt, as its attributions list it."""
    rows = json.loads((HERE / "inside_qt.json").read_text("utf-8"))
    return [
        {"type": "library", "name": row["name"]}
        | ({"version": row["version"]} if row["version"] else {})
        | {"licenses": [{"expression": row["licence"]}], "copyright": row["copyright"]}
        for row in rows
    ]


def _python(name: str, files: tuple[str, ...]) -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    places = [Path(sysconfig.get_path("stdlib"), "LICENSE.txt"), Path(sys.base_prefix, "LICENSE.txt")]
    words = next((place.read_text("utf-8") for place in places if place.is_file()), "")
    texts = (("LICENSE.txt", words),) if words else ()
    return Part(name, version, f"pkg:generic/cpython@{version}", "PSF-2.0", texts, files)


@cache
def _debian_package(file: Path) -> str:
    """Return the package of Debian that *file* belongs to, or nothing."""
    if sys.platform != "linux":
        return ""
    resolved = str(file.resolve())
    for path in (str(file), resolved, resolved.removeprefix("/usr"), "/usr" + resolved):
        done = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return ""


def _debian(name: str, files: tuple[str, ...]) -> Part:
    shown = ["dpkg-query", "-W", "-f=${Version} ${Architecture}\n", name]
    version, architecture = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split()[:2]
    place = Path("/usr/share/doc", name, "copyright")
    words = place.read_text("utf-8", errors="replace") if place.is_file() else ""
    spoken = sorted(set(re.findall(r"^License: *(\S.*)$", words, re.MULTILINE))) if words.startswith("Format") else []
    licence = "; ".join(spoken) or "see its text"
    texts = [("copyright", words)] * bool(words)
    for common in sorted(set(re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", words))):
        known = Path("/usr/share/common-licenses", common)
        texts += [(f"{common}.txt", known.read_text("utf-8"))] * known.is_file()
    purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
    return Part(name, version, purl, licence, tuple(texts), files)


def _font(path: Path) -> Part:
    family = path.stem.removesuffix("-Regular")
    words = (path.parent / f"OFL-{family}.txt").read_text("utf-8")
    version = _font_revision(path.read_bytes())
    return Part(family, version, f"pkg:generic/{family.lower()}@{version}", "OFL-1.1", (("OFL.txt", words),))


def _font_revision(data: bytes) -> str:
    """Return the revision in the table ``head`` (https://learn.microsoft.com/typography/opentype/spec/head)."""
    tables = (data[12 + 16 * index : 28 + 16 * index] for index in range(int.from_bytes(data[4:6], "big")))
    offset = next(int.from_bytes(table[8:12], "big") for table in tables if table[:4] == b"head")
    return f"{int.from_bytes(data[offset + 4 : offset + 8], 'big') / 65536:.3f}"


def text(spdx: str) -> str:
    """Return the text of a licence that we keep because those who use it do not send it along."""
    return (HERE / "licences" / f"{spdx}.txt").read_text("utf-8")


_MAKERS = {"distribution": _distribution, "python": _python, "debian": _debian}
