"""JSON laid out for reading, as it was recorded: no key, number or escape is changed, only the white space. No Qt.

The members of the outermost object stand on lines of their own; further in, what fits shares a line. It works token by
token and stops when enough was written, so that the first screen of a five megabyte result costs as much as that of a
small one; and duplicate keys or odd numbers, which a parser would swallow, stay in sight.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice, pairwise

_TOKEN = re.compile(
    r'\s*("[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+\-]*|true|false|null|NaN|-?Infinity|[{}\[\],:])', re.DOTALL
)
_NAME = re.compile(r'"([A-Za-z_]\w*)"')
_WIDTH = 56
"""A group that ends within so many characters stays on one line."""
_DEEPEST = 24
"""Levels that are still indented further."""
_CHECKED = 300_000
"""Characters up to which a text is parsed to know whether it is JSON; longer ones are known by their first tokens."""


def is_json(text: str) -> bool:
    """Tell whether *text* is a JSON object or array (for a very long one: begins like one)."""
    head = text[:64].lstrip()
    if not head.startswith(("{", "[")):
        return False
    if len(text) > _CHECKED:
        first = [token for token, _ in islice(_tokens(text), 64)]
        return len(first) == 64 and all(b[0] in '"}' for a, b in pairwise(first) if a == "{")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def pretty(text: str, limit: int, call: str | None = None) -> tuple[str, int]:
    """Lay the JSON *text* out until *limit* characters are written.

    With *call*, the name of a tool, the members of the outermost object are written as its arguments:
    ``name(key=value)``.

    Returns:
        What was written, and how many characters of *text* were used up.
    """
    writer = _Writer(_tokens(text), call)
    size = 0
    parts: list[str] = []
    for part in writer.parts():
        parts.append(part)
        size += len(part)
        if size >= limit:
            break
    complete = size < limit
    return "".join(parts)[:limit], len(text) if complete else writer.used


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield each token and the position after it; stop at what is none."""
    position = 0
    while found := _TOKEN.match(text, position):
        position = found.end()
        yield found[1], position


class _Writer:
    """Writes tokens with line breaks where a group does not fit on a line."""

    def __init__(self, tokens: Iterator[tuple[str, int]], call: str | None) -> None:
        self._tokens = tokens
        self._ahead: deque[tuple[str, int]] = deque()
        self._call = call
        self._column = 0
        self.used = 0

    def parts(self) -> Iterator[str]:
        """Yield the pieces of the text."""
        for part in self._parts():
            line = part.rpartition("\n")[2]
            self._column = len(line) if len(line) < len(part) else self._column + len(part)
            yield part

    def _parts(self) -> Iterator[str]:
        groups: list[bool] = []  # of each open group: whether it stays on one line
        opened: list[str] = []
        if self._call is not None:
            yield self._call
        while (piece := self._next()) is not None:
            call = self._call is not None
            if piece in "{[":
                flat = (bool(groups) and groups[-1]) or self._fits()
                groups.append(flat)
                opened.append(piece)
                yield "(" if call and len(groups) == 1 else piece
                if not flat and not self._peek_is("}]"):
                    yield _break(len(groups))
            elif piece in "}]":
                flat = groups.pop() if groups else True
                del opened[-1:]
                closing = ")" if call and not groups else piece
                yield closing if flat else _break(len(groups)) + closing
            elif piece == ",":
                flat = not groups or groups[-1] or ((len(groups) > 1 or opened[-1] == "[") and self._member_fits())
                yield ", " if flat else "," + _break(len(groups))
            elif piece == ":":
                yield "=" if call and len(groups) == 1 else ": "
            elif call and len(groups) == 1 and self._peek_is(":") and (name := _NAME.fullmatch(piece)):
                yield name[1]
            else:
                yield piece

    def _next(self) -> str | None:
        piece, self.used = self._ahead.popleft() if self._ahead else next(self._tokens, ("", self.used))
        return piece or None

    def _peek_is(self, marks: str) -> bool:
        if not self._ahead and (found := next(self._tokens, None)) is not None:
            self._ahead.append(found)
        return bool(self._ahead) and self._ahead[0][0] in marks

    def _fits(self) -> bool:
        """Tell whether the group that is being opened closes on the present line."""
        size, depth, at = self._column + 1, 1, 0
        while size <= _WIDTH:
            if at == len(self._ahead):
                found = next(self._tokens, None)
                if found is None:
                    return True
                self._ahead.append(found)
            piece = self._ahead[at][0]
            size += len(piece) + (piece in ",:")
            depth += (piece in "{[") - (piece in "}]")
            if depth == 0:
                return size <= _WIDTH
            at += 1
        return False

    def _member_fits(self) -> bool:
        """Tell whether the next member is no group and ends on the present line."""
        size, at = self._column + 2, 0
        while size <= _WIDTH:
            if at == len(self._ahead):
                found = next(self._tokens, None)
                if found is None:
                    return True
                self._ahead.append(found)
            piece = self._ahead[at][0]
            if piece in "{[":
                return False
            if piece in ",}]":
                return True
            size += len(piece) + (piece == ":")
            at += 1
        return False


def _break(depth: int) -> str:
    return "\n" + "  " * min(depth, _DEEPEST)
