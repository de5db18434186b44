"""Which step of one attempt stands beside which step of the other, and where they first differ. No Qt."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

from dreamdesk.gui.compare.align import Pair, match
from dreamdesk.gui.compare.sheet import DREAMED, RECORDED, Place, Sheet
from dreamdesk.model.canonical import canonical
from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Actor, Kind, Step

MOST = 4_000
"""Steps of the longer attempt up to which all that both did is looked for; beyond, each step looks a few ahead."""


def align_attempts(left: Sequence[Step], right: Sequence[Step], parting: tuple[int, int] | None = None) -> list[Pair]:
    """Pair the steps of two attempts, both kept in order and complete.

    Where they part, if that is known, the two steps of *parting* face each other. What both did, in the same words or
    with the same arguments, stands side by side; between such steps, each looks for a partner of its kind as in
    `compare.align`.
    """
    if parting is None:
        return _pair_up(left, range(len(left)), right)
    mine, theirs = parting
    before = _pair_up(left, range(mine), right[:theirs])
    return [*before, parting, *_pair_up(left, range(mine + 1, len(left)), right[theirs + 1 :])]


def _pair_up(left: Sequence[Step], where: range, right: Sequence[Step]) -> list[Pair]:
    """Pair the steps of *left* at *where* with *right*."""
    mine = left[where.start : where.stop]
    if max(len(mine), len(right)) > MOST:
        return match(left, where, right)
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, [_key(step) for step in mine], [_key(step) for step in right], autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pairs += zip(where[i:j], (step.index for step in right[k:m]), strict=True)
        else:
            pairs += match(left, where[i:j], right[k:m])
    return pairs


def _key(step: Step) -> Hashable:
    """Return what two steps have in common that do the same."""
    words = " ".join(step.content.split())
    if step.kind is Kind.TOOL_CALL:
        try:
            return step.kind, step.actor, step.tool, canonical(json.loads(step.content))
        except (ValueError, RecursionError):
            pass
    return step.kind, step.actor, step.tool, words


class AttemptSheet(Sheet):
    """Two attempts side by side. The steps of *theirs* stand on the right, on the track that a dream has elsewhere.

    Attributes:
        parting: Where they part, a step of each: as it was given, or else the first call that they do not share, or the
            first other step of an agent; None where they do the same.
    """

    def __init__(
        self, mine: Sequence[Step] = (), theirs: Sequence[Step] = (), parting: tuple[int, int] | None = None
    ) -> None:
        super().__init__(mine)
        self.theirs = theirs
        self._join(0, align_attempts(mine, theirs, parting))
        self.parting: Pair | None = parting or self._first_difference()
        places = zip((RECORDED, DREAMED), self.parting or (), strict=False)
        self.starts = frozenset((track, index) for track, index in places if index is not None)

    def corrected_step(self, place: Place) -> CorrectedStep | None:
        """Return None: both sides were recorded."""
        return None

    def step(self, place: Place) -> Step:
        """Return the step at *place*."""
        return self.theirs[place[1]] if place[0] == DREAMED else self.recorded[place[1]]

    def _first_difference(self) -> Pair | None:
        spoken: Pair | None = None
        for pair in range(self.pairs):
            if self.alike(pair):
                continue
            steps = [self.step(place) for place in self.places(pair) if place is not None]
            if any(step.kind is Kind.TOOL_CALL for step in steps):
                return self._tail[pair]
            if spoken is None and any(step.actor is Actor.AGENT for step in steps):
                spoken = self._tail[pair]
        return spoken
