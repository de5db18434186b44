"""Hunks: the lines in which two texts differ, each to be taken or left on its own, and the text that results."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import SequenceMatcher

from dreamdesk.model.memory import Hunk

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# A list item or a heading of Markdown begins a new piece.
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]|#{1,6}[ \t]")
MOST_LINES = 2_000
"""Lines of either side that are compared one by one (after equal ends are set aside): difflib may need their square."""


def lines(text: str) -> list[str]:
    """Split *text* after each line feed, and nowhere else: joined again the lines are the text."""
    return _LINE.findall(text)


def hunks(before: str, after: str) -> tuple[Hunk, ...]:
    """Return what differs between two texts, in order.

    Taking all of them turns *before* into *after*, and any selection of them gives whole lines. Lines that are only
    added or only removed come apart into paragraphs and list items, as many lines replaced by as many line by line.
    Beyond `MOST_LINES` that differ, everything between the equal ends is one hunk.
    """
    old, new = lines(before), lines(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < min(len(old), len(new)) - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    first, second = old[start : len(old) - tail], new[start : len(new) - tail]
    if not first and not second:
        return ()
    if max(len(first), len(second)) > MOST_LINES and first and second:
        return (Hunk(start, start + len(first), start, start + len(second)),)
    found: list[Hunk] = []
    for kind, i, j, k, m in SequenceMatcher(None, first, second).get_opcodes():
        if kind == "insert":
            found += [Hunk(start + i, start + i, start + a, start + b) for a, b in _pieces(second, k, m)]
        elif kind == "delete":
            found += [Hunk(start + a, start + b, start + k, start + k) for a, b in _pieces(first, i, j)]
        elif kind == "replace" and j - i == m - k:
            found += [Hunk(start + i + n, start + i + n + 1, start + k + n, start + k + n + 1) for n in range(j - i)]
        elif kind == "replace":
            found.append(Hunk(start + i, start + j, start + k, start + m))
    return tuple(found)


def _pieces(text: Sequence[str], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs and list items of ``text[start:stop]``; blank lines stay with what they follow."""
    begin = start
    for at in range(start + 1, stop):
        if text[at].strip() and (not text[at - 1].strip() or _ITEM.match(text[at])):
            yield begin, at
            begin = at
    yield begin, stop


def apply(before: str, after: str, found: Sequence[Hunk], chosen: Collection[int]) -> str:
    """Return *before* with the hunks whose numbers are *chosen*; *found* are the `hunks` of both texts."""
    old, new = lines(before), lines(after)
    parts: list[str] = []
    at = 0
    for number, hunk in enumerate(found):
        parts += old[at : hunk.start]
        parts += new[hunk.new_start : hunk.new_stop] if number in chosen else old[hunk.start : hunk.stop]
        at = hunk.stop
    return "".join(parts + old[at:])


def added(after: str, found: Sequence[Hunk], chosen: Collection[int]) -> list[tuple[int, str]]:
    """Return the lines that the *chosen* hunks bring, each with its line number (from 0) in the text that results."""
    new = lines(after)
    brought: list[tuple[int, str]] = []
    shift = 0
    for number, hunk in enumerate(found):
        if number in chosen:
            at = hunk.start + shift
            brought += [(at + n, line) for n, line in enumerate(new[hunk.new_start : hunk.new_stop])]
            shift += (hunk.new_stop - hunk.new_start) - (hunk.stop - hunk.start)
    return brought


def removed(before: str, found: Sequence[Hunk], chosen: Collection[int]) -> list[tuple[int, str]]:
    """Return the lines that the *chosen* hunks take away, each with its line number (from 0) in *before*."""
    old = lines(before)
    return [(n, old[n]) for number in sorted(chosen) for n in range(found[number].start, found[number].stop)]
