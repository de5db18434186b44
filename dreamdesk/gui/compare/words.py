"""Word by word, what differs between two texts. No Qt.

Never letter by letter: marks inside words are noise to a reader, and many times slower to find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

Span = tuple[int, int]
"""First position and the one after the last."""

LIMIT = 200_000
"""Characters of each text that are compared; who shows more than this must say so."""

_WORD = re.compile(r"\w+(?:[.:/\-]\w+)*|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FEW = 1_500
"""Words (or lines) of each side up to which difflib stays quick even on repetitive text."""


def differences(left: str, right: str) -> tuple[list[Span], list[Span]]:
    """Return the spans of *left* that are not in *right*, and of *right* that are not in *left*, in order.

    White space alone is no difference. Texts of many words are first compared by lines, then by words where lines
    differ. Beyond `LIMIT` nothing is compared.
    """
    left, right = left[:LIMIT], right[:LIMIT]
    mine, yours = _spans(_WORD, left), _spans(_WORD, right)
    few = max(len(mine), len(yours)) <= _FEW
    pairs = _changes(left, mine, right, yours) if few else _by_lines(left, right)
    changed_left: list[Span] = []
    changed_right: list[Span] = []
    for a, b in pairs:
        changed_left += [a] if a[0] < a[1] else []
        changed_right += [b] if b[0] < b[1] else []
    return _joined(left, changed_left), _joined(right, changed_right)


def _by_lines(left: str, right: str) -> Iterator[tuple[Span, Span]]:
    for (a, b), (c, d) in _changes(left, _spans(_LINE, left), right, _spans(_LINE, right)):
        mine = [(a + i, a + j) for i, j in _spans(_WORD, left[a:b])]
        yours = [(c + i, c + j) for i, j in _spans(_WORD, right[c:d])]
        if max(len(mine), len(yours)) <= _FEW:
            yield from _changes(left, mine, right, yours)
        else:
            yield (a, b), (c, d)


def _changes(left: str, mine: list[Span], right: str, yours: list[Span]) -> Iterator[tuple[Span, Span]]:
    """Yield the pairs of spans that differ, *mine* and *yours* being the pieces that are compared."""
    a, b = [left[i:j] for i, j in mine], [right[i:j] for i, j in yours]
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    tail = 0
    while tail < min(len(a), len(b)) - start and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    a, b = a[start : len(a) - tail], b[start : len(b) - tail]
    if not a and not b:
        return
    if max(len(a), len(b)) > _FEW:
        yield _cover(mine, start, len(a)), _cover(yours, start, len(b))
        return
    for kind, i, j, k, m in SequenceMatcher(None, a, b).get_opcodes():
        if kind != "equal":
            yield _cover(mine, start + i, j - i), _cover(yours, start + k, m - k)


def _cover(pieces: list[Span], first: int, count: int) -> Span:
    return (pieces[first][0], pieces[first + count - 1][1]) if count else (0, 0)


def _spans(pattern: re.Pattern[str], text: str) -> list[Span]:
    return [found.span() for found in pattern.finditer(text)]


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Return *spans* with those made one that only white space keeps apart."""
    joined: list[Span] = []
    for span in spans:
        if joined and not text[joined[-1][1] : span[0]].strip():
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined
