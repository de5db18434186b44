"""A tool for things in one state, used on a thing in another."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.consequence import parts
from dreamdesk.locate.detectors.ungrounded_argument import leaves
from dreamdesk.locate.text import find, fold, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "wrong-state"
_STATES = frozenset(
    (
        "pending", "delivered", "processed", "shipped", "cancelled", "open", "closed", "active", "inactive", "draft",
        "published", "archived", "paid", "unpaid",
    )
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a call whose tool is made for one state ("cancel_pending_order") when the record's status is another."""
    for call in trace.calls:
        made_for = _STATES.intersection(parts(call.step.tool))
        if not made_for or not call.consequential:
            continue
        for value in leaves(call.arguments):
            record = trace.records.get(value)
            state = fold(record.status) if record and record.step < call.step.index else ""
            if record and state and not any(word in state for word in made_for):
                why = f"{call.step.tool} was used on {value}, whose status is {record.status!r}."
                hit = find(trace.folded[record.step], (state,)) or (0, 1)
                quotes = (
                    Quote(call.step.index, value),
                    Quote(record.step, passage(trace.steps[record.step].content, *hit)),
                )
                yield trace.finding(call.turn, NAME, 1.0, Category.D1, why, *quotes)
                break
