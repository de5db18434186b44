"""Facts: the numbers, dates, times, addresses, codes and names that a text states, in one notation each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dreamdesk.guard.words import word_set


class FactKind(StrEnum):
    """What sort of fact it is."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    EMAIL = "e-mail address"
    URL = "address"
    CODE = "id or code"
    CAPITALS = "capitalised code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: verbatim text, and a value that two notations of the same fact share.

    Dates are ``2024-11-03``, or ``-11-03`` where the year is not said; times ``HH:MM``; numbers plain decimals.
    """

    kind: FactKind
    text: str
    value: str
    at: int


_MONTH_NAMES = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct"
    "|november nov|december dec"
)
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES.split("|"), 1) for name in names.split()}
_COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTING.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
    "thousand": 1000,
}

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
# Every repetition is bounded, so that a hostile text costs linear time.
_FACT = re.compile(
    rf"""
    (?P<email>[\w.+-]{{1,64}}@\w[\w-]{{0,62}}(?:\.[\w-]{{1,63}}){{1,5}})
    |(?P<url>https?://[^\s"'<>)\]\\]{{1,500}})
    |(?P<iso>(?<!\d)(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?!\d))
    |(?P<mdy>\b(?P<m1>{_MONTH})\s?(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s(?P<y1>\d{{4}})\b)?)
    |(?P<dmy>\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<m2>{_MONTH})(?:,?\s(?P<y2>\d{{4}})\b)?)
    |(?P<slash>(?<![\d/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<y3>\d{{4}})(?![\d/]))
    |(?P<time>(?<![\d:])(?P<h>\d{{1,2}}):(?P<min>\d{{2}})(?::\d{{2}})?(?:\s?(?P<half>[ap])\.?m\b)?
        |\b(?P<h2>\d{{1,2}})\s?(?P<half2>[ap])\.?m\b)
    |(?P<number>(?<![\w.])(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w-]*\w))
    |(?P<token>\#?\w{{1,100}}(?:-\w{{1,100}}){{0,20}})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNIT = re.compile(r"#?(\d+(?:\.\d+)?)(?:st|nd|rd|th|-?[a-z]{1,8}(?:-[a-z]{1,8}){0,3})?")
_HEADING = re.compile(r"[*_#>\s]*(?:[-•*]|\d{1,2}[.)])?[*_#\s]*$")
_LABEL = re.compile(r"[^\n:.!?]{0,40}(?::|\*\*|$)", re.MULTILINE)
# Capitalised in ordinary prose, or shorthand that every reader knows: no claim about the case at hand.
_PLAIN_CAPITALS = word_set(
    "AM PM OK ID IDS FAQ USD EUR GBP US UK EU USA EST EDT PST PDT CST MST UTC GMT TV API JSON URL HTML CSV PDF "
    "SQL HTTP NOT AND OR IF NO YES ALL ANY NOTE IMPORTANT TODO ETA DOB CVV PIN AI CEO FYI ASAP"
)
_PLAIN_NAMES = frozenset(MONTHS) | word_set(
    "monday tuesday wednesday thursday friday saturday sunday i mr mrs ms dr please yes no ok okay hello hi thank "
    "thanks sure english internet ids"
)


def plain(number: str) -> str:
    """Return a number's one notation: no separators, no trailing zeros. Very long ones stay as they are written."""
    digits = number.replace(",", "")
    if len(digits) > 28:
        return digits
    return f"{Decimal(digits).normalize():f}"


def facts(text: str) -> Iterator[Fact]:
    """Yield the facts of *text* in order. Lower-case words and small list markers are none."""
    for match in _FACT.finditer(text):
        yield from _READERS[str(match.lastgroup)](match, text)  # the outermost group closes last


def _simple(kind: FactKind, match: re.Match[str], value: str) -> Iterator[Fact]:
    yield Fact(kind, match[0], value, match.start())


def _email(match: re.Match[str], _: str) -> Iterator[Fact]:
    return _simple(FactKind.EMAIL, match, match[0].lower().strip("."))


def _url(match: re.Match[str], _: str) -> Iterator[Fact]:
    return _simple(FactKind.URL, match, match[0].rstrip(".,;:!?/"))


def _date(match: re.Match[str], _: str) -> Iterator[Fact]:
    if match["slash"]:
        first, second = int(match["a"]), int(match["b"])
        month, day = (second, first) if first > 12 else (first, second)
        year = match["y3"]
    elif match["iso"]:
        year, month, day = match["y"], int(match["m"]), int(match["d"])
    else:
        year = match["y1"] or match["y2"] or ""
        # Case folding of strangers' letters ("Aprıl") may match the pattern and yet name no month.
        month = MONTHS.get((match["m1"] or match["m2"]).lower().rstrip("."), 0)
        day = int(match["d1"] or match["d2"])
    yield Fact(FactKind.DATE, match[0], f"{year}-{month:02}-{day:02}", match.start())


def _time(match: re.Match[str], _: str) -> Iterator[Fact]:
    hour, half = int(match["h"] or match["h2"]), (match["half"] or match["half2"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return _simple(FactKind.TIME, match, f"{hour:02}:{match['min'] or '00'}")


def _number(match: re.Match[str], text: str) -> Iterator[Fact]:
    after = text[match.end() : match.end() + 2]
    before = text[max(0, match.start() - 12) : match.start()]
    starts_line = not before.rsplit("\n", 1)[-1].strip(" *#>-") and ("\n" in before or match.start() <= 12)
    if starts_line and after[:1] in (".", ")") and after[1:] in (" ", "\n", ""):
        return  # "2." at the start of a line numbers a list
    yield Fact(FactKind.NUMBER, match[0], plain(match[0]), match.start())


def _token(match: re.Match[str], text: str) -> Iterator[Fact]:
    token, at = match[0], match.start()
    if any(c.isdigit() for c in token):
        unit = _UNIT.fullmatch(token)
        if unit:
            yield Fact(FactKind.NUMBER, token, plain(unit[1]), at)
        elif (
            token.isascii()
            and any(c.isalpha() for c in token)
            and (token != token.lower() or "_" in token or len(token) > 5)
        ):
            yield Fact(FactKind.CODE, token, token.lower().lstrip("#"), at)
        else:
            for digits in re.finditer(r"[0-9]+", token):  # "5-7", "10x20"
                yield Fact(FactKind.NUMBER, digits[0], plain(digits[0]), at + digits.start())
    elif len(token) > 1 and token.isupper():
        if token not in _PLAIN_CAPITALS:
            yield Fact(FactKind.CAPITALS, token, token.lower(), at)
    elif (
        token[0].isupper()
        and token[-1].islower()
        and token.lower() not in _PLAIN_NAMES
        and _is_name(text, at, match.end())
    ):
        yield Fact(FactKind.NAME, token, token.lower(), at)


def _is_name(text: str, start: int, stop: int) -> bool:
    """A capitalised word is a name unless a sentence, a line, a quotation or a heading starts with it or around it."""
    before = text[max(0, start - 60) : start]
    line = before.rsplit("\n", 1)[-1]
    if _HEADING.fullmatch(line) and (start < 60 or "\n" in before or len(line) < len(before)):
        return False
    if before.rstrip(" \"'“‘(*_[").endswith((".", "!", "?", ":", ";", "…")) or not before.strip():
        return False
    if before[-1:] in ('"', "“", "*", "_", "(", "["):
        return False
    # "- Payment Method Breakdown: …": title case up to a colon is a label, not a name.
    words = line.split()
    title = bool(words) and all(not w[:1].islower() for w in words)
    return not (title and _LABEL.match(text, stop))


_READERS = {
    "email": _email,
    "url": _url,
    "iso": _date,
    "mdy": _date,
    "dmy": _date,
    "slash": _date,
    "time": _time,
    "number": _number,
    "token": _token,
}
