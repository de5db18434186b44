"""Tables in text: delimiter, quotes and header found from the first rows, then read row by row (RFC 4180).

A row that is no row is listed with its line, and reading goes on with the next line.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from dreamdesk.intake.containers import Damage, Record
from dreamdesk.intake.mapping.mapping import Dialect
from dreamdesk.intake.mapping.times import written
from dreamdesk.intake.reader import HEAD

MAX_ROW = 32 << 20
"""Characters of one row; a longer one is mostly a quotation mark that nothing closes."""

_LOOKED_AT = 50
_ENOUGH = 1 << 16
"""Characters without a line feed after which a carriage return ends the lines."""
_DELIMITERS = (",", ";", "\t", "|")

csv.field_size_limit(MAX_ROW)


class _Lines:
    """The lines of a table, taken for one row after the other, and given back where they made up none."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again = deque[str]()
        self._size = 0
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._size > MAX_ROW:
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        return line

    def begin(self) -> int:
        """Begin a new row after what was taken; return the number of its first line."""
        self.number += len(self.taken)
        self.taken, self._size = [], 0
        return self.number + 1

    def give_back(self) -> None:
        """Let all but the first of the lines taken be read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def rows(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, list[str]] | Damage]:
    """Yield the number of the first line and the fields of each row that is not blank."""
    source = _Lines(iter(lines))
    reader = csv.reader(source, delimiter=dialect.delimiter, strict=True)
    while True:
        number = source.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if not source.taken:
                return
            source.give_back()
            yield Damage(f"line {number}", _reason(str(error)))
            continue
        if row and any(row):
            yield number, row


def records(blocks: Iterable[bytes], dialect: Dialect) -> Iterator[Record | Damage]:
    """Yield each row of a table as an object with the columns' names; *blocks* are its bytes."""
    names: list[str] = []
    for item in rows(lines(blocks, dialect.encoding), dialect):
        if isinstance(item, Damage):
            yield item
            continue
        number, row = item
        if not names:
            names = columns(row, dialect)
            if dialect.header:
                continue
        if len(row) != len(names):
            yield Damage(f"line {number}", f"it has {_fields(len(row))} where the table has {len(names)}")
        else:
            yield Record(dict(zip(names, row, strict=True)), f"line {number}", f"line:{number}")


def columns(first: list[str], dialect: Dialect) -> list[str]:
    """Return the names of the columns by the *first* row: each once, and none empty."""
    names = [name.strip() if dialect.header else "" for name in first]
    used = set(names)
    seen = Counter[str]()
    for position, name in enumerate(names):
        seen[name] += 1
        if name and seen[name] == 1:
            continue
        number = seen[name] if name else position + 1
        base, bracket = (f"{name} (", ")") if name else ("column ", "")
        while (fresh := f"{base}{number}{bracket}") in used:
            number += 1
        used.add(fresh)
        names[position] = fresh
    return names


def lines(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield the lines of *blocks* with their ends; a carriage return ends a line where there is no line feed."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest, end = "", ""
    for block in blocks:
        rest += decoder.decode(block)
        if not end:
            end = "\n" if "\n" in rest else "\r" if "\r" in rest and len(rest) > _ENOUGH else ""
        if end and end in rest:
            *whole, rest = rest.split(end)
            yield from (line + end for line in whole)
        while len(rest) > MAX_ROW:  # cut, so that one line never fills the memory; the row is then listed as too long
            yield rest[:MAX_ROW]
            rest = rest[MAX_ROW:]
    if rest := rest + decoder.decode(b"", final=True):
        *whole, rest = rest.split("\r") if not end else [rest]
        yield from (line + "\r" for line in whole)
        if rest:
            yield rest


def sniff(start: bytes) -> Dialect | None:
    """Return how the table that begins with *start* is written, None when it is no table."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "windows-1252"
    best, most = None, 0.0
    for delimiter in _DELIMITERS:
        dialect = Dialect(delimiter, True, encoding)
        first = _first_rows(start, dialect)
        widths = Counter(map(len, first))
        if not first or not first[0] or (len(first) < 2 and len(start) < HEAD):
            continue
        width = len(first[0])
        if width < 2:
            continue
        share = widths[width] / len(first)
        worth = share + min(width, 20) / 1000
        if share >= 0.6 and worth > most:
            best, most = Dialect(delimiter, _has_header(first, width), encoding), worth
    return best


def _first_rows(start: bytes, dialect: Dialect) -> list[list[str]]:
    """Return the first rows; the last one may be cut off by the end of *start*, and is then left out."""
    found: list[list[str]] = []
    cut = len(start) >= HEAD
    for item in rows(lines([start], dialect.encoding), dialect):
        if isinstance(item, Damage) and cut:
            return found
        found.append([] if isinstance(item, Damage) else item[1])
        if len(found) > _LOOKED_AT:
            return found
    return found[:-1] if cut and len(found) > 1 else found


def _has_header(first: list[list[str]], width: int) -> bool:
    """Tell whether the first row names the columns: short words, no numbers or times, and unlike what stands below."""
    head, body = first[0], [row for row in first[1:] if len(row) == width]
    if any(len(name) > 60 or "\n" in name for name in head) or len({name.strip() for name in head if name}) < width / 2:
        return False
    if any(name and (_is_number(name) or written([name])) for name in head):
        return False
    # A value of the first row that comes again below it in the same column is a value, and no name.
    repeated = sum(any(row[column] == head[column] != "" for row in body) for column in range(width))
    return repeated == 0


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdigit()


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count:,} fields"


def _reason(message: str) -> str:
    if "unexpected end of data" in message or "field limit" in message:
        return "a quotation mark opens a field that nothing closes"
    if "expected after" in message:
        return "something follows the quotation mark that closes a field"
    if "new-line character" in message:
        return "a line ends inside a field without quotation marks"
    return f"it is no row of a table ({message})"
