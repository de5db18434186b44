"""What a training row must be before it may leave: every rule here stands for a trainer or loader that breaks."""

from __future__ import annotations

import math

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.errors import UserError
from dreamdesk.release.formats import Format
from dreamdesk.release.schemas import Seen, checker

LARGEST = 2**53 - 1
"""The largest integer that survives readers which hold numbers as doubles."""

_ARRAY = (list, tuple)

_DIGITS = bytes(ord("0") if chr(byte).isdecimal() else ord(" ") for byte in range(256))


class Shared:
    """What the rows of one correction have in common: messages and tools, checked and encoded once.

    It holds on to them, and nothing may change them meanwhile.
    """

    def __init__(self) -> None:
        self.seen: Seen = {}
        self._lines: dict[int, tuple[Json, bytes]] = {}

    def encode(self, value: Json) -> bytes:
        """Return canonical JSON, made of the parts that were encoded before.

        Raises:
            Suspect: there is something in it that not every loader takes.
        """
        if isinstance(value, str):
            return _checked(canonical(value))
        if known := self._lines.get(id(value)):
            return known[1]
        if not isinstance(value, _ARRAY):
            made = _checked(canonical(value))
        else:
            made = b"[" + b",".join([self.encode(part) for part in value]) + b"]"
        self._lines[id(value)] = (value, made)
        return made


class Suspect(Exception):
    """Something in a row must be looked at."""


def _checked(line: bytes) -> bytes:
    """Return *line* if there is nothing in it to walk it through for: an escaped NUL, half a character, a long number.

    This takes a sixth of the time of one regular expression.
    """
    if b"\\u0000" in line or b"\xef\xbf\xbd" in line or b"0" * 16 in line.translate(_DIGITS):
        raise Suspect
    return line


def encode(row: dict[str, Json], format_: Format, where: str, shared: Shared | None = None) -> bytes:
    """Return the canonical line of *row* if it is fit for *format_*: its schema, its own rule, and what loaders take.

    Raises:
        UserError: it is not; the text begins with *where* and says what to do.
    """
    shared = shared or Shared()
    if fault := checker(format_.name)(row, shared.seen) or format_.rule(row):
        raise UserError(f"{where}: the row is not what its readers take: {fault}. Take the correction out.")
    try:
        return b"{" + b",".join([b'"%b":%b' % (key.encode(), shared.encode(row[key])) for key in sorted(row)]) + b"}"
    except (ValueError, Suspect):
        _walk(row, where)
        return canonical(row)
    except RecursionError as error:
        raise UserError(f"{where}: something in it is nested too deeply. Take it out of the release.") from error


def _walk(value: Json, where: str) -> None:
    """Refuse what loaders drop, change or choke on, anywhere inside *value*."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, str):
            _check_text(part, where)
        elif isinstance(part, float):
            if not math.isfinite(part):
                raise UserError(f"{where}: {part} is no JSON number. Amend the correction or take it out.")
        elif isinstance(part, int) and abs(part) > LARGEST:
            raise UserError(
                f"{where}: the number {part if abs(part) < 10**40 else 'with over 40 digits'} is too large for "
                "training data (loaders round it). Write it as a string, or take the correction out of the release."
            )


def _check_text(text: str, where: str) -> None:
    if "\x00" in text:
        raise UserError(f"{where}: there is a NUL character in the text. Amend the correction or take it out.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UserError(
                f"{where}: there is half a character (a lone surrogate) in the text. Amend the correction."
            ) from error
