"""What is known when: for each fact, the position of the step where it first stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dreamdesk.guard.facts import NUMBER_WORDS, Fact, FactKind, facts
from dreamdesk.guard.words import split_words, stem

_NEVER = 1 << 60
_PART = re.compile(r"[^\W_]+")
_COUNTED = "|".join(NUMBER_WORDS)
_DURATION = re.compile(
    rf"\b(\d{{1,4}}|{_COUNTED})[\s-]{{0,3}}(day|week|month|year)|\b(day|week|month|year)s?[\"']?\s?[:=]\s?[\"']?(\d{{1,4}})",
    re.IGNORECASE,
)


class Known:
    """An index of facts over texts that stand at positions; -1 is what was known before the first step."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        """Index *texts*, (position, text) each, in any order."""
        self._first: dict[tuple[str, str], int] = {}
        self.durations: dict[tuple[int, str], int] = {}
        self.dates: dict[str, int] = {}
        for at, text in texts:
            self._read(at, text)

    def first(self, fact: Fact) -> int | None:
        """Return the position where *fact* first stands, in whatever notation, or None."""
        at = self._lookup(fact)
        return None if at == _NEVER else at

    def stands(self, fact: Fact, before: int) -> bool:
        """Tell whether *fact* stands at a position before *before*."""
        return self._lookup(fact) < before

    def _add(self, kind: str, value: str, at: int) -> None:
        self._first[kind, value] = min(at, self._first.get((kind, value), _NEVER))

    def _at(self, kind: str, value: str) -> int:
        return self._first.get((kind, value), _NEVER)

    def _read(self, at: int, text: str) -> None:
        for fact in facts(text):
            self._add(fact.kind, fact.value, at)
            if fact.kind is FactKind.DATE:
                year, month, day = fact.value.split("-")
                self._add(FactKind.DATE, f"-{month}-{day}", at)
                for number in (year, str(int(day)), str(int(month))):
                    self._add(FactKind.NUMBER, number, at)
                if year:
                    self.dates[fact.value] = min(at, self.dates.get(fact.value, _NEVER))
            elif fact.kind is FactKind.CODE:
                # "certificate_7504069" also makes 7504069 known, and 12 in "A-12".
                for part in _PART.findall(fact.value):
                    self._add(FactKind.NUMBER if part.isdecimal() else FactKind.CODE, part.lstrip("0") or "0", at)
        for word in set(split_words(text)):
            self._add("word", stem(word), at)
            if word in NUMBER_WORDS:
                self._add(FactKind.NUMBER, str(NUMBER_WORDS[word]), at)
        for match in _DURATION.finditer(text):
            number = (match[1] or match[4]).lower()
            key = (int(number) if number.isdecimal() else NUMBER_WORDS[number], (match[2] or match[3]).lower())
            self.durations[key] = min(at, self.durations.get(key, _NEVER))

    def _lookup(self, fact: Fact) -> int:
        kind, value = fact.kind, fact.value
        if kind is FactKind.DATE:
            year, month, day = value.split("-")
            yearless = self._at(FactKind.DATE, f"-{month}-{day}")
            # "May 20" and then "2024-05-20": the day was said, the year stands elsewhere.
            said = max(yearless, self._at(FactKind.NUMBER, year)) if year else yearless
            return min(self._at(kind, value), said if self._year_open(month, day) or not year else _NEVER)
        if kind in (FactKind.NAME, FactKind.CAPITALS):
            parts = [self._at("word", stem(word)) for word in split_words(value)]
            return max(parts, default=_NEVER)
        if kind is FactKind.CODE and (at := self._at(kind, value)) == _NEVER:
            # "5-digit-ABC": every part may be known on its own.
            parts = [
                min(
                    self._at(FactKind.CODE, p),
                    self._at(FactKind.NUMBER, p.lstrip("0") or "0"),
                    self._at("word", stem(p)),
                )
                for p in _PART.findall(value)
            ]
            return max(parts) if len(parts) > 1 else at
        return self._at(kind, value)

    def _year_open(self, month: str, day: str) -> bool:
        """Tell whether the day was also said without a year (a full date of another year must not vouch for it)."""
        return not any(date.endswith(f"-{month}-{day}") for date in self.dates)
