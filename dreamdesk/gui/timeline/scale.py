"""Arithmetic between columns and pixels, and the level of detail. No Qt.

The timeline has one column per step. `Scale` says where a column lies on the screen and how zooming and panning move
it; `Occupancy` merges columns where they are narrower than the eye can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from dreamdesk.gui.timeline.clock import Clock

MAX_PITCH = 44.0
"""Widest column of an episode that is seen as a whole, in pixels: room for a box with a four-digit number."""
CLOSEST = 360.0
"""Widest column of all, in pixels: room for one step with its first words."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where columns lie.

    Attributes:
        count: Number of columns.
        width: Room for them in pixels.
        pitch: Pixels per column.
        left: Column at the left edge; a fraction while panning.
        clock: Stretches the columns by time; None where all are alike.
    """

    count: int
    width: float
    pitch: float = MAX_PITCH
    left: float = 0.0
    clock: Clock | None = None

    @property
    def closest(self) -> float:
        """The highest pitch: at which the narrowest column has all the room that it needs."""
        room = min(CLOSEST, max(MAX_PITCH, self.width))
        return room / self.clock.narrowest if self.clock else room

    @property
    def fit_pitch(self) -> float:
        """The pitch at which all columns are seen, or the widest one if there are few."""
        return min(MAX_PITCH, max(self.width, 1.0) / max(self.count, 1))

    def x(self, column: float) -> float:
        """Return the x of the left edge of *column*."""
        return ((self.clock.place(column) if self.clock else column) - self.left) * self.pitch

    def column(self, x: float) -> float:
        """Return the column at *x* and how far into it that is; it may lie outside of the episode."""
        place = x / self.pitch + self.left
        return self.clock.column(place) if self.clock else place

    def column_at(self, x: float) -> int:
        """Return the column at *x*; it may lie outside of the episode."""
        return int(self.column(x) // 1)

    def visible(self) -> range:
        """Return the columns that are at least partly seen."""
        return range(max(0, int(self.column(0))), min(self.count, int(self.column(self.width)) + 1))

    @property
    def detail(self) -> float:
        """Pixels that a column has on average, of those that are seen: what the level of detail follows."""
        return self.width / max(1, len(self.visible())) if self.clock else self.pitch

    def whole(self) -> Scale:
        """Return the scale of the overview: everything, all columns alike."""
        return replace(self, clock=None).fitted()

    def timed(self, clock: Clock | None) -> Scale:
        """Return the scale that shows everything, stretched by *clock* or, with None, evenly."""
        return replace(self, clock=clock).fitted()

    def fitted(self) -> Scale:
        """Return the scale that shows everything."""
        return replace(self, pitch=self.fit_pitch, left=0.0)

    def resized(self, count: int, width: float) -> Scale:
        """Return the scale for other columns or another width. What showed everything goes on showing everything."""
        whole = self.pitch <= self.fit_pitch * 1.001
        changed = replace(self, count=count, width=width)
        return changed.fitted() if whole else changed._held()

    def zoomed(self, factor: float, x: float) -> Scale:
        """Return the scale *factor* times as close, the column under *x* staying where it is."""
        pitch = min(self.closest, max(self.fit_pitch, self.pitch * factor))
        return replace(self, pitch=pitch, left=self.left + x / self.pitch - x / pitch)._held()

    def close_up(self, column: int) -> Scale:
        """Return the scale at which *column* has all the room that one step needs, in the middle."""
        width = self.x(column + 1) - self.x(column)
        return self.zoomed(CLOSEST / width, self.x(column + 0.5)).centred(column)

    def panned(self, dx: float) -> Scale:
        """Return the scale with the contents moved *dx* pixels to the right."""
        return replace(self, left=self.left - dx / self.pitch)._held()

    def centred(self, column: int) -> Scale:
        """Return the scale moved so that *column* stands in the middle, as far as the episode allows."""
        return self.panned(self.width / 2 - self.x(column + 0.5))

    def showing(self, column: int, margin: float = 1.5) -> Scale:
        """Return the scale moved just as far as needed for *column* to be seen, *margin* columns from the edge."""
        room = self.width / self.pitch
        margin = min(margin, max(0.0, (room - 1) / 2))
        begin, end = (self.clock.place(c) if self.clock else c for c in (column, column + 1))
        left = max(self.left, end + margin - room)
        left = min(left, begin - margin)
        return replace(self, left=left)._held()

    def _held(self) -> Scale:
        """Return the scale kept within the episode."""
        pitch = min(self.closest, max(self.fit_pitch, self.pitch))
        left = min(self.left, self.count - self.width / pitch)
        return replace(self, pitch=pitch, left=max(0.0, left))


class Occupancy:
    """Which columns a lane occupies, seen at any level of detail: a block of level *k* covers 2^k columns.

    What is asked for is counted when it is asked for: over a million columns that takes less than a millisecond, so
    nothing is built beforehand. A block with a single occupied column is still told, so nothing vanishes by merging.
    """

    def __init__(self, occupied: Iterable[bool] | bytes) -> None:
        self._columns = bytes(occupied)

    def next(self, column: int) -> int | None:
        """Return the first occupied column from *column* on, or None."""
        at = self._columns.find(1, column)
        return at if at >= 0 else None

    def previous(self, column: int) -> int | None:
        """Return the last occupied column before *column*, or None."""
        at = self._columns.rfind(1, 0, column)
        return at if at >= 0 else None

    def blocks(self, level: int, columns: range, grades: int, *, joined: bool) -> Iterator[tuple[int, int, int]]:
        """Yield (first column, column after the last, grade) of each block with something in it.

        The grade is 1 where few columns of it are occupied, *grades* where all are. Blocks begin at multiples of
        2^*level* and are cut to *columns*, so that neighbouring ranges never overlap. If *joined*, neighbours of the
        same grade are one: far out there are few of them, which is what makes painting fast.
        """
        start, stop, size, count = columns.start, columns.stop, 1 << level, self._columns.count
        bounds = [start, *range((start | (size - 1)) + 1, stop, size), max(start, stop)]
        found = [
            (full := count(1, a, b)) * grades // (b - a) + (0 < full < b - a) for a, b in pairwise(bounds) if a < b
        ]
        first = 0
        for at, grade in enumerate(found):
            following = at + 1
            if joined and following < len(found) and found[following] == grade:
                continue
            if grade:
                yield bounds[first], bounds[following], grade
            first = following


def level_for(pitch: float, least: float = 4.0) -> int:
    """Return the finest level at which a block takes at least *least* pixels, at *pitch* pixels per column."""
    level = 0
    while pitch * (1 << level) < least:
        level += 1
    return level
