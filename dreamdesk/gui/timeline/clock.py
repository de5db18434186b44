"""The time scale: how columns are stretched so that each is as wide as its step lasted. No Qt."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

_EVEN = 0.15
"""Share of the width that all steps have alike, so that steps of the same moment can still be seen and chosen."""


class Clock:
    """The edges of the columns when a step is as wide as the time until the next one.

    *times* are nanoseconds since 1970, None where a step has none: such a step stands at the time of the one before.
    A time before an earlier one counts as that. Edges are counted in columns of the even scale, so that the whole is as
    wide as without it; the last step, of which nobody knows how long it took, has an even column's share.
    """

    def __init__(self, times: Sequence[int | None]) -> None:
        at, self._at = next(time for time in times if time is not None), array("q")
        for time in times:
            at = max(at, time) if time is not None else at
            self._at.append(at)
        count, first, span = len(times), self._at[0], self._at[-1] - self._at[0]
        stretch = (1 - _EVEN) * (count - 1) / span
        self._edges = array("d", (i * _EVEN + (at - first) * stretch for i, at in enumerate(self._at)))
        self._edges.append(float(count))

    @staticmethod
    def tells(times: Sequence[int | None]) -> bool:
        """Tell whether *times* are enough for a time scale: two that differ."""
        known = [time for time in times if time is not None]
        return bool(known) and max(known) > known[0]

    @property
    def narrowest(self) -> float:
        """A width that no column is below, in columns of the even scale."""
        return _EVEN

    def place(self, column: float) -> float:
        """Return where *column*, or the point within it, lies; beyond the steps columns are even."""
        whole = int(column // 1)
        if whole < 0 or whole >= len(self._at):
            return column
        left, right = self._edges[whole], self._edges[whole + 1]
        return left + (right - left) * (column - whole)

    def column(self, place: float) -> float:
        """Return the column at *place*, with the part of it that lies to the left: the inverse of `place`."""
        if place < 0 or place >= self._edges[-1]:
            return place
        whole = bisect_right(self._edges, place) - 1
        left, right = self._edges[whole], self._edges[whole + 1]
        return whole + (place - left) / (right - left)

    def elapsed(self, column: float) -> int:
        """Return the nanoseconds from the first step to *column*."""
        whole = max(0, min(len(self._at) - 1, int(column)))
        following = self._at[min(whole + 1, len(self._at) - 1)]
        return int(self._at[whole] - self._at[0] + (following - self._at[whole]) * min(1.0, column - whole))


def span(nanoseconds: int) -> str:
    """Return a time span in its two largest units: "850 ms", "12 s", "3 m 20 s", "2 h 5 m", "4 d 1 h"."""
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds // 1_000_000} ms" if nanoseconds else "0 s"
    seconds = nanoseconds // 1_000_000_000
    for unit, length, small, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "m", 60), ("m", 60, "s", 1)):
        if seconds >= length:
            rest = seconds % length // part
            return f"{seconds // length} {unit} {rest} {small}" if rest else f"{seconds // length} {unit}"
    return f"{seconds} s"
