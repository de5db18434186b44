"""A number or a quoted name in the agent's words that stands nowhere before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from dreamdesk.locate.text import NUMBER, WORD, fold, number, passage, without_code
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Turn
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "ungrounded-fact"
_NAME = re.compile(r"[a-z,] ([A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})+)")
_LIST_NUMBERS = 12
"""Whole numbers up to here number lists and count things in plain sight."""
_ENOUGH = 4


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse an agent turn by the number of facts that nothing before supports: one is 0.4, four or more are 1."""
    for turn in trace.agent_turns:
        strange = list(islice(_strange(trace, turn), _ENOUGH))
        if strange:
            why = f"{strange[0][1]!r} is stated here, but stands nowhere before."
            quotes = dict.fromkeys(quote for quote, _ in strange[:3])
            yield trace.finding(turn, NAME, 0.2 + 0.2 * len(strange), Category.D2, why, *quotes)


def _strange(trace: Trace, turn: Turn) -> Iterator[tuple[Quote, str]]:
    for step in trace.spoken(turn):
        plain = without_code(step.content)
        for found in NUMBER.finditer(plain):
            value = number(found[0])
            small = value.isdigit() and len(value) < 3 and int(value) <= _LIST_NUMBERS
            if not small and not trace.number_seen(value, turn.start):
                yield Quote(step.index, passage(step.content, *found.span())), found[0]
        for found in _NAME.finditer(plain):
            if not any(trace.word_seen(word, turn.start) for word in WORD.findall(fold(found[1]))):
                yield Quote(step.index, passage(step.content, *found.span(1))), found[1]
