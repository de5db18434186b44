"""A value read from a record that does not mention what was asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import WORD, fold, head, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Kind, Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "wrong-record"
_VALUE = re.compile(r"(?<![\w.])(?:#?[A-Z]{0,3}\d{5,})(?!\w)")
_FOR = re.compile(r"\b(?:for|of|in|with) (?:your |the |an? |this )?((?:[a-z-]+ ){0,2}[a-z-]{4,})\b")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse agent words that give a number for a thing which the record holding that number does not mention."""
    for turn in trace.agent_turns:
        if trace.calls_of(turn):
            continue
        for step in trace.spoken(turn):
            found = _wrong(trace, turn, step.content) if _VALUE.search(step.content) else None
            if found:
                value, thing, record = found
                at = step.content.find(value)
                why = f"{value} is given here for {thing!r}, but the record that holds it does not mention that."
                quotes = (
                    Quote(step.index, passage(step.content, at, at + len(value))),
                    Quote(record, head(trace.steps[record].content)),
                )
                yield trace.finding(turn, NAME, 1.0, Category.D5, why, *quotes)
                break


def _wrong(trace: Trace, turn: Turn, text: str) -> tuple[str, str, int] | None:
    asked = trace.turn_before(turn.start, Actor.USER)
    spoken = set(WORD.findall(trace.folded[asked.start])) if asked else set()
    for sentence in re.split(r"(?<=[.!?])\s|\n", text):
        value = _VALUE.search(sentence)
        thing = _FOR.search(fold(sentence)) if value else None
        if not value or not thing:
            continue
        word = thing[1].rsplit(" ", 1)[-1]
        record = _holder(trace, value[0], turn.start)
        if record is not None and word in spoken | trace.task_words and word.rstrip("s") not in trace.folded[record]:
            return value[0], word, record
    return None


def _holder(trace: Trace, value: str, before: int) -> int | None:
    """Return the latest tool result before *before* that holds *value*."""
    folded = fold(value)
    for step in range(before - 1, max(-1, before - 40), -1):
        if trace.steps[step].kind is Kind.TOOL_RESULT and folded in trace.folded[step]:
            return step
    return None
