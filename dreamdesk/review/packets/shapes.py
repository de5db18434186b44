"""Shapes: what a JSON value of a packet must look like, member by member, with the place where it does not.

A stranger may have written the value. Nothing that is not named is let in, and every text and list has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import Enum

from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

Shape = Callable[[Json, str], None]
"""Takes a value and its place; raises `Malformed` where the value is not of this shape."""

_FAR = (1 << 63) - 1  # the largest that a desk can hold
_MEGABYTE = 1 << 20


class Malformed(UserError):
    """A value is not of the shape that it must have; the text names its place."""


def _wrong(place: str, value: Json, wanted: str) -> Malformed:
    return Malformed(f"{place}: {one_line(repr(value)[:200], 60)} is not {wanted}")


def text(most: int = 64 * _MEGABYTE) -> Shape:
    """Return the shape of a text of up to *most* characters without lone surrogates."""

    def check(value: Json, place: str) -> None:
        if not isinstance(value, str):
            raise _wrong(place, value, "a text")
        if len(value) > most:
            raise Malformed(f"{place}: a text of {len(value):,} characters; {most:,} are allowed")

    return check


def matching(pattern: str, wanted: str) -> Shape:
    """Return the shape of a text that *pattern* matches from end to end."""
    compiled = re.compile(pattern)

    def check(value: Json, place: str) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise _wrong(place, value, wanted)

    return check


def whole(low: int = 0, high: int = _FAR) -> Shape:
    """Return the shape of a whole number from *low* to *high*."""

    def check(value: Json, place: str) -> None:
        if type(value) is not int or not low <= value <= high:
            raise _wrong(place, value, f"a whole number from {low} to {high}")

    return check


def number(value: Json, place: str) -> None:
    """Check a number that a desk can hold."""
    if type(value) not in (int, float) or not -_FAR <= value <= _FAR:
        raise _wrong(place, value, "a number")


def truth(value: Json, place: str) -> None:
    """Check true or false."""
    if not isinstance(value, bool):
        raise _wrong(place, value, "true or false")


def anything(value: Json, place: str) -> None:
    """Let any JSON value pass: it is kept as it is and never interpreted."""


def one_of(values: Collection[str] | type[Enum]) -> Shape:
    """Return the shape of one of *values*."""
    allowed = [str(one.value) for one in values] if isinstance(values, type) else list(values)

    def check(value: Json, place: str) -> None:
        if not isinstance(value, str) or value not in allowed:
            raise _wrong(place, value, f"one of {', '.join(allowed)}")

    return check


def maybe(shape: Shape) -> Shape:
    """Return the shape of null or *shape*."""

    def check(value: Json, place: str) -> None:
        if value is not None:
            shape(value, place)

    return check


def many(shape: Shape, most: int = 1 << 20) -> Shape:
    """Return the shape of a list of up to *most* values of *shape*."""

    def check(value: Json, place: str) -> None:
        if not isinstance(value, list):
            raise _wrong(place, value, "a list")
        if len(value) > most:
            raise Malformed(f"{place}: a list of {len(value):,}; {most:,} are allowed")
        for index, one in enumerate(value):
            shape(one, f"{place}[{index}]")

    return check


def record(**members: Shape) -> Shape:
    """Return the shape of an object with exactly these *members*; ``from_`` and such stand for reserved words."""
    shapes = {name.rstrip("_"): shape for name, shape in members.items()}

    def check(value: Json, place: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(place, value, "an object")
        if strange := sorted(value.keys() - shapes.keys()):
            raise Malformed(f"{place}: the member {one_line(repr(strange[0])[:200], 60)} is not one of a packet")
        if missing := sorted(shapes.keys() - value.keys()):
            raise Malformed(f"{place}: the member {missing[0]!r} is missing")
        for name, shape in shapes.items():
            shape(value[name], f"{place}.{name}")

    return check


def named(shape: Shape, most: int = 1_000) -> Shape:
    """Return the shape of an object of up to *most* freely named members, each of *shape*."""

    def check(value: Json, place: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            raise _wrong(place, value, f"an object of up to {most} members")
        for name, one in value.items():
            shape(one, f"{place}.{one_line(name, 40)}")

    return check
