"""Where the parts of the timeline stand, and what lies under a point. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dreamdesk.gui.timeline.scale import Scale
from dreamdesk.language import t
from dreamdesk.model.episode import Actor, Kind, Step

RECORDED, DREAMED = "recorded", "dreamed"

MOST_AGENTS = 5
"""So many agents have a lane of their own; of more, those that act least share the last one."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A line of the map: an actor's or, where several agents work together, an agent's.

    Attributes:
        actor: Whose steps stand on it.
        agent: The agent's name, "" where an episode has only one.
    """

    actor: Actor
    agent: str = ""

    @property
    def title(self) -> str:
        """Return the name of the lane for people."""
        return self.agent or _TITLES[self.actor]


_TITLES = {Actor.SYSTEM: t("System"), Actor.USER: t("User"), Actor.AGENT: t("Agent"), Actor.TOOL: t("Tool")}
OTHERS = Lane(Actor.AGENT, t("Other agents"))
_ALWAYS = (Lane(Actor.USER), Lane(Actor.AGENT), Lane(Actor.TOOL))


def lanes_of(steps: Sequence[Step]) -> tuple[list[Lane], bytes]:
    """Return lanes, and for each recorded step the number of its own among them.

    That is its actor's or agent's, but a tool call stands beside its result. Not every lane need have a step.
    """
    user, agent, tool, call = Actor.USER, Actor.AGENT, Actor.TOOL, Kind.TOOL_CALL  # told apart by `is`: it is fastest
    numbers = bytes(
        [
            3 if step.kind is call or (by := step.actor) is tool else 2 if by is agent else 1 if by is user else 0
            for step in steps
        ]
    )
    lanes = [Lane(actor) for actor in (Actor.SYSTEM, user, agent, tool)]
    agents = Counter([step.agent for step in steps if step.agent and step.actor is agent and step.kind is not call])
    if len(agents) < 2:
        return lanes, numbers
    most = MOST_AGENTS if len(agents) <= MOST_AGENTS else MOST_AGENTS - 1
    own = {name: len(lanes) + at for at, (name, _) in enumerate(agents.most_common(most))}
    others = len(lanes) + len(own)
    return [*lanes, *(Lane(agent, name) for name in own), OTHERS], bytes(
        [
            own.get(step.agent, others) if step.agent and number == 2 else number
            for step, number in zip(steps, numbers, strict=True)
        ]
    )


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
        gutter: Room at the left for the names of the lanes.
    """

    lanes: dict[Lane, float]
    dream: float
    overview: float
    hint: float
    height: float
    unit: float
    gutter: float

    MARGIN = 18.0
    """Room at the left edge, the right edge, and beside the names."""

    @property
    def box(self) -> float:
        """Height of a step's box."""
        return self.unit * 1.6

    def track(self, track: str, lane: Lane) -> float:
        """Return the centre line of *lane*, or of the dreamed track, which has no lanes."""
        return self.dream if track == DREAMED else self.lanes[lane]


def arrange(lanes: Iterable[Lane], unit: float) -> Layout:
    """Return the layout for the *lanes* that are in use, with lines of text *unit* pixels high.

    The lanes stand in the order system, user, agents as they come, tool; the last three are always there.
    """
    present = dict.fromkeys(lanes)
    several = any(lane.agent for lane in present)
    present |= dict.fromkeys(lane for lane in _ALWAYS if lane.actor is not Actor.AGENT or not several)
    order = (Actor.SYSTEM, Actor.USER, Actor.AGENT, Actor.TOOL)
    shown = sorted(present, key=lambda lane: (order.index(lane.actor), lane == OTHERS))
    pitch = unit * (2.3 if len(shown) <= len(order) else 1.9)
    top = unit * 3.6
    centres = {lane: top + row * pitch for row, lane in enumerate(shown)}
    dream = top + (len(shown) - 1) * pitch + unit * 3.5
    hint = dream + unit * 1.35
    gutter = float(round(unit * (10 if several else 6.3)))  # whole pixels keep the outlines of boxes sharp
    return Layout(centres, dream, unit * 0.75, hint, hint + unit * 1.6, unit, gutter)


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


def on_overview(layout: Layout, y: float) -> bool:
    """Tell whether *y* lies on the strip that shows the whole episode."""
    return layout.overview <= y <= layout.overview + layout.unit


def hit(layout: Layout, scale: Scale, count: int, branch: Branch | None, x: float, y: float) -> tuple[str, int] | None:
    """Return what lies at *x* (from the first column's edge at scale position 0) and *y*: (track, step index) or None.

    There are *count* recorded steps. On the overview strip a point means the recorded step there. The lanes are
    forgiving: a step is hit anywhere in its column between the highest and the lowest lane.
    """
    if on_overview(layout, y) and count:
        return RECORDED, max(0, min(count - 1, scale.whole().column_at(x)))
    column = scale.column_at(x)
    reach = layout.box * 0.75
    if abs(y - layout.dream) <= reach:
        index = branch.index(column) if branch else None
        return None if index is None else (DREAMED, index)
    if 0 <= column < count and min(layout.lanes.values()) - reach <= y <= max(layout.lanes.values()) + reach:
        return RECORDED, column
    return None
