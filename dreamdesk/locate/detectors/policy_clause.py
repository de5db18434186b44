"""An action or a reply that a clause of the policy forbids, limits or ties to a condition."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.consequence import parts
from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "policy-clause"
_BINDS = re.compile(r"\b(?:must|only|cannot|can't|never|not|unless|before|require[sd]?|should|once)\b")
_ENOUGH = 2
"""Words of the tool's name that a clause must hold to speak of it."""


def detect(trace: Trace) -> Iterator[Finding]:
    """Name each consequential call that a binding clause of the policy speaks of, and cite the clause.

    It says which rule to read, not that the rule was broken.
    """
    clauses = [(clause, folded) for clause, folded in trace.clauses if _BINDS.search(folded)]
    named: set[str] = set()
    for call in trace.calls if clauses else ():
        words = [word for word in parts(call.step.tool) if len(word) > 2]
        if not call.consequential or len(words) < _ENOUGH:
            continue
        clause, shared = max(
            ((clause, sum(word in folded for word in words)) for clause, folded in clauses), key=lambda pair: pair[1]
        )
        if shared < _ENOUGH:
            continue
        why = f"A clause of the policy ties {call.step.tool} to a condition."
        strength = 0.5 if call.step.tool in named else 1.0
        named.add(call.step.tool)
        quote = Quote(call.step.index, head(call.step.content))
        yield trace.finding(call.turn, NAME, strength, Category.D1, why, quote, clause=clause)
