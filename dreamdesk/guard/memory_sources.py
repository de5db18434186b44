"""Where a memory comes from: the new statements of a change, and the sentences of the sessions that support them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from dreamdesk.guard.facts import FactKind, facts
from dreamdesk.guard.known import Known
from dreamdesk.guard.words import content_stems, sentences
from dreamdesk.model.episode import Actor, Step
from dreamdesk.model.finding import Quote, stands
from dreamdesk.model.memory import Hunk, Statement

SHARE = 0.6
"""Share of a statement's content words that one passage must hold."""
LEAST = 3
"""Content words that must be shared, whatever their share; a statement of facts alone needs none."""
LONGEST = 600
"""Characters of a passage; longer sentences are taken in pieces."""
_TERMS = 24

_MARKER = re.compile(r"^[ \t]*(?:>[ \t]*)*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+)?")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|cannot|without|refuse[sd]?|den(?:y|ies|ied)|forbid(?:s|den)?|prohibit(?:s|ed)?"
    r"|decline[sd]?)\b|n['’]t\b",
    re.IGNORECASE,
)
_WORDLESS = frozenset({FactKind.NAME, FactKind.CAPITALS})
"""Facts that are words: the content words compare them already."""
_WEIGHT = {Actor.USER: 0, Actor.TOOL: 1, Actor.SYSTEM: 2, Actor.AGENT: 3}


def statements(before: str, after: str, hunks: Sequence[Hunk]) -> tuple[Statement, ...]:
    """Return the sentences and list items that the *hunks* bring into *after* and that *before* does not hold.

    Markers of lists, quotes and headings do not belong to a statement, and white space does not make a new one.
    """
    held = {_folded(piece) for line in before.split("\n") for piece in _pieces(line)}
    lines = after.split("\n")
    found: list[Statement] = []
    for number, hunk in enumerate(hunks):
        for line in range(hunk.new_start, min(hunk.new_stop, len(lines))):
            if _HEADING.match(lines[line]) and len(content_stems(lines[line])) < LEAST:
                continue  # the name of a section says nothing
            for piece in _pieces(lines[line]):
                if _folded(piece) not in held:
                    found.append(Statement(piece, line, number))
    return tuple(found)


def _pieces(line: str) -> Iterator[str]:
    """Yield the statements on a line: what holds a word, verbatim."""
    for sentence in sentences(_MARKER.sub("", line, count=1), 4_000):
        if any(c.isalnum() for c in sentence):
            yield sentence


def _folded(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def search_words(statement: str) -> list[str]:
    """Return the beginnings of words, and the numbers, by which an index may find what supports *statement*."""
    numbers = re.findall(r"\w*\d\w*", statement)
    return [*sorted(content_stems(statement), key=lambda word: (-len(word), word))[:_TERMS], *numbers[:_TERMS]]


class Claim:
    """A statement, taken apart once to be held against many passages."""

    def __init__(self, text: str) -> None:
        self.facts = [fact for fact in facts(text) if fact.kind not in _WORDLESS]
        plain = text
        for fact in self.facts:  # "3 November" is compared as a date and not as a word
            plain = plain[: fact.at] + " " * len(fact.text) + plain[fact.at + len(fact.text) :]
        self.stems = content_stems(plain)
        self.negated = bool(_NEGATION.search(text))

    def supported(self, passage: str, held: frozenset[str]) -> float:
        """Return the share of content words that *passage*, whose stems are *held*, holds if it supports it, else 0.

        It supports it when it holds at least `SHARE` of the statement's content words (by their stems, at least
        `LEAST`), every number, date, time, id and address of it in whatever notation, and negates where the statement
        negates and not where it does not. That is agreement of words, not proof: a person reads the quote.
        """
        if not self.stems and not self.facts:
            return 0.0
        shared = len(self.stems & held)
        share = shared / len(self.stems) if self.stems else 1.0
        if share < SHARE or shared < min(LEAST, len(self.stems)):
            return 0.0
        if len(self.stems) < LEAST and not self.facts and len(held) > len(self.stems) + 2:
            return 0.0  # a word or two stand in many sentences that say something else
        if bool(_NEGATION.search(passage)) != self.negated:
            return 0.0
        known = Known([(0, passage)]) if self.facts else None
        return share if known is None or all(known.stands(fact, 1) for fact in self.facts) else 0.0


def quotes(statement: str, steps: Iterable[Step], most: int = 3) -> list[tuple[Step, Quote]]:
    """Return up to *most* passages of *steps* that support *statement*, the best first, one for each step.

    A passage is a sentence of a step, or two that follow each other. Users and tools come before the agent's own
    words. Every quote stands verbatim in its step; one that does not is not returned.
    """
    claim = Claim(statement)
    found: list[tuple[float, int, Step, Quote]] = []
    for step in steps:
        best = 0.0
        quote = ""
        for passage, held in _stemmed(step.content):
            score = claim.supported(passage, held) - len(passage) / 1e6  # of equals the shorter one
            if score > best:
                best, quote = score, passage
        if best > 0 and stands(Quote(0, quote), [step]):
            found.append((-best, _WEIGHT[step.actor], step, Quote(step.index, quote)))
    found.sort(key=lambda one: (one[1] == _WEIGHT[Actor.AGENT], one[0], one[1]))
    return [(step, quote) for _, _, step, quote in found[:most]]


@lru_cache(maxsize=512)  # many statements are held against the same steps
def _stemmed(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple((passage, content_stems(passage)) for passage in passages(text))


def passages(text: str) -> Iterator[str]:
    """Yield the sentences of *text* and each two neighbours that are short enough, as they stand in it."""
    at = 0
    spans: list[tuple[int, int]] = []
    for sentence in sentences(text, 1 << 20):
        at = text.index(sentence, at)
        for start in range(at, at + len(sentence), LONGEST):
            spans.append((start, min(start + LONGEST, at + len(sentence))))
        at += len(sentence)
    for number, (start, stop) in enumerate(spans):
        yield text[start:stop]
        if number + 1 < len(spans) and spans[number + 1][1] - start <= LONGEST:
            yield text[start : spans[number + 1][1]]
