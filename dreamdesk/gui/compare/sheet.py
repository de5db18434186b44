"""The rows of the comparison: which steps stand beside each other, what is unfolded, what differs. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from dreamdesk.gui.compare.align import Pair, align
from dreamdesk.gui.compare.content import FOLD, Content, content, pieces
from dreamdesk.gui.compare.words import LIMIT, Span, differences
from dreamdesk.model.correction import CorrectedStep, Revision
from dreamdesk.model.episode import Step

RECORDED, DREAMED = "recorded", "dreamed"
Place = tuple[str, int]
"""A track's name and a step's index on it."""
BAND = -1
"""The piece of a row that stands for a run of pairs that are alike."""


class Sheet:
    """Recorded steps beside the corrected path of *revision*, one row for each pair.

    Before the error point the right side is the recording's own. A long step that was unfolded takes several rows, each
    with one piece of its text, so that nothing is ever laid out in one go. A row is (number of the pair, piece); while
    only what differs is shown, a run of pairs that are alike is one row, (number of its first pair, `BAND`).

    Attributes:
        start: Index of the first recorded step that is replaced.
        starts: Where the two sides part, which stands out.
    """

    def __init__(self, recorded: Sequence[Step] = (), revision: Revision | None = None) -> None:
        self.recorded = recorded
        self.corrected: Sequence[CorrectedStep] = revision.steps if revision else ()
        self.start = min(revision.start, len(recorded)) if revision else len(recorded)
        self.starts: frozenset[Place] = frozenset({(DREAMED, self.start)})
        self.content = lru_cache(maxsize=128)(self._content)
        self.differences = lru_cache(maxsize=128)(self._differences)
        self.extent = cache(self._extent)
        self._join(self.start, align(recorded, self.corrected, self.start) if revision else [])

    def _join(self, kept: int, tail: list[Pair]) -> None:
        """Let the first *kept* recorded steps stand beside themselves, and after them the pairs of *tail*."""
        self._kept, self._tail = kept, tail
        self._unfolded: set[Place] = set()
        self._hidden: set[int] = set()
        self._pair_of: dict[Place, int] = {}
        for number, (left, right) in enumerate(tail, kept):
            if left is not None:
                self._pair_of[RECORDED, left] = number
            if right is not None:
                self._pair_of[DREAMED, right] = number
        self._arrange()

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return self._kept + len(self._tail)

    def places(self, pair: int) -> tuple[Place | None, Place | None]:
        """Return what stands left and right in *pair*."""
        if pair < self._kept:
            return (RECORDED, pair), ((RECORDED, pair) if self._tail or self.corrected else None)
        left, right = self._tail[pair - self._kept]
        return (None if left is None else (RECORDED, left)), (None if right is None else (DREAMED, right))

    def pair_of(self, place: Place) -> int | None:
        """Return the pair in which *place* stands, or None where there is no such step."""
        if place[0] == RECORDED and 0 <= place[1] < self._kept:
            return place[1]
        return self._pair_of.get(place)

    def row_of(self, place: Place, position: int = 0) -> int | None:
        """Return the row that shows character *position* of the text of *place*."""
        pair = self.pair_of(place)
        if pair is None or pair in self._hidden:
            return None if pair is None else self._row_of_pair[pair]
        cut = pieces(self.content(place).text)
        piece = next((i for i, (_, stop) in enumerate(cut) if position < stop), 0)
        return self._row_of_pair[pair] + piece

    def corrected_step(self, place: Place) -> CorrectedStep | None:
        """Return the corrected step at *place*, or None when it is a recorded one."""
        return self.corrected[place[1] - self.corrected[0].step.index] if place[0] == DREAMED else None

    def step(self, place: Place) -> Step:
        """Return the step at *place*."""
        corrected = self.corrected_step(place)
        return corrected.step if corrected else self.recorded[place[1]]

    def piece(self, place: Place, number: int) -> Span | None:
        """Return which part of its text *place* shows in its row *number*, or None where it ended before."""
        cut = pieces(self.content(place).text)
        return cut[number] if number < len(cut) else None

    def unfolded(self, place: Place) -> bool:
        """Tell whether the person asked for all of *place*."""
        return place in self._unfolded

    def toggle(self, place: Place) -> bool:
        """Unfold *place* or the run that it stands in, or fold it again; tell whether anything changed."""
        if self.hidden(place):
            self._hidden.difference_update(self.run(self.row_of(place) or 0))
            self._arrange()
            return True
        if not self.unfolded(place) and not self.content(place).folded:
            return False
        self._unfolded ^= {place}
        self.content.cache_clear()
        self.differences.cache_clear()
        self._arrange()
        return True

    def narrow(self, keep: Place | None) -> None:
        """Show only what differs, and the pair of *keep*."""
        kept = self.pair_of(keep) if keep is not None else None
        self._hidden = {pair for pair in range(self.pairs) if pair != kept and self.alike(pair)}
        self._arrange()

    def widen(self) -> None:
        """Show every pair again."""
        self._hidden.clear()
        self._arrange()

    def hidden(self, place: Place) -> bool:
        """Tell whether *place* stands in a run that is one row."""
        return self.pair_of(place) in self._hidden

    def run(self, row: int) -> range:
        """Return the pairs that *row* stands for."""
        first = stop = self.rows[row][0]
        while self.rows[row][1] == BAND and stop + 1 in self._hidden:
            stop += 1
        return range(first, stop + 1)

    def alike(self, pair: int) -> bool:
        """Tell whether both sides of *pair* are there and say the same."""
        left, right = self.places(pair)
        if left is None or right is None or left == right:
            return left == right
        a, b = self.step(left), self.step(right)
        if (a.kind, a.actor, a.tool, a.is_error) != (b.kind, b.actor, b.tool, b.is_error):
            return False
        short = max(len(a.content), len(b.content)) <= FOLD
        return a.content == b.content or (short and not any(self.differences(pair)))

    def next_difference(self, pair: int, by: int) -> int | None:
        """Return the nearest pair after (*by* 1) or before (*by* -1) *pair* that differs, or None."""
        beyond = range(pair + by, self.pairs if by > 0 else -1, by)
        return next((other for other in beyond if not self.alike(other)), None)

    def _arrange(self) -> None:
        """List the rows anew."""
        self.rows: list[tuple[int, int]] = []
        self._row_of_pair: list[int] = []
        long = {pair: self._pieces(pair) for p in self._unfolded if (pair := self.pair_of(p)) is not None}
        for pair in range(self.pairs):
            hidden = pair in self._hidden
            if not hidden or pair - 1 not in self._hidden:
                self._row_of_pair.append(len(self.rows))
                self.rows += [(pair, BAND)] if hidden else [(pair, piece) for piece in range(long.get(pair, 1))]
            else:
                self._row_of_pair.append(len(self.rows) - 1)

    def _pieces(self, pair: int) -> int:
        return max(len(pieces(self.content(place).text)) for place in self.places(pair) if place is not None)

    def marks(self, pair: int, side: int) -> list[Span]:
        """Return what differs in the text on *side* (0 left, 1 right) of *pair*."""
        return self.differences(pair)[side] if pair >= self._kept else []

    def partly_compared(self, pair: int) -> bool:
        """Tell whether a text of *pair* is too long to be compared to its end."""
        places = self.places(pair)
        return (
            pair >= self._kept
            and None not in places
            and any(len(self.content(place).text) > LIMIT for place in places if place is not None)
        )

    def lines(self, row: int, columns: int) -> float:
        """Guess how many lines of *columns* characters the taller side of *row* takes."""
        if self.rows[row][1] == BAND:
            return 1.0
        size, breaks = self.extent(*self.rows[row])
        return max(1.0, size / columns + breaks)

    def _extent(self, pair: int, number: int) -> tuple[int, int]:
        """Return how many characters and line breaks the longer side of piece *number* of *pair* has, as recorded."""
        texts = [self.step(place).content for place in self.places(pair) if place is not None]
        text = max(texts, key=len)
        return max(0, min(len(text) - number * FOLD, FOLD)), text.count("\n", number * FOLD, (number + 1) * FOLD)

    def _content(self, place: Place) -> Content:
        return content(self.step(place), self.unfolded(place))

    def _differences(self, pair: int) -> tuple[list[Span], list[Span]]:
        left, right = self.places(pair)
        if left is None or right is None:
            return [], []
        return differences(self.content(left).text, self.content(right).text)
