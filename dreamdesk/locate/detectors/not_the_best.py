"""The cheapest, first or largest was asked for, and another one was taken."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.detectors.ungrounded_argument import leaves
from dreamdesk.locate.text import find, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "not-the-best"
_LOW = ("cheapest", "lowest price", "least expensive", "lowest-priced")
_HIGH = ("most expensive", "highest price", "priciest")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse a consequential call that takes a thing although one of its kind is available at a better price."""
    asked = [(turn, hit, low) for turn in trace.user_turns for low in (True, False)
             if (hit := find(trace.folded[turn.start], _LOW if low else _HIGH))]  # fmt: skip
    for call in trace.calls if asked else ():
        wishes = [wish for wish in asked if wish[0].start < call.step.index]
        if not call.consequential or not wishes:
            continue
        turn, hit, low = wishes[-1]
        for value in leaves(call.arguments):
            taken = trace.records.get(value)
            if not taken or taken.price is None or taken.step > call.step.index:
                continue
            rivals = [
                r
                for r in trace.records.values()
                if r.group == taken.group and r.price is not None and not r.unavailable
            ]
            better = [
                r for r in rivals if r.price is not None and (r.price < taken.price if low else r.price > taken.price)
            ]
            if better and len(rivals) > 1:
                why = f"{value} was taken at {taken.price:g}, though the record has one at {better[0].price:g}."
                quotes = (
                    Quote(call.step.index, value),
                    Quote(turn.start, passage(trace.steps[turn.start].content, *hit)),
                )
                yield trace.finding(call.turn, NAME, 1.0, Category.D5, why, *quotes, Quote(taken.step, value))
                break
