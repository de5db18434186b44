"""Where the parts of the timeline stand, and what lies under a point. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dreamdesk.gui.timeline.scale import Scale
from dreamdesk.model.episode import Actor, Kind, Step

RECORDED, DREAMED = "recorded", "dreamed"

LANES = {Actor.SYSTEM: "System", Actor.USER: "User", Actor.AGENT: "Agent", Actor.TOOL: "Tool"}
"""The lanes from top to bottom. The first one is shown only where the trace has steps in it."""


def lanes_of(steps: Iterable[Step]) -> list[Actor]:
    """Return the lane of each recorded step: its actor's, but a tool call stands beside its result."""
    tool, call = Actor.TOOL, Kind.TOOL_CALL
    return [tool if step.kind is call else step.actor for step in steps]


@dataclass(frozen=True, slots=True)
class Layout:
    """Vertical places, in pixels from the top.

    Attributes:
        lanes: Centre line of each lane shown.
        dream: Centre line of the dreamed track.
        overview: Top of the overview strip.
        hint: Baseline area of the line of key hints.
        height: Of the whole.
        unit: Height of a line of text, which all else follows.
    """

    lanes: dict[Actor, float]
    dream: float
    overview: float
    hint: float
    height: float
    unit: float

    GUTTER = 88.0
    """Room at the left for the names of the lanes."""
    MARGIN = 18.0
    """Room at the left edge, the right edge, and beside the names."""

    @property
    def box(self) -> float:
        """Height of a step's box."""
        return self.unit * 1.6

    def track(self, track: str, lane: Actor) -> float:
        """Return the centre line of *lane*, or of the dreamed track, which has no lanes."""
        return self.dream if track == DREAMED else self.lanes[lane]


def arrange(lanes: Iterable[Actor], unit: float) -> Layout:
    """Return the layout for the *lanes* that are in use, with lines of text *unit* pixels high."""
    present = set(lanes)
    shown = [actor for actor in LANES if actor is not Actor.SYSTEM or actor in present]
    pitch = unit * 2.3
    top = unit * 3.3
    centres = {actor: top + row * pitch for row, actor in enumerate(shown)}
    dream = top + (len(shown) - 1) * pitch + unit * 3.5
    hint = dream + unit * 1.35
    return Layout(centres, dream, unit * 0.75, hint, hint + unit * 1.6, unit)


@dataclass(frozen=True, slots=True)
class Branch:
    """The dreamed track: it leaves the recorded one at step *start* and holds *count* steps.

    Dreamed steps go by their own index, ``start + i``, and stand one column right of the recorded step of that index,
    which leaves room for the curve.
    """

    start: int
    count: int

    @property
    def stop(self) -> int:
        """Index after the last dreamed step."""
        return self.start + self.count

    def column(self, index: int) -> int:
        """Return the column of the dreamed step *index*."""
        return index + 1

    def index(self, column: int) -> int | None:
        """Return the dreamed step in *column*, or None."""
        return column - 1 if self.start <= column - 1 < self.stop else None

    @property
    def columns(self) -> int:
        """Number of columns that the track needs, counted from the first of the episode."""
        return self.stop + 1


def hit(layout: Layout, scale: Scale, count: int, branch: Branch | None, x: float, y: float) -> tuple[str, int] | None:
    """Return what lies at *x* (from the first column's edge at scale position 0) and *y*: (track, step index) or None.

    There are *count* recorded steps. On the overview strip a point means the recorded step there. The lanes are
    forgiving: a step is hit anywhere in its column between the highest and the lowest lane.
    """
    if layout.overview <= y <= layout.overview + layout.unit and count:
        return RECORDED, max(0, min(count - 1, scale.fitted().column_at(x)))
    column = scale.column_at(x)
    reach = layout.box * 0.75
    if abs(y - layout.dream) <= reach:
        index = branch.index(column) if branch else None
        return None if index is None else (DREAMED, index)
    if 0 <= column < count and min(layout.lanes.values()) - reach <= y <= max(layout.lanes.values()) + reach:
        return RECORDED, column
    return None
