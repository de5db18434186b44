"""How decisions made on several desks come together: as a set, in the order in which they knew of one another.

A decision names the earlier ones on its revision that its desk held (``earlier`` in the statement). Two decisions of
which neither knew the other and that say different things are a conflict. Both stay; the correction waits for a person
who decides with both before their eyes, which shows in the statement of that decision, on every desk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from dreamdesk.model.canonical import sha256
from dreamdesk.model.decision import Decision


def in_order(decisions: Iterable[Decision]) -> list[Decision]:
    """Return *decisions* in an order that is the same on every desk: by time, and by digest where times are equal.

    A decision is always later than those that it knows; the desk that makes it sees to that.
    """
    return sorted(decisions, key=lambda decision: (decision.at, sha256(decision.statement)))


def knew(decision: Decision) -> list[str] | None:
    """Return the digests of the statements that *decision* knew, None where its statement is too old to say."""
    earlier = json.loads(decision.statement)["predicate"].get("earlier")
    return None if earlier is None else [str(one) for one in earlier]


def conflict(decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions on one revision that contradict one another, [] when none do.

    Those are the last words, which nobody who spoke later knew of, if they do not all say the same.
    """
    known: set[str] = set()
    for place, decision in enumerate(ordered := in_order(decisions)):
        earlier = knew(decision)
        known.update([sha256(d.statement) for d in ordered[:place]] if earlier is None else earlier)
    last = [decision for decision in ordered if sha256(decision.statement) not in known]
    return last if len({decision.verdict for decision in last}) > 1 else []
