"""JSON of strangers, parsed strictly: either a value that is safe to keep, or the reason why there is none."""

from __future__ import annotations

import re

import jiter

from dreamdesk.model.canonical import Json, canonical

MAX_RECORD = 256 << 20
"""Bytes of one record; a larger one is passed over."""

# An escaped surrogate pair, an escaped surrogate standing alone, or any other escape.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)

_REASONS = (
    ("recursion limit", "it is nested deeper than 200 levels"),
    ("EOF", "it is cut off"),
    ("number out of range", "it holds a number of more than 4,300 digits"),
    ("control character", "it holds a raw control character inside a string"),
    ("trailing characters", "something follows the end of the value"),
)


class Unreadable(ValueError):
    """A record that cannot be read; its message says why. It costs the record, never the file."""


def parse(data: bytes) -> tuple[Json, tuple[str, ...]]:
    """Parse one JSON value; return it with notes about what had to be mended.

    Mended and noted: bytes that are not UTF-8 and lone surrogates become U+FFFD; of a key that stands twice in one
    object the last value counts, as it does for other parsers.

    Raises:
        Unreadable: Not JSON, NaN or an infinity, nested deeper than 200 levels, or too large.
    """
    if len(data) > MAX_RECORD:
        raise Unreadable(f"it is larger than {MAX_RECORD >> 20} MB")
    notes: list[str] = []
    unique = True
    for _ in range(4):  # each round mends one kind of damage; there are three kinds
        try:
            return jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=unique), tuple(notes)
        except ValueError as error:
            message = str(error)
        if "duplicate key" in message and unique:
            unique = False
            notes.append("a key stands twice in one object; the last value was taken")
        elif "unicode" in message and (mended := data.decode("utf-8", "replace").encode()) != data:
            data = mended
            notes.append("bytes that are not UTF-8 were replaced by U+FFFD")
        elif "hex escape" in message and (mended := _ESCAPE.sub(_whole, data)) != data:
            data = mended
            notes.append("lone surrogates were replaced by U+FFFD")
        else:
            break
    raise Unreadable(_reason(message, data))


def parse_start(data: bytes) -> Json:
    """Parse a value that may be cut off at the end of *data*; None when nothing of it is usable."""
    text = data.decode("utf-8", "replace").encode()
    for mended in (text, _ESCAPE.sub(_whole, text)):
        try:
            return jiter.from_json(mended, partial_mode="trailing-strings")
        except ValueError:
            continue
    return None


def nested(value: Json) -> Json:
    """Return what a JSON text inside a string holds, or *value* itself when it is no JSON text."""
    if not isinstance(value, str) or not value.lstrip()[:1] or value.lstrip()[0] not in '{["':
        return value
    try:
        return parse(value.encode("utf-8", "replace"))[0]
    except Unreadable:
        return value


def json_text(value: Json) -> str:
    """Return *value* as canonical JSON text.

    Raises:
        Unreadable: It holds a number beyond every bound, such as 1e999, which canonical JSON cannot express.
    """
    try:
        return canonical(value).decode()
    except (ValueError, RecursionError) as error:
        raise Unreadable("it holds a number that is too large for JSON") from error


def _whole(match: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if match[1] else match[0]


def _reason(message: str, data: bytes) -> str:
    if not data.strip():
        return "it is empty"
    if re.search(rb"\b(?:NaN|Infinity)\b", data) and ("expected value" in message or "invalid number" in message):
        return "it holds NaN or Infinity, which JSON does not allow"
    for sign, words in _REASONS:
        if sign in message:
            return words
    return f"it is not JSON ({message})"
