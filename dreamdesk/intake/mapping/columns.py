"""The fields of a sample's records, with what their values look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from dreamdesk.intake.mapping import paths
from dreamdesk.intake.mapping.mapping import fold
from dreamdesk.intake.mapping.times import written
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.shape import number, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.text import one_line

MAX_COLUMNS = 2000
MAX_DEPTH = 4

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_TRUTH = ("true", "false", "yes", "no", "y", "n", "ja", "nein", "0", "1")


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a name in any usual spelling, folded, without accents: toolCallID is tool, call, id."""
    plain = unicodedata.normalize("NFKD", text[:200].replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word.casefold() for word in _WORDS.findall(plain))


@dataclass(frozen=True)
class Column:
    """One field: its path, its values in file order (null and "" left out), and in how many records it could stand.

    *rows* are the numbers of the records that the values stand in.
    """

    path: str
    values: Sequence[Json]
    rows: Sequence[int]
    of: int

    @property
    def share(self) -> float:
        """The share of the records (or steps) that have a value."""
        return len(self.values) / self.of if self.of else 0.0

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its own name."""
        names = [part for part in paths.parse(self.path) if isinstance(part, str)]
        return words_of(names[-1]) if names else ()

    @cached_property
    def texts(self) -> list[str]:
        """The values that are strings."""
        return [value for value in self.values if isinstance(value, str)]

    @cached_property
    def scalars(self) -> list[str]:
        """The values that are no objects and no arrays, as text."""
        return [_scalar(value) for value in self.values if not isinstance(value, dict | list)]

    @cached_property
    def distinct(self) -> list[str]:
        """The different values, folded, the first first."""
        return list(dict.fromkeys(map(fold, self.scalars)))

    @cached_property
    def length(self) -> float:
        """The mean length of its texts."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def numbers(self) -> list[float]:
        """Its values as numbers, when all are; else none."""
        found = [_number(value) for value in self.values]
        return [one for one in found if one is not None] if None not in found else []

    @cached_property
    def is_truth(self) -> bool:
        """Whether all values are yes or no."""
        return bool(self.values) and all(isinstance(v, bool) or text in _TRUTH for v, text in self._folded())

    @cached_property
    def time_form(self) -> str:
        """How it is written, when it is a time; else ""."""
        return written(self.values) if len(self.scalars) == len(self.values) and self.values else ""

    @cached_property
    def json_share(self) -> float:
        """The share of values that are objects, or texts that hold one."""
        return self._share(lambda value: isinstance(_opened(value), dict))

    @cached_property
    def call_share(self) -> float:
        """The share of values that are lists of objects."""
        return self._share(lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value))

    @cached_property
    def prose_share(self) -> float:
        """The share of values with several words."""
        return self._share(lambda value: isinstance(value, str) and len(value.split(None, 3)) > 2)

    @property
    def examples(self) -> tuple[str, ...]:
        """Up to three different values, each on one line."""
        found = dict[str, None]()
        for value in self.values:
            found[one_line(_short(value), 80)] = None
            if len(found) == 3:
                break
        return tuple(found)

    def _folded(self) -> Iterator[tuple[Json, str]]:
        for value in self.values:
            yield value, fold(value) if isinstance(value, str) and len(value) < 10 else str(value)[:10]

    def _share(self, test: object) -> float:
        assert callable(test)
        return sum(map(test, self.values)) / len(self.values) if self.values else 0.0


def columns(records: Iterable[Json], steps: str = "") -> tuple[list[Column], int]:
    """Return the fields of *records*, those of the steps at *steps* too, and how many steps there are."""
    found: dict[str, tuple[list[Json], list[int]]] = {}
    parts = paths.parse(steps)
    count = step_count = 0
    for count, record in enumerate(records, 1):
        _collect(found, record, (), count, parts, 0)
        if steps:
            array = nested(paths.get(record, parts))
            for item in array if isinstance(array, list) else ():
                step_count += 1
                _collect(found, item, (*parts, paths.EACH), step_count, (), 0)
    prefix = f"{steps}[]"
    made = [
        Column(path, values, rows, step_count if steps and path.startswith(prefix) else count)
        for path, (values, rows) in found.items()
    ]
    return made, step_count


def _collect(
    found: dict[str, tuple[list[Json], list[int]]],
    value: Json,
    path: paths.Path,
    row: int,
    but: paths.Path,
    depth: int,
) -> None:
    """Add what *value* holds at and below *path*, except at *but*."""
    if value is None or value == "" or (but and path == but):
        return
    if path:
        name = paths.write(path)
        if name not in found and len(found) >= MAX_COLUMNS:
            return
        values, rows = found.setdefault(name, ([], []))
        values.append(value)
        rows.append(row)
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, item in value.items():
            _collect(found, item, (*path, key), row, but, depth + 1)


def arrays(records: Sequence[Json]) -> list[str]:
    """Return the paths of the arrays of objects or texts in *records*, the longest in all first."""
    totals: dict[str, int] = {}

    def look(value: Json, path: paths.Path, depth: int) -> None:
        opened = _opened(value)
        if isinstance(opened, list) and path and opened and all(isinstance(item, dict | str) for item in opened[:5]):
            name = paths.write(path)
            totals[name] = totals.get(name, 0) + len(opened)
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            for key, item in list(value.items())[:200]:
                look(item, (*path, key), depth + 1)

    for record in records:
        look(record, (), 0)
    return sorted(totals, key=lambda name: (-totals[name], name))


def _scalar(value: Json) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _short(value: Json) -> str:
    try:
        return text_of(value) if not isinstance(value, str) else value[:400]
    except Unreadable:
        return "a number that is too large"


def _number(value: Json) -> float | None:
    if isinstance(value, str):
        try:
            return number(float(value)) if len(value) < 40 else None
        except ValueError:
            return None
    return number(value)


def _opened(value: Json) -> Json:
    """Return what a JSON text holds; a long one is not opened only to be looked at."""
    return nested(value) if isinstance(value, str) and len(value) < 1 << 20 else value
