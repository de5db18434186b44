"""Ways to damage a trace: each takes bytes and a source of randomness and gives other bytes, the same every time."""

from __future__ import annotations

import io
import json
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from packings import packed

EXCERPT = 48 << 10
"""Larger files are mostly mutated as excerpts of about this many bytes."""

_BYTES = (b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\n", b"\0", b"\xff", b"null", b"1e999", b"NaN", b"\\ud800",
          b"-", b"\xef\xbb\xbf", b"0", b"\r", b"//", b"\x1b[2J", b"\xe2\x80\xae")  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**70, 1e308, 1e-320, 0.5, "", "0", "-", "x" * 300, [], {},
    [[]], [None], [{}], {"": None}, {"type": []}, "\ud800", "\x00", "../../etc/passwd", "=1+1", "2026-11-22T00:00:00Z",
    "9" * 19, "1e999", "NaN", "{", "[1", '{"a": [1]}', ["text"], [["a", "b"]], "user", "assistant", "tool", "error",
    1_795_334_036_150_291_664, -5.5, {"type": "text", "text": None}, "\u202eevil", {"role": {}, "content": 7},
)  # fmt: skip


def mutant(files: list[Path], seed: int, index: int) -> tuple[bytes, str]:
    """Return mutant *index* of *seed* and, in words, how it was made."""
    noise = random.Random(f"{seed}:{index}")
    path = files[index % len(files)]
    whole = noise.random() < 0.02
    data = path.read_bytes() if whole else excerpt(path)
    words = [f"{path.parent.name}/{path.name}{' whole' if whole else ''}"]
    if data.startswith(b"PK\x03\x04") and noise.random() < 0.7:
        data, said = _in_archive(data, noise)
        words.append(said)
    else:
        for _ in range(noise.choice((1, 1, 1, 2, 3))):
            data, said = _once(data, noise, files)
            words.append(said)
    if noise.random() < 0.08:
        data, said = packed(data, excerpt(noise.choice(files)), noise)
        words.append(said)
        if noise.random() < 0.5:
            data, said = flipped(data, noise)
            words.append(said)
    return data, ", ".join(words)


@lru_cache(maxsize=400)
def excerpt(path: Path) -> bytes:
    """Return the file, or when it is large a part of it that has the same structure: some lines, or shorter lists."""
    data = path.read_bytes()
    if len(data) <= EXCERPT or data.startswith(b"PK"):
        return data
    values, lines = _parsed(data)
    if not values:
        return data[:EXCERPT]
    room = EXCERPT // min(len(values), 40) if lines else EXCERPT
    return _joined([_pruned(value, room) for value in values[:40]], lines)


def _pruned(value: Any, room: int) -> Any:
    """Shorten lists and long texts until the value takes about *room* bytes."""
    for items, letters in ((64, 20_000), (12, 2000), (5, 400), (3, 100), (2, 40)):
        found = _shorter(value, items, letters)
        if len(json.dumps(found)) <= room:
            break
    return found


def _shorter(value: Any, items: int, letters: int) -> Any:
    if isinstance(value, dict):
        return {key: _shorter(item, items, letters) for key, item in list(value.items())[:64]}
    if isinstance(value, list):
        return [_shorter(item, items, letters) for item in value[:items]]
    return value[:letters] if isinstance(value, str) else value


def _once(data: bytes, noise: random.Random, files: list[Path]) -> tuple[bytes, str]:
    how: Callable[[bytes, random.Random], tuple[bytes, str]] = noise.choice(
        (flipped, cut, doubled, inserted, swapped, swapped, swapped, swapped, swapped)
    )
    return spliced(data, noise, excerpt(noise.choice(files))) if noise.random() < 0.12 else how(data, noise)


def flipped(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Change single bits."""
    changed = bytearray(data)
    places = [noise.randrange(len(changed)) for _ in range(noise.choice((1, 1, 3, 20)))] if changed else []
    for place in places:
        changed[place] ^= 1 << noise.randrange(8)
    return bytes(changed), f"bits flipped at {places[:5]}"


def cut(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Take out a part: the end, the beginning, or something between."""
    start, end = sorted((noise.randrange(len(data) + 1), noise.randrange(len(data) + 1)))
    start, end = noise.choice(((start, len(data)), (0, start), (start, end), (start, min(len(data), start + 8))))
    return data[:start] + data[end:], f"bytes {start} to {end} cut out"


def doubled(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Repeat a part once or often."""
    start = noise.randrange(len(data) + 1)
    end = min(len(data), start + noise.choice((1, 5, 50, 5000)))
    times = noise.choice((2, 3, 200)) if end - start <= 50 else 2
    return data[:start] + data[start:end] * times + data[end:], f"bytes {start} to {end} {times} times"


def inserted(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Put something that means much to a parser at a random place, perhaps over other bytes."""
    place, what = noise.randrange(len(data) + 1), noise.choice(_BYTES) * noise.choice((1, 1, 1, 5, 3000))
    return data[:place] + what + data[place + noise.choice((0, 0, 1, 4)) :], f"{what[:12]!r} put at {place}"


def spliced(data: bytes, noise: random.Random, other: bytes) -> tuple[bytes, str]:
    """Go on with another file in the middle, at any byte or at the end of a line."""
    here, there = noise.randrange(len(data) + 1), noise.randrange(len(other) + 1)
    if noise.random() < 0.5:
        here, there = data.find(b"\n", here) + 1 or len(data), other.find(b"\n", there) + 1
    return data[:here] + other[there:], f"spliced at {here} with another from {there}"


def swapped(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Parse the JSON and change keys, values and types in it; bytes that are no JSON get bits flipped."""
    values, lines = _parsed(data)
    if not values:
        return flipped(data, noise)
    said = []
    for _ in range(noise.choice((1, 1, 2, 5, 25))):
        places = _places(values, noise)
        if not places:
            break
        holder, key = places
        said.append(_change(holder, key, noise))
    return _joined(values, lines), f"swapped {'; '.join(said[:4])}"


def _change(holder: Any, key: Any, noise: random.Random) -> str:
    how = noise.choice(("value", "value", "value", "drop", "copy", "wrap", "text", "rename", "move", "deep"))
    if how == "drop":
        del holder[key]
    elif how == "wrap":
        holder[key] = noise.choice(([holder[key]], {"value": holder[key]}, [[holder[key]], holder[key]]))
    elif how == "text":
        holder[key] = json.dumps(holder[key])[:50_000]
    elif how == "deep":
        for _ in range(noise.choice((5, 60, 190, 300))):
            holder[key] = [holder[key]]
    elif how == "rename" and isinstance(holder, dict):
        holder[noise.choice(("", "id", "type", "\ud800", "messages", "role", str(key).upper()))] = holder.pop(key)
    elif how == "move":
        other = noise.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key], holder[other] = holder[other], holder[key]
    elif how == "copy" and isinstance(holder, list):
        holder[key:key] = [holder[key]] * noise.choice((1, 2, 100))
    else:
        value = noise.choice(_VALUES)
        holder[key] = json.loads(json.dumps(value))
        return f"{str(key)[:30]} to {str(value)[:20]!r}"
    return f"{how} {str(key)[:30]}"


def _places(values: list[Any], noise: random.Random) -> tuple[Any, Any] | None:
    """Return a random container and a key in it; every depth is as likely."""
    holder: Any = values
    key: Any = noise.randrange(len(values)) if values else None
    if key is None:
        return None
    while noise.random() < 0.85:
        inner = holder[key]
        keys = list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        if not keys:
            break
        holder, key = inner, noise.choice(keys)
    return (holder, key) if holder is not values or noise.random() < 0.5 else None


def _parsed(data: bytes) -> tuple[list[Any], bool]:
    """Return the values of a document (one) or of its lines, and whether they are lines; ([], False) when no JSON."""
    text = data.decode("utf-8", "replace")
    try:
        return [json.loads(text)], False
    except (ValueError, RecursionError):
        return list(_values(text)), True


def _values(text: str) -> Iterator[Any]:
    for line in text.split("\n"):
        try:
            if line.strip():
                yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _joined(values: list[Any], lines: bool) -> bytes:
    text = (
        "\n".join(json.dumps(value) for value in values) + "\n" if lines else json.dumps(values[0] if values else None)
    )
    return text.encode()


def _in_archive(data: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Damage one member of a zip archive, or its name, and write the archive again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            readable = [info for info in archive.infolist() if info.compress_type in (0, 8)][:12]
            members = [(info.filename, archive.read(info)) for info in readable]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):  # a seed that is damaged already
        members = []
    if not members:
        return flipped(data, noise)
    place = noise.randrange(len(members))
    name, held = members[place]
    how = noise.choice((flipped, cut, doubled, inserted, swapped, swapped, swapped))
    held, said = how(held[: 200 << 10], noise)
    if noise.random() < 0.1:
        name = noise.choice(("../../x.json", "/abs.json", "C:\\x.json", "header.json", members[0][0], "a" * 300))
    members[place] = (name, held)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members may have one name: that is meant
        for member, content in members:
            archive.writestr(member, content)
    return packed.getvalue(), f"in member {name}: {said}"
