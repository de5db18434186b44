"""Pictures, sounds and documents that stand inside a record as base64: found and decoded, never opened or fetched."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.model.canonical import Json

_TYPE = ("media_type", "mediaType", "mimeType", "mime_type", "format")
_DATA = ("data", "bytes", "base64", "file_data")
_URL = re.compile(r"data:[\w.+/-]{0,80}(?:;[\w=.+-]{1,80})*;base64,", re.ASCII)
_SPACE = re.compile(r"\s+")
_DEEPEST = 64

_BEGINNINGS: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"\xff\xd8\xff", 0, "jpg"),
    (b"GIF8", 0, "gif"),
    (b"WEBP", 8, "webp"),
    (b"BM", 0, "bmp"),
    (b"%PDF-", 0, "pdf"),
    (b"WAVE", 8, "wav"),
    (b"ID3", 0, "mp3"),
    (b"\xff\xfb", 0, "mp3"),
    (b"OggS", 0, "ogg"),
    (b"fLaC", 0, "flac"),
    (b"ftyp", 4, "mp4"),
)
"""Formats by the bytes that they begin with, and where (the specifications of the formats)."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One embedded file: its bytes, and the extension that its own first bytes call for, "bin" where they are unknown.

    What the record says of its type and name is not used: a file that is saved never bears a name from a trace.
    """

    data: bytes
    extension: str


def media(value: Json) -> list[Medium]:
    """Return what is embedded anywhere in *value*, in order."""
    return [Medium(data, _extension(data)) for text in _encoded(value, 0) if (data := _decoded(text))]


def _encoded(value: Json, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if found := _URL.match(value):
            yield value[found.end() :]
    elif isinstance(value, list):
        for part in value:
            yield from _encoded(part, depth + 1)
    elif isinstance(value, dict):
        typed = any(isinstance(value.get(name), str) for name in _TYPE)
        for name, part in value.items():
            if typed and name in _DATA and isinstance(part, str) and not _URL.match(part):
                yield part
            else:
                yield from _encoded(part, depth + 1)


def _decoded(text: str) -> bytes:
    """Return the bytes of base64 *text*, plain or URL-safe (RFC 4648); nothing where it is none."""
    packed = _SPACE.sub("", text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _extension(data: bytes) -> str:
    return next((name for begin, at, name in _BEGINNINGS if data.startswith(begin, at)), "bin")
