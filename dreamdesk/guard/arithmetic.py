"""Arithmetic: whether a number or a date follows from known ones in a single step that a person can redo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations_with_replacement

_MOST = 60
"""Operands looked at. With more, nearly every number is a sum of two of them and the check could not fail."""


def derive_number(value: str, operands: Iterable[str]) -> str:
    """Return how *value* follows from *operands* (plain decimals): "255 = 152 + 103", or "" where it does not.

    Tried are the sum, difference and product of two, one as a percentage of the other, and the sum of a run of
    consecutive ones.
    """
    if len(value) > 15:
        return ""
    target = Decimal(value)
    order = [Decimal(n) for n in operands if len(n) <= 15][:_MOST]
    numbers = sorted(set(order) - {target, Decimal(0)})
    for low, high in combinations_with_replacement(numbers, 2):
        if low + high == target:
            return f"{target} = {low} + {high}"
        if high - low == target:
            return f"{target} = {high} - {low}"
        if low * high == target and low != 1:
            return f"{target} = {low} × {high}"
        if round(low * high / 100, 2) == target:
            return f"{target} = {low} % of {high}"
    return _run(target, order)


def _run(target: Decimal, order: Sequence[Decimal]) -> str:
    for start in range(len(order)):
        total = order[start]
        for stop in range(start + 1, min(len(order), start + 12)):
            total += order[stop]
            if total == target:
                return f"{target} = {' + '.join(str(n) for n in order[start : stop + 1])}"
    return ""


def derive_date(value: str, dates: Iterable[str], durations: Iterable[tuple[int, str]]) -> str:
    """Return how the date *value* lies one known duration before or after a known date, or "".

    *durations* are (number, unit) with the units day, week, month and year; a day either way is allowed, as periods
    are counted with and without their first day.
    """
    target = _date(value)
    if target is None:
        return ""
    periods = list(durations)[:_MOST]
    for known in list(dates)[:_MOST]:
        origin = _date(known)
        for number, unit in periods if origin else ():
            for sign in (1, -1):
                there = _shift(origin, sign * number, unit)
                if there and abs((there - target).days) <= 1:
                    return f"{value} = {known} {'+' if sign > 0 else '-'} {number} {unit}s"
    return ""


def _date(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shift(origin: date | None, number: int, unit: str) -> date | None:
    if origin is None:
        return None
    try:
        if unit in ("day", "week"):
            return origin + timedelta(days=number * (7 if unit == "week" else 1))
        months = origin.year * 12 + origin.month - 1 + number * (12 if unit == "year" else 1)
        return date(months // 12, months % 12 + 1, min(origin.day, 28)) + timedelta(days=max(0, origin.day - 28))
    except (ValueError, OverflowError):
        return None
