#!/usr/bin/env python3
"""Check the memory files of a DreamDesk bundle against its plans. `verify.py`, beside this file, calls it.

Nothing but Python 3.9 is needed. A plan is held against the decisions elsewhere (verify_content.py); here, all that
lies beside it says the same: each operation of set-N.ops.jsonl, each file below set-N/, and each part of set-N.patch,
whose diffs show every line, so that the texts before and after can be hashed.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

KINDS = {"create": "create", "modify": "update", "delete": "delete", "rename": "rename"}
NO_END = "\\ No newline at end of file\n"
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)


def check_files(bundle: Path) -> list[str]:
    """Return what lies beside the plans and says something else than they do."""
    folder, faults = bundle / "data" / "memory", []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".plan.json")):
        name = path.relative_to(folder).as_posix()
        try:
            known = re.match(r"set-\d+(?=/|\.ops\.jsonl$|\.patch$)", name)
            if not known:
                raise ValueError("no plan is known that it belongs to")
            made = json.loads((folder / f"{known[0]}.plan.json").read_bytes())["operations"]
            _check(path, name[len(known[0]) :], {op["path"].lstrip("/"): op for op in made})
        except UNREADABLE as error:
            words = f"the plan has no {error}" if isinstance(error, KeyError) else error
            faults.append(f"memory/{name}: {words}")
    return faults


def _check(path: Path, rest: str, made: dict[str, Any]) -> None:
    """Raise ValueError where the file *path*, *rest* of whose name is given, does not say what *made* does."""
    data = path.read_bytes()
    if rest == ".ops.jsonl":
        for line in data.decode().splitlines():
            said = json.loads(line)
            if said != _operation(made[said["path"][1:]]):
                raise ValueError(f"the operation on {said['path']} is not that of the plan")
    elif rest == ".patch":
        for part in re.split(r"(?m)^(?=diff --git a/)", data.decode())[1:]:
            new = re.match(r"diff --git a/\S+ b/(\S+)\n", part)
            if not new or not _same(part, made[new[1]]):
                raise ValueError("it is not the difference that the plan makes")
    elif hashlib.sha256(data).hexdigest() != made[rest[1:]].get("content_sha256"):
        raise ValueError("it is not the text that the plan leaves")


def _same(part: str, entry: dict[str, Any]) -> bool:
    """Tell whether one file's part of a patch does what *entry* of a plan does. A new name alone has no lines."""
    old, new = entry.get("expected_sha256"), entry.get("content_sha256")
    if "\n@@" not in part and "\nrename from " in part:
        moved = re.search(r"^rename from (\S+)\nrename to (\S+)$", part, re.MULTILINE)
        names = (str(entry.get("from", "")).lstrip("/"), entry["path"].lstrip("/"))
        return moved is not None and moved.groups() == names and old == new
    return _hashes(part) == (old, new)


def _operation(entry: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"op": KINDS[entry["operation"]]}
    made.update({key: "/" + entry[key].lstrip("/") for key in ("path", "from") if key in entry})
    made.update({"content": entry["content"]} if "content" in entry else {})
    if "expected_sha256" in entry:
        made["precondition"] = {"type": "content_sha256", "content_sha256": entry["expected_sha256"]}
    return made


def _hashes(part: str) -> tuple[str | None, str | None]:
    """Return the SHA-256 of the texts before and after a diff that shows every line; None where there is no text."""
    head, _, body = part.partition("\n@@")
    old: list[str] = []
    new: list[str] = []
    last: list[list[str]] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", body)[1:]:
        if line == NO_END:
            for text in last:
                text[-1] = text[-1][:-1]
            continue
        last = {" ": [old, new], "-": [old], "+": [new]}[line[0]]
        for text in last:
            text.append(line[1:])
    if not body:
        raise ValueError("a difference without lines")
    hashed = [hashlib.sha256("".join(text).encode()).hexdigest() for text in (old, new)]
    return (None if "--- /dev/null" in head else hashed[0], None if "+++ /dev/null" in head else hashed[1])
