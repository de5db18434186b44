"""A tool argument that stands nowhere in the trace before the call."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import NUMBER, WORD, fold, number
from dreamdesk.locate.trace import Trace
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "ungrounded-argument"
_IDENTIFIER = 40
"""Longer values are prose, code or file contents that an agent is meant to write itself."""


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a call with short values (ids, names, dates, numbers) that neither task, policy nor trace gave it."""
    for call in trace.calls:
        strange = [value for value in leaves(call.arguments) if not _grounded(trace, value, call.turn.start)]
        if not strange:
            continue
        why = f"{call.step.tool} was given {strange[0]!r}, which stands nowhere before."
        strength = 1.0 if call.consequential else 0.6
        quotes = [Quote(call.step.index, value) for value in strange[:3]]
        yield trace.finding(call.turn, NAME, strength, Category.D2, why, *quotes)


def leaves(value: Json) -> Iterator[str]:
    """Yield the strings and numbers inside *value*, as text; booleans and nulls are choices, not facts."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str) or (isinstance(item, int | float) and not isinstance(item, bool)):
            yield str(item)


def _grounded(trace: Trace, value: str, step: int) -> bool:
    if len(value) > _IDENTIFIER or not any(char.isdigit() for char in value) or (value.isdigit() and len(value) < 3):
        return True
    if NUMBER.fullmatch(value):
        return trace.number_seen(number(value), step)
    return all(trace.word_seen(w, step) or trace.number_seen(number(w), step) for w in WORD.findall(fold(value)))
