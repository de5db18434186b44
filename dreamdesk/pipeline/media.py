"""What is embedded in a recorded step: read from the bytes of its source when somebody asks for it, and only then."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from dreamdesk.desk import episodes, kept, sources
from dreamdesk.desk.database import Connection
from dreamdesk.intake.media import Medium, media
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Source

LARGEST = 256 << 20
"""Bytes of a record that is read into memory."""
_LINE = re.compile(r"line:(\d{1,12})(.*)", re.DOTALL)
_BLOCK = 1 << 20


def step_media(db: Connection, episode: int, step: int) -> list[Medium]:
    """Return what is embedded in the recorded *step* of *episode*, in order.

    Raises:
        UserError: there is no such step, its source is neither on the desk nor unchanged where it was, or its record
            cannot be read again.
    """
    recorded = episodes.load(db, episode)
    if not 0 <= step < len(recorded.steps):
        raise UserError(f"Episode {episode} has no step {step}.")
    return media(_value(db, episode, recorded, recorded.steps[step].pointer))


def save_media(db: Connection, episode: int, step: int, folder: Path) -> list[Path]:
    """Write what is embedded in the recorded *step* of *episode* into *folder*, one file each; return where.

    A file that is there already is never written over.

    Raises:
        UserError: as `step_media`, or nothing is embedded, or a file cannot be written; those before it stay.
    """
    found = step_media(db, episode, step)
    if not found:
        raise UserError(f"No file is embedded in step {step}. What only names an address is not fetched.")
    written = []
    for number, medium in enumerate(found, 1):
        path = folder / f"episode-{episode}-step-{step}-{number}.{medium.extension}"
        try:
            with path.open("xb") as file:
                file.write(medium.data)
        except OSError as error:
            raise UserError(f"{path} was not written ({error.strerror}). Choose another folder.") from error
        written.append(path)
    return written


def _value(db: Connection, number: int, episode: Episode, pointer: str) -> Json:
    """Return what *pointer* names in the record of *episode*."""
    source = episodes.source_of(db, number)
    chunks = _bytes(db, source)
    if line := _LINE.fullmatch(pointer):
        return _at(_parsed(_line(chunks, int(line[1])), source), line[2], source)
    if episode.length:
        record = _slice(chunks, episode.offset, episode.length)
        return _at(_parsed(record, source), pointer, source)
    if line := _LINE.fullmatch(episode.key):
        return _at(_parsed(_line(chunks, int(line[1])), source), pointer, source)
    whole = _parsed(_slice(chunks, 0, LARGEST + 1), source)
    own = episode.key.startswith("/") and not pointer.startswith(f"{episode.key}/")
    return _at(_at(whole, episode.key, source) if own else whole, pointer, source)


def _bytes(db: Connection, source: Source) -> Iterator[bytes]:
    """Yield the bytes of *source*: from the desk or, where that only names the file, from the unchanged file."""
    identity = sources.find(db, source.sha256)
    some = False
    for chunk in kept.kept_bytes(db, identity) if identity is not None else ():
        some = True
        yield chunk
    if some:
        return
    words = f"{source.name} is not kept on this desk, and {source.path} "
    try:
        with Path(source.path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != source.sha256:
                raise UserError(f"{words}has changed since it was imported. Put the file back as it was.")
            file.seek(0)
            while chunk := file.read(_BLOCK):
                yield chunk
    except OSError as error:
        raise UserError(f"{words}cannot be read ({error.strerror}). Put the file back where it was.") from error


def _slice(chunks: Iterator[bytes], offset: int, length: int) -> bytes:
    """Return *length* bytes from *offset* on, or what there is of them; no more than is asked for is held."""
    parts, at = [], 0
    for chunk in chunks:
        part = chunk[max(0, offset - at) : max(0, offset + length - at)]
        parts.append(part)
        at += len(chunk)
        if at >= offset + length:
            break
    return b"".join(parts)


def _line(chunks: Iterator[bytes], number: int) -> bytes:
    """Return line *number*, from 1, or nothing where there are not so many."""
    rest, line = b"", 1
    for chunk in chunks:
        rest += chunk
        while (end := rest.find(b"\n")) >= 0:
            if line == number:
                return rest[:end]
            rest, line = rest[end + 1 :], line + 1
        if len(rest) > LARGEST:
            break
    return rest if line == number else b""


def _parsed(record: bytes, source: Source) -> Json:
    if len(record) > LARGEST:
        raise UserError(f"The record in {source.name} is larger than {LARGEST >> 20} MB; nothing was taken out of it.")
    try:
        value: Json = json.loads(record)
    except (ValueError, RecursionError) as error:
        raise UserError(f"The record in {source.name} cannot be read again as JSON; nothing was taken out.") from error
    return value


def _at(value: Json, pointer: str, source: Source) -> Json:
    """Return what the JSON Pointer (RFC 6901) names in *value*."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, str):  # some readers call a text the first part of its message
            return value
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise UserError(f"{source.name} holds no {pointer} where the step was read; nothing was taken out.")
    return value
