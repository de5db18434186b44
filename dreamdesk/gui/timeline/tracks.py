"""What the timeline shows: the recorded track, the dreamed one, and how the keyboard walks along them. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dreamdesk.gui.timeline.clock import Clock
from dreamdesk.gui.timeline.layout import DREAMED, RECORDED, Branch, lanes_of
from dreamdesk.gui.timeline.scale import Occupancy
from dreamdesk.language import t
from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Gap, Kind, Step
from dreamdesk.model.finding import Candidate
from dreamdesk.model.text import one_line

Place = tuple[str, int]
"""A track's name and a step's index on it."""

_KINDS = {
    Kind.MESSAGE: t("message"),
    Kind.THINKING: t("thinking"),
    Kind.TOOL_CALL: t("tool call"),
    Kind.TOOL_RESULT: t("tool result"),
    Kind.HANDOFF: t("handoff"),
    Kind.GAP: t("gap"),
}


class Tracks:
    """The recorded steps of one episode with its error point, candidates and gaps, and the branch dreamed from it."""

    def __init__(
        self,
        steps: Sequence[Step] = (),
        error: int | None = None,
        candidates: Sequence[Candidate] = (),
        gaps: Sequence[Gap] = (),
    ) -> None:
        self.steps = steps
        self.error = error if error is not None and 0 <= error < len(steps) else None
        self.candidates = {c.step: c for c in sorted(candidates, key=lambda c: c.probability) if c.step < len(steps)}
        self.gaps = {gap.step: gap for gap in gaps if gap.step is not None and gap.step < len(steps)}
        lanes, numbers = lanes_of(steps)
        self.places = [lanes[own] for own in numbers]
        self.lanes = {  # in the order in which they come
            lanes[own]: Occupancy(numbers.translate(bytes([number == own for number in range(256)])))
            for own in sorted((own for own in range(len(lanes)) if own in numbers), key=numbers.index)
        }
        self.faults = Occupancy([step.is_error for step in steps])
        self.found: dict[int, None] = {}
        self.corrected: Sequence[CorrectedStep] = ()
        self.branch: Branch | None = None

    def correct(self, start: int | None, corrected: Sequence[CorrectedStep]) -> None:
        """Let *corrected* branch off at step *start*; None takes the branch away."""
        self.corrected = corrected if start is not None else ()
        self.branch = None if start is None else Branch(max(0, min(start, len(self.steps))), len(corrected))

    def find(self, found: Collection[int]) -> None:
        """Mark the recorded steps *found* by a search, in the place of those marked before."""
        self.found = dict.fromkeys(sorted(step for step in found if 0 <= step < len(self.steps)))

    def clock(self) -> Clock | None:
        """Return what stretches the columns by time; None where the recording does not tell times."""
        times = [step.at for step in self.steps]
        return Clock(times) if Clock.tells(times) else None

    @property
    def columns(self) -> int:
        """Number of columns that the tracks take."""
        return max(len(self.steps), self.branch.columns if self.branch and self.branch.count else 0)

    @property
    def cut(self) -> int:
        """Index of the step after which the recording is only what went wrong from there on."""
        if self.error is not None:
            return self.error
        return self.branch.start if self.branch else len(self.steps)

    def exists(self, place: Place) -> bool:
        """Tell whether there is such a step."""
        track, index = place
        if track == DREAMED:
            return self.branch is not None and self.branch.start <= index < self.branch.stop
        return track == RECORDED and 0 <= index < len(self.steps)

    def step(self, place: Place) -> Step:
        """Return the step at *place*."""
        track, index = place
        if track == DREAMED and self.branch is not None:
            return self.corrected[index - self.branch.start].step
        return self.steps[index]

    def column(self, place: Place) -> int:
        """Return the column in which *place* stands."""
        track, index = place
        return self.branch.column(index) if track == DREAMED and self.branch else index

    def moved(self, place: Place, by: int) -> Place:
        """Return the place *by* steps further. Leftwards out of the dream one comes to the recorded steps before it."""
        track, index = place
        target = index + by
        if track == DREAMED and self.branch is not None:
            if target >= self.branch.start or not self.branch.start:
                return DREAMED, max(self.branch.start, min(self.branch.stop - 1, target))
            track = RECORDED
        return track, max(0, min(len(self.steps) - 1, target))

    def end(self, place: Place, last: bool) -> Place:
        """Return the first or last step of the path that *place* is on."""
        if not last:
            return (RECORDED, 0) if self.steps else place
        if place[0] == DREAMED and self.branch is not None:
            return DREAMED, self.branch.stop - 1
        return RECORDED, len(self.steps) - 1

    def next_candidate(self, place: Place, by: int) -> Place | None:
        """Return the nearest error candidate after (*by* 1) or before (*by* -1) *place*, or None."""
        marked = set(self.candidates) | ({self.error} if self.error is not None else set())
        beyond = [step for step in marked if (step - place[1]) * by > 0]
        if not beyond:
            return None
        return RECORDED, min(beyond) if by > 0 else max(beyond)

    def next_mark(self, place: Place, by: int) -> Place | None:
        """Return the nearest step that something is marked on, or None.

        That is the error point, a candidate, a gap, a step that the source flags as an error, or one that was found.
        """
        marked = {*self.candidates, *self.gaps, *self.found, *([self.error] if self.error is not None else [])}
        index = place[1]
        after = self.faults.next(index + 1) if by > 0 else self.faults.previous(index)
        marked |= {after} if after is not None else set()
        beyond = [step for step in marked if (step - index) * by > 0]
        return (RECORDED, min(beyond) if by > 0 else max(beyond)) if beyond else None

    def counterpart(self, place: Place) -> Place | None:
        """Return the step of the other track at the same position, or the nearest one; None without a dream."""
        if self.branch is None or not self.branch.count or not self.steps:
            return None
        track, index = place
        if track == DREAMED:
            return RECORDED, min(index, len(self.steps) - 1)
        return DREAMED, max(self.branch.start, min(self.branch.stop - 1, index))

    def describe(self, place: Place, quote: int = 0) -> str:
        """Return what stands at *place* in words, with the first *quote* characters of its text."""
        track, index = place
        step = self.step(place)
        who = one_line(step.agent, 40) or t(step.actor.value)
        parts = [t("Step {index}{track}", index=index, track="′" if track == DREAMED else ""), who, _KINDS[step.kind]]
        if step.tool:
            parts.append(one_line(step.tool, 40))
        if track == DREAMED and self.branch is not None:
            parts.append(t(self.corrected[index - self.branch.start].provenance.value))
        else:
            parts += [t("error point")] if index == self.error else []
            parts += [t("flagged as an error")] if step.is_error else []
            parts += [t("found")] if index in self.found else []
            if index in self.candidates and index != self.error:
                parts.append(t("candidate {probability:.2f}", probability=self.candidates[index].probability))
            if index in self.gaps:
                parts.append(t("gap: {note}", note=one_line(self.gaps[index].note, 80)))
        words = " · ".join(parts)
        text = one_line(step.content, quote) if quote else ""
        return f"{words}\n{text}" if text else words
