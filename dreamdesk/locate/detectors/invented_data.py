"""A program that works on data written into it, which nobody gave."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import NUMBER, WORD, fold, number, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "invented-data"
_CODE = re.compile(r"```\w*\n(.*?)(?:```|\Z)", re.DOTALL)
_LITERALS = re.compile(r"[\[{]((?:[^\[\]{}]|[\[{][^\[\]{}]*[\]}]){30,}?)[\]}]")
_ENOUGH = 5


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a turn whose code holds a literal list or table with five or more values that stand nowhere before."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            hit = _invented(trace, step.content, turn.start) if "```" in step.content else None
            if hit:
                why = "The program works on data that is written into it and stands nowhere before."
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(turn, NAME, 1.0, Category.D2, why, quote)
                break


def _invented(trace: Trace, text: str, before: int) -> tuple[int, int] | None:
    for code in _CODE.finditer(text):
        for literal in _LITERALS.finditer(code[1][:20_000]):
            values = NUMBER.findall(literal[1])
            strange = sum(len(value) > 1 and not trace.number_seen(number(value), before) for value in values)
            names = [
                word for name in re.findall(r"['\"]([A-Z][\w .'-]{2,40})['\"]", literal[1]) for word in [fold(name)]
            ]
            strange += sum(not all(trace.word_seen(word, before) for word in WORD.findall(name)) for name in names)
            if strange >= _ENOUGH:
                start = code.start(1) + literal.start(1)
                return start, start + 1
    return None
