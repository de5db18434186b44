"""What memory changes look like to other tools: operations of the Memory Stores API, whole files, a unified diff.

The plan says what was decided and is what `apply_memory.py` applies. Beside it lie, for each set of changes:

- ``set-N.ops.jsonl``: one operation a line, with a precondition, as a memory store takes them
  (anthropic SDK 2.12, types/beta/memory_stores/memory_create_params.py and memory_update_params.py);
- ``set-N.patch``: for ``patch -p1``, with every line of each file as context, so that it fits nothing but the text that
  was decided on (unified diff, POSIX diff);
- ``set-N/…``: each file as it stands afterwards.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.memory import content_sha256
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content, MemoryItem

LARGEST = 102_400
"""Bytes that a memory may hold (memory_create_params.py)."""

_PLAIN = re.compile(r"/?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|\.{1,2}|.*\.", re.IGNORECASE)
"""Names that Windows, or any system, takes for something else."""


def write(bag: Bag, content: Content) -> dict[str, Counter[str]]:
    """Write operations, diffs and files; return how many changes were left out, by file and reason."""
    left_out: dict[str, Counter[str]] = {}

    def leave(file: str, reason: str) -> None:
        left_out.setdefault(file, Counter())[reason] += 1

    for plan in content.memory:
        name = f"memory/set-{plan.set_id}"
        taken: set[str] = set()
        for item in plan.items:
            if item.entry is None:
                continue
            made = operation(item.entry)
            if fault := unfit(made):
                leave(f"{name}.ops.jsonl", fault)
            else:
                bag.line(f"data/{name}.ops.jsonl", canonical(made))
            if not plain(item.entry["path"]) or not plain(str(item.entry.get("from", "a"))):
                leave(f"{name}.patch", "its path cannot be the name of a file on every system")
                continue
            bag.append(f"data/{name}.patch", diff(item).encode())
            path = item.entry["path"].lstrip("/")
            if item.text is not None and path.casefold() not in taken:
                taken.add(path.casefold())
                bag.write(f"data/{name}/{path}", item.text.encode())
    return left_out


def operation(entry: dict[str, Json]) -> dict[str, Json]:
    """Return the entry of a plan as an operation: op, path, and what it needs of from, content and precondition."""
    kinds = {"create": "create", "modify": "update", "delete": "delete", "rename": "rename"}
    made: dict[str, Json] = {"op": kinds[entry["operation"]], "path": _rooted(entry["path"])}
    if "from" in entry:
        made["from"] = _rooted(entry["from"])
    if "content" in entry:
        made["content"] = entry["content"]
    if "expected_sha256" in entry:
        made["precondition"] = {"type": "content_sha256", "content_sha256": entry["expected_sha256"]}
    return made


def unfit(made: dict[str, Json]) -> str:
    """Say why a memory store does not take the operation, "" if it does."""
    if len(made.get("content", "").encode()) > LARGEST:
        return f"a memory is larger than {LARGEST} bytes"
    for path in (made["path"], str(made.get("from", made["path"]))):
        parts = path[1:].split("/")
        strange = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in path)
        if len(parts) > 20 or len(path.encode()) > 1024 or not all(parts) or {".", ".."} & set(parts):
            return "a path is longer or deeper than a memory store takes"
        if strange or unicodedata.normalize("NFC", path) != path:
            return "a path holds characters that a memory store does not take"
    return ""


def plain(path: str) -> bool:
    """Tell whether *path* can be the name of a file on any system."""
    parts = path.lstrip("/").split("/")
    return bool(_PLAIN.fullmatch(path)) and not any(_RESERVED.fullmatch(part) for part in parts)


def diff(item: MemoryItem) -> str:
    """Return the unified diff of a change, with all lines as context."""
    entry = item.entry or {}
    states = (item.change.before, item.change.after)
    expected = entry.get("expected_sha256")
    was = next((text for text in states if text is not None and content_sha256(text) == expected), None)
    old, new = str(entry.get("from", entry["path"])).lstrip("/"), entry["path"].lstrip("/")
    before = "/dev/null" if was is None else f"a/{old}"
    after = "/dev/null" if item.text is None else f"b/{new}"
    lines = difflib.unified_diff(_lines(was), _lines(item.text), before, after, n=len(was or "") + 1)
    body = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return f"diff --git a/{old} b/{new}\n" + (_moved(old, new) if old != new else "") + body


def _moved(old: str, new: str) -> str:
    return f"rename from {old}\nrename to {new}\n"


def _lines(text: str | None) -> list[str]:
    """Return the lines of *text* with their line feeds; carriage returns and other separators are parts of a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text or "")


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
