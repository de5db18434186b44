"""Unchecked JSON, looked at safely: each function returns a value of the type it names, empty when it is another."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from dreamdesk.intake.parsing import json_text
from dreamdesk.model.canonical import Json

_LARGEST = sys.float_info.max


def obj(value: Json) -> dict[str, Json]:
    """Return *value* if it is an object, else {}."""
    return value if isinstance(value, dict) else {}


def arr(value: Json) -> list[Json]:
    """Return *value* if it is an array, else []."""
    return value if isinstance(value, list) else []


def string(value: Json) -> str:
    """Return *value* if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> float | None:
    """Return *value* if it is a number that a float can hold, and no boolean, else None."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not -_LARGEST <= value <= _LARGEST:
        return None
    return value if -(2**63) <= value < 2**63 else float(value)


def integer(value: Json) -> int | None:
    """Return *value* if it is an integer of 64 bits or the decimal text of one, else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _stored(value)
    if isinstance(value, str) and value.isascii() and value.lstrip("-").isdigit() and len(value) <= 20:
        return _stored(int(value)) if value.rfind("-") <= 0 else None
    return None


def text_of(value: Json) -> str:
    """Return *value* as text: a string as it is, null as "", anything else as canonical JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def instant(value: Json) -> int | None:
    """Return nanoseconds since 1970 UTC for ISO 8601 text (without a zone: UTC) or seconds, else None.

    Times that do not fit into 64 bits, before 1678 and after 2261, are no times of a trace.
    """
    seconds = number(value)
    if seconds is not None:
        return _stored(round(seconds * 1e9)) if 0 <= seconds < 1e11 else None
    try:
        moment = datetime.fromisoformat(string(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole = round(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError, OSError):
        return None
    return _stored(whole * 1_000_000_000 + moment.microsecond * 1000)


def _stored(value: int) -> int | None:
    return value if -(2**63) <= value < 2**63 else None
