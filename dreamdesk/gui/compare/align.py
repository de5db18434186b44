"""Which corrected step stands beside which recorded one. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Step

Pair = tuple[int | None, int | None]
"""Index of a recorded step, index of the corrected step beside it; None where one side has nothing."""

_REACH = 8
"""How many recorded steps may be passed over to find a better partner."""
_KEY = re.compile(r'"(\w{1,40})"\s*:')


def align(recorded: Sequence[Step], corrected: Sequence[CorrectedStep], start: int) -> list[Pair]:
    """Pair the steps of *recorded* from *start* on with *corrected*, both kept in order and complete.

    The turn that went wrong stands beside the first corrected turn. After it, each corrected step looks a few steps
    ahead for a partner of its kind, best for the same tool with the same arguments. Takes linear time.
    """
    steps = [c.step for c in corrected]
    if not steps or start >= len(recorded):
        return [(i, None) for i in range(start, len(recorded))] + [(None, s.index) for s in steps]
    mine, yours = _turn_end(recorded, start), _turn_end(steps, 0)
    first = match(recorded, range(start, mine), steps[:yours])
    if not any(a is not None and b is not None for a, b in first):
        first = _beside(first)
    return first + match(recorded, range(mine, len(recorded)), steps[yours:])


def _turn_end(steps: Sequence[Step], start: int) -> int:
    """Return the position after the last step of the turn that begins at *start*."""
    stop = start
    while stop < len(steps) and (steps[stop].turn, steps[stop].actor) == (steps[start].turn, steps[start].actor):
        stop += 1
    return stop


def match(recorded: Sequence[Step], where: range, steps: Sequence[Step]) -> list[Pair]:
    """Pair the steps of *recorded* at *where* with *steps*: each looks a few steps ahead for a partner of its kind."""
    pairs: list[Pair] = []
    at = where.start
    for step in steps:
        window = range(at, min(where.stop, at + _REACH))
        best = max(window, key=lambda i: _likeness(recorded[i], step) - 0.4 * (i - at), default=None)
        if best is None or _likeness(recorded[best], step) - 0.4 * (best - at) < 2:
            pairs.append((None, step.index))
            continue
        pairs += [(i, None) for i in range(at, best)]
        pairs.append((best, step.index))
        at = best + 1
    return pairs + [(i, None) for i in range(at, where.stop)]


def _likeness(a: Step, b: Step) -> float:
    """Return how alike two steps are, from 0 (another kind or actor) to 6 (same tool, same argument names)."""
    if (a.kind, a.actor) != (b.kind, b.actor):
        return 0.0
    if not a.tool and not b.tool:
        return 3.0
    if a.tool != b.tool:
        return 2.4
    mine, yours = set(_KEY.findall(a.content[:2_000])), set(_KEY.findall(b.content[:2_000]))
    return 5.0 + (len(mine & yours) / len(mine | yours) if mine | yours else 1.0)


def _beside(pairs: list[Pair]) -> list[Pair]:
    """Return unpaired steps set side by side in order: the decision that failed faces the one that replaces it."""
    left = [a for a, _ in pairs if a is not None]
    right = [b for _, b in pairs if b is not None]
    size = max(len(left), len(right))
    return [(left[i] if i < len(left) else None, right[i] if i < len(right) else None) for i in range(size)]
