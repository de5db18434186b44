"""Words: just enough English morphology to see that "cancelled" in a policy is ``cancel_order`` in a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\S)[^.!?;\n]+)*[.!?;]?")
_SUFFIXES = (
    "ications",
    "ication",
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ied",
    "ies",
    "ed",
    "es",
    "s",
    "y",
    "e",
)


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list written as one text."""
    return frozenset(words.split())


_STOP = word_set(
    "a an the of to in on for by with and or but nor not no is are was were be been being it its this that "
    "these those as at from into than then there their they them he she his her you your yours we our us i me "
    "my mine do does did done have has had having will would shall should can could may might must cannot if "
    "when while who which what whose also any all each every some such only just very so too please user users "
    "agent agents customer customers sorry however unfortunately able unable never don t s ll ve re d m"
)


def split_words(text: str) -> list[str]:
    """Return the lower-case words of *text*; snake_case and camelCase names come apart."""
    return [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", text))]


def stem(word: str) -> str:
    """Strip one English suffix: cancelled, cancelling and cancellation become cancel."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of *text* that carry meaning."""
    return frozenset(stem(word) for word in split_words(text) if word not in _STOP and len(word) > 1)


def sentences(text: str, limit: int = 600) -> list[str]:
    """Split *text* into sentences, verbatim pieces of it, each cut at *limit* characters."""
    return [s[:limit] for m in _SENTENCE.finditer(text) if (s := m[0].strip())]


RUN = 8
"""Words in a row that make a verbatim copy."""


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every run of `RUN` words in *text*."""
    words = split_words(text)
    return (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def shared_runs(wanted: set[tuple[str, ...]], texts: Iterable[str]) -> set[tuple[str, ...]]:
    """Return the runs of *wanted* that stand in any of *texts*, which may be long."""
    return {run for text in texts for run in runs(text) if run in wanted} if wanted else set()
