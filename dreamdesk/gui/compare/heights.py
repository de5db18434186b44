"""Heights of many rows, guessed until measured. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Heights:
    """The heights of all rows, in pixels, so that a scroll bar knows the whole without anything being laid out."""

    def __init__(self, guesses: Iterable[float] = ()) -> None:
        self._heights = list(guesses)
        self._tops: list[float] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> float:
        return self._heights[row]

    def measured(self, row: int, height: float) -> None:
        """Put the real height of *row* in the place of the guess."""
        if self._heights[row] != height:
            self._heights[row] = height
            self._tops = None

    def top(self, row: int) -> float:
        """Return where *row* begins."""
        return self._sums()[row]

    @property
    def total(self) -> float:
        """Height of all rows."""
        return self._sums()[-1]

    def row_at(self, y: float) -> int:
        """Return the row that holds *y*; the first or last one outside."""
        return max(0, min(len(self._heights) - 1, bisect_right(self._sums(), y) - 1))

    def _sums(self) -> list[float]:
        if self._tops is None:
            self._tops = [0.0, *accumulate(self._heights)]
        return self._tops
