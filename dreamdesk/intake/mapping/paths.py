"""Paths to a field of a record: ``ticket.id``, ``events[0].text``, ``messages[].role``, ``["a.b"].c``.

Keys are joined by dots; a key with other than plain characters stands as a JSON string in brackets. ``[3]`` is the
fourth element of an array, ``[]`` each of them. Nothing of a path is ever run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from dreamdesk.model.canonical import Json

EACH = None
"""The part of a path that stands for each element of an array."""

Part = str | int | None
Path = tuple[Part, ...]

MAX_PARTS = 32

_PLAIN = re.compile(r'[^.\[\]"\\\s](?:[^.\[\]"\\\t\r\n]*[^.\[\]"\\\s])?')
_TOKEN = re.compile(
    r'\[(?P<index>\d{0,9})\]|\[(?P<quoted>"(?:[^"\\]|\\.)*+")\]|(?P<dot>\.?)(?P<key>[^.\[\]"\\]+)', re.S
)


def parse(text: str) -> Path:
    """Return the path that *text* writes; "" is the record itself.

    Raises:
        ValueError: It is no path; says where.
    """
    parts: list[Part] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match["key"] and bool(match["dot"]) == (not parts)):
            raise ValueError(f"{text[:80]!r} is no path to a field: it cannot be read from character {position + 1} on")
        if match["key"]:
            parts.append(match["key"])
        elif match["quoted"]:
            parts.append(json.loads(match["quoted"], strict=False))
        else:
            parts.append(int(match["index"]) if match["index"] else EACH)
        position = match.end()
    if len(parts) > MAX_PARTS:
        raise ValueError(f"{text[:80]!r} is too long for a path: it has more than {MAX_PARTS} parts")
    return tuple(parts)


def write(path: Path) -> str:
    """Return *path* as text; `parse` gives it back."""
    text = ""
    for part in path:
        if part is EACH:
            text += "[]"
        elif isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text


def get(value: Json, path: Path) -> Json:
    """Return what stands at *path* in *value*, None when nothing does; with ``[]`` in it, the first that is there."""
    return next(found(value, path), None)


def found(value: Json, path: Path) -> Iterator[Json]:
    """Yield what stands at *path* in *value*, without nulls: several values only where the path has ``[]``."""
    if len(path) == 1 and isinstance(value, dict):  # nearly always
        if (item := value.get(path[0])) is not None:
            yield item
        return
    for position, part in enumerate(path):
        if part is EACH:
            if isinstance(value, list):
                for item in value:
                    yield from found(item, path[position + 1 :])
            return
        if isinstance(part, str) and isinstance(value, dict):
            value = value.get(part)
        elif isinstance(part, int) and isinstance(value, list) and part < len(value):
            value = value[part]
        else:
            return
    if value is not None:
        yield value


def pointer(path: Path) -> str:
    """Return the JSON Pointer (RFC 6901) of *path*, which names one place."""
    names = ("-" if part is EACH else str(part) for part in path)
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
