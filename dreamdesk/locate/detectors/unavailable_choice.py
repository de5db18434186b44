"""An argument that the record calls unavailable, closed, inactive or out of stock."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.detectors.ungrounded_argument import leaves
from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "unavailable-choice"


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a consequential call that names an id whose record says that it cannot be had."""
    records = trace.records
    for call in trace.calls:
        if not call.consequential:
            continue
        for value in leaves(call.arguments):
            record = records.get(value)
            if record and record.step < call.step.index and record.unavailable:
                why = f"{call.step.tool} was given {value}, which its record marks as {record.unavailable}."
                quotes = (Quote(call.step.index, value), Quote(record.step, value))
                yield trace.finding(
                    call.turn,
                    NAME,
                    1.0,
                    Category.D5,
                    why,
                    *quotes,
                    Quote(record.step, head(trace.steps[record.step].content)),
                )
                break
