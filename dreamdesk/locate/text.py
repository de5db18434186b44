"""Looking things up in the text of a trace: phrases, numbers, and the passage around a hit.

All searches run on *folded* text: lower case, with every character where it was, so that a hit found there can be cut
out of the original verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
WORD = re.compile(r"\w+")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_STOP = re.compile(r"(?<=[.!?;])\s+")
_FUNCTION = frozenset(
    """
    about above after again also been before being below between both could does doing down during each following from
    further have having here into itself just more most much must only other over please same should some such than that
    their them then there these they this those through under until very were what when where which while will with
    would your provide find make need using want tell know like
    """.split()  # noqa: SIM905 - words in a row are easier to read than a list of strings
)
_BREAKS = ("\n", ". ", "! ", "? ")


def fold(text: str) -> str:
    """Return *text* in lower case with the same length (the few characters that would grow are left alone)."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def find(folded: str, phrases: Iterable[str]) -> tuple[int, int] | None:
    """Return (start, stop) of the earliest of *phrases* that begins at a word boundary, or None."""
    best: tuple[int, int] | None = None
    for phrase in phrases:
        at = folded.find(phrase)
        while at > 0 and folded[at - 1].isalnum() and phrase[0].isalnum():
            at = folded.find(phrase, at + 1)
        if at >= 0 and (best is None or at < best[0]):
            best = (at, at + len(phrase))
    return best


def meaningful(words: Iterable[str]) -> frozenset[str]:
    """Return the folded *words* that carry meaning: of four characters or more that are no function words; numbers."""
    return frozenset(word for word in words if (len(word) > 3 and word not in _FUNCTION) or word.isdigit())


def sentences(text: str) -> list[str]:
    """Return the sentences of *text*, verbatim, without list marks; lines end sentences too."""
    return [found for line in text.split("\n") for part in _STOP.split(line) if (found := part.strip(" \t\r-*#•"))]


def number(text: str) -> str:
    """Return a number as written in one form, so that "1,095.50" equals "1095.5"."""
    plain = text.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def without_code(text: str) -> str:
    """Return *text* with fenced code blanked out, positions unchanged."""
    return _FENCE.sub(lambda m: " " * len(m[0]), text) if "```" in text else text


def passage(text: str, start: int, stop: int, limit: int = 200) -> str:
    """Return the sentence or line of *text* around ``text[start:stop]``, at most about *limit* characters, verbatim."""
    low = max(0, start - limit // 2)
    for mark in _BREAKS:
        at = text.rfind(mark, low, start)
        if at >= 0:
            low = max(low, at + len(mark))
    high = min(len(text), max(stop, low + limit))
    for mark in _BREAKS:
        at = text.find(mark, stop, high)
        if at >= 0:
            high = min(high, at + len(mark))
    # Cut between words: neither the first nor the last word is shown in part.
    while 0 < low < start and text[low - 1].isalnum() and text[low].isalnum():
        low += 1
    while stop < high < len(text) and text[high - 1].isalnum() and text[high].isalnum():
        high -= 1
    return text[low:high].strip()


def head(text: str, limit: int = 160) -> str:
    """Return the first line with anything on it, at most *limit* characters, verbatim."""
    start = len(text) - len(text.lstrip())
    stop = start + limit
    while start < stop < len(text) and text[stop - 1].isalnum() and text[stop].isalnum():
        stop -= 1
    return (text[start:stop] or text[start : start + limit]).split("\n", 1)[0].strip()
