"""The user wanted a part of something, and the whole of it was changed."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.detectors.ungrounded_argument import leaves
from dreamdesk.locate.text import WORD, head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "whole-for-part"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a consequential call on a record with several parts of which the user's last words name only some.

    The parts are the names in lists inside the record; the call names the record itself and none of its parts.
    """
    for call in trace.calls:
        asked = trace.turn_before(call.step.index, Actor.USER) if call.consequential else None
        values = list(leaves(call.arguments))
        record = next((r for value in values if (r := trace.records.get(value)) and r.step < call.step.index), None)
        if asked is None or record is None or len(record.parts) < 2 or any(part in values for part in record.part_ids):
            continue
        said = set(WORD.findall(trace.folded[asked.start]))
        named = [
            part
            for part in record.parts
            if said & {w.rstrip("s") for w in WORD.findall(part)} or said & set(WORD.findall(part))
        ]
        if named and len(named) < len(record.parts):
            rest = next(part for part in record.parts if part not in named)
            why = f"The user speaks of {named[0]!r}, but {call.step.tool} changes all of the record, {rest!r} too."
            quotes = [
                Quote(call.step.index, head(call.step.content)),
                Quote(asked.start, head(trace.steps[asked.start].content)),
            ]
            yield trace.finding(
                call.turn,
                NAME,
                1.0,
                Category.D1,
                why,
                *quotes,
                Quote(record.step, head(trace.steps[record.step].content)),
            )
