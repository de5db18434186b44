"""Times as people and programs write them, brought to nanoseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from dreamdesk.intake.shape import instant
from dreamdesk.model.canonical import Json

ISO = "iso"
_UNITS = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
_WRITTEN = {
    "day.month.year": ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M", "%d.%m.%Y, %H:%M:%S", "%d.%m.%Y"),
    "day/month/year": ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p", "%d/%m/%Y"),
    "month/day/year": ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y"),
    "year/month/day": ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
}
FORMS = (ISO, *_UNITS, *_WRITTEN)
"""How a time may be written: ISO 8601, a count since 1970, or a date with the parts in the order named."""

_FIRST, _LAST = 946_684_800, 4_102_444_800
"""2000 and 2100, in seconds: numbers between them are taken for times where a file must be guessed."""


def read(value: Json, form: str) -> int | None:
    """Return *value*, written as *form* says, in nanoseconds since 1970 UTC (without a zone: UTC); else None."""
    if form in _UNITS:
        count = _number(value)
        nanoseconds = None if count is None else int(count * _UNITS[form])
        return nanoseconds if nanoseconds is not None and -(2**63) <= nanoseconds < 2**63 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    if not text[:1].isdigit():
        return None
    for pattern in _WRITTEN.get(form, ()):
        try:
            return instant(datetime.strptime(text, pattern).replace(tzinfo=UTC).isoformat())
        except ValueError:
            continue
    return instant(text.removesuffix(" UTC")) if form == ISO and not text.isdigit() else None


def written(values: Sequence[Json]) -> str:
    """Return the form in which nearly all of *values* are times, "" when there is none."""
    wanted = max(0.95 * len(values), 1)
    for form in FORMS:
        # The first few mostly tell; only then are all looked at.
        likely = any(_plausible(value, form) for value in values[:4])
        if likely and sum(_plausible(value, form) for value in values) >= wanted:
            return form
    return ""


def _plausible(value: Json, form: str) -> bool:
    at = read(value, form)
    return at is not None and _FIRST <= at // 10**9 < _LAST


def _number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
        return None
    try:
        count = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return count if count.is_finite() and abs(count) < 10**20 else None
