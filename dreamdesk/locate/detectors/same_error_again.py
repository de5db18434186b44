"""The same error twice: what was tried in between did not address it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "same-error-again"
_VARIABLE = re.compile(r"\d+|0x[0-9a-f]+|'[^']*'|\"[^\"]*\"")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the decision that met an error which the episode had met before."""
    met: dict[str, int] = {}
    for step in trace.errors:
        last = trace.folded[step].strip().rsplit("\n", 1)[-1][:200]
        kind = _VARIABLE.sub("", last)
        turn = trace.turn_before(step)
        if kind in met and turn:
            why = "This decision met the same error as an earlier one."
            quotes = (
                Quote(step, head(trace.steps[step].content)),
                Quote(met[kind], head(trace.steps[met[kind]].content)),
            )
            yield trace.finding(turn, NAME, 1.0, Category.D9, why, *quotes)
        met.setdefault(kind, step)
