"""The papers that go with the built program: a bill of materials (CycloneDX 1.6) and the licences of all its parts."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tools.shipping.parts import HERE, QT, ROOT, Part, text, trace

BILL = "sbom.cdx.json"
LICENCES = "licences"
_OURS = "Apache-2.0"
_SPDX = re.compile(r"[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+|[()])*")
_ABOUT = """What DreamDesk consists of, and under which licences

DreamDesk itself is under the Apache License 2.0 (LICENSE). Each folder holds the licence of one part, as its makers
wrote it; {bill} lists the same parts for machines, with what is compiled into them.

Qt and its bindings (PySide6, shiboken6) are used under the LGPL 3.0. They lie in _internal/PySide6 and
_internal/shiboken6 as shared libraries, and may be replaced there by other builds of the same version. Their sources
are offered by the makers: https://download.qt.io. What others wrote that is compiled into Qt is listed in
qt/inside.txt, with its licences beside it. The sources of libraries of Debian: https://sources.debian.org.

"""


def write(program: Path, entries: Iterable[tuple[str, str]], version: str) -> None:
    """Write bill and licences into the folder *program*, which was made of *entries* (`parts.trace`)."""
    parts = trace(entries)
    (program / BILL).write_text(json.dumps(bill(parts, program, version), indent=1, ensure_ascii=False) + "\n", "utf-8")
    folder = program / LICENCES
    folder.mkdir(exist_ok=True)
    (folder / "LICENSE").write_text((ROOT / "LICENSE").read_text("utf-8"), "utf-8")
    lines = [f"{part.name} {part.version}: {part.licence}" for part in parts]
    (folder / "README.txt").write_text(_ABOUT.format(bill=BILL) + "\n".join(lines) + "\n", "utf-8")
    for part in parts:
        (folder / part.name).mkdir(exist_ok=True)
        for name, words in part.texts:
            (folder / part.name / name).write_text(words, "utf-8")
    if any(part.name in QT for part in parts):
        _about_qt(folder / "qt")


def _about_qt(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    rows = json.loads((HERE / "inside_qt.json").read_text("utf-8"))
    lines = [f"{row['name']} (in {row['in']}): {row['licence']}\n    {row['copyright']}\n" for row in rows]
    (folder / "inside.txt").write_text("\n".join(lines), "utf-8")
    for path in (HERE / "licences").glob("*.txt"):
        (folder / path.name).write_text(text(path.stem), "utf-8")


def bill(parts: Sequence[Part], program: Path, version: str) -> dict[str, Any]:
    """Return the bill of materials (https://cyclonedx.org/docs/1.6/json/) of the *parts*."""
    components = [_component(part, program) for part in parts]
    purl = f"pkg:generic/dreamdesk@{version}"
    digest = hashlib.sha256(json.dumps(components, sort_keys=True).encode()).hexdigest()
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(digest[:32])}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)),
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application", "bom-ref": purl, "name": "dreamdesk", "version": version, "purl": purl,
                "licenses": [{"expression": _OURS}],
            },
        },
        "components": components,
        "dependencies": [{"ref": purl, "dependsOn": [one["bom-ref"] for one in components]}],
    }  # fmt: skip


def _component(part: Part, program: Path) -> dict[str, Any]:
    files = [
        {
            "type": "file",
            "bom-ref": f"{part.purl}#{name}",
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256((program / name).read_bytes()).hexdigest()}],
        }
        for name in part.binaries
        if (program / name).is_file()
    ]
    inside = [{"bom-ref": f"{part.purl}#{index}", **line} for index, line in enumerate(part.inside)]
    named = _SPDX.fullmatch(part.licence)
    licence: dict[str, Any] = {"expression": part.licence} if named else {"license": {"name": part.licence}}
    made = {"type": "library", "bom-ref": part.purl, "name": part.name, "version": part.version, "purl": part.purl}
    return made | {"licenses": [licence]} | ({"components": inside + files} if inside or files else {})
