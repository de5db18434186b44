"""Path: a memory stands where every system can hold it, and nowhere outside its store."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.memory import MemoryCase, Operation, StoreKind
from dreamdesk.model.text import hidden, one_line

MAX_PATH = 1_024
"""Bytes of a path, and below, segments of it (anthropic SDK 2.12, ``MemoryCreateParams.path``)."""
MAX_SEGMENTS = 20

# Names that Windows keeps for devices, with any ending (Microsoft, "Naming Files, Paths, and Namespaces").
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\]')


def check(case: MemoryCase) -> Iterator[Remark]:
    """Look at the path that would be written; one that only goes away is not judged."""
    if case.change.operation is Operation.DELETE:
        return
    path = case.change.path
    shown = one_line(path, 100)
    body = path
    if case.kind is StoreKind.STORE:
        if not path.startswith("/"):
            yield block(f"{shown} does not begin with a slash.")
        body = path.removeprefix("/")
    elif path.startswith("/") or re.match(r"[A-Za-z]:", path):
        yield block(f"{shown} leads out of the folder: it is absolute.")
    parts = body.split("/")
    if any(part in ("", ".", "..") for part in parts):
        yield block(f"{shown} has an empty segment, or one that is “.” or “..”.")
    if hidden(path) or any(unicodedata.category(c) == "Cc" for c in path):
        yield block(f"{shown} holds a hidden character.")
    if unicodedata.normalize("NFC", path) != path:
        yield block(f"{shown} is not in Unicode Normalization Form C, so that two spellings of it look alike.")
    if len(path.encode()) > MAX_PATH or len(parts) > MAX_SEGMENTS:
        yield block(f"{shown} is longer than {MAX_PATH:,} bytes or {MAX_SEGMENTS} segments.")
    for part in parts:
        if _RESERVED.fullmatch(part):
            yield block(f"{shown} has the name {one_line(part, 40)!r}, which Windows keeps for a device.")
        elif _FORBIDDEN.search(part) or (part not in (".", "..") and part.endswith((" ", "."))):
            yield block(f"{shown} has a name that Windows cannot hold: {one_line(part, 40)!r}.")
    folded = path.casefold()
    for other in case.paths:
        if other != path and other.casefold() == folded:
            yield block(f"{shown} and {one_line(other, 100)} differ in case alone; many systems take them for one.")
        elif other.casefold().startswith(folded + "/") or folded.startswith(other.casefold() + "/"):
            yield block(f"{shown} and {one_line(other, 100)} cannot stand together: one is the other's folder.")
    if any(ord(c) > 127 and c.isalpha() for c in path) and _mixed(path):
        yield warn(f"{shown} mixes letters of several scripts, which may look like another path.")


def _mixed(path: str) -> bool:
    """Tell whether a segment mixes Latin with Greek or Cyrillic letters (UTS 39, section 5: mixed scripts)."""
    for part in path.split("/"):
        scripts = {unicodedata.name(c, "?").split()[0] for c in part if c.isalpha()}
        if "LATIN" in scripts and scripts & {"GREEK", "CYRILLIC"}:
            return True
    return False


GUARDRAIL = MemoryGuardrail("memory-path", "The path is safe on every system", 0, check)
