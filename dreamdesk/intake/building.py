"""Builds the steps of an episode: gives indexes and turns, joins calls to results, and notices what is missing."""

from __future__ import annotations

from dataclasses import replace

from dreamdesk.intake.shape import text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Gap, GapKind, Kind, Step

# Named here because an attribute of an enum takes long to look up (Python 3.11: as long as half a step takes to make).
_CALL, _RESULT = Kind.TOOL_CALL, Kind.TOOL_RESULT


def task_key(task_id: Json, agent: str, first_text: str) -> str:
    """Return the key that attempts at one task share: the source's id, else a digest of the first text.

    The agent's name is a part of it, because two departments may both have a task 1.
    """
    if task_id not in (None, ""):
        return f"task:{text_of(task_id)[:120]}:{digest([agent])[:8]}"
    return f"text:{digest([agent, first_text])[:16]}" if first_text else ""


class StepBuilder:
    """Collects steps in order.

    Attributes:
        steps, gaps: What was collected.
        turn: Ordinal of the turn that the next step belongs to.
    """

    def __init__(self, index: int = 0, turn: int = 0) -> None:
        self.steps: list[Step] = []
        self.gaps: list[Gap] = []
        self.turn = turn
        self._first = index
        self._calls: dict[str, int] = {}
        self._open: dict[str, None] = {}

    @property
    def next_index(self) -> int:
        """Index that the next step will get."""
        return self._first + len(self.steps)

    def next_turn(self) -> None:
        """Begin a new turn, unless the present one is still empty."""
        if self.steps and self.steps[-1].turn == self.turn:
            self.turn += 1

    def add(
        self,
        actor: Actor,
        kind: Kind,
        content: str,
        *,
        native: int | None = None,
        agent: str = "",
        tool: str = "",
        call_id: str = "",
        is_error: bool = False,
        at: int | None = None,
        tokens: int | None = None,
        parent: int | None = None,
        pointer: str = "",
    ) -> int:
        """Append a step to the present turn and return its index.

        A result without a tool name takes the name from its call.
        """
        index = self._first + len(self.steps)
        if kind is _CALL and call_id:
            self._calls[call_id] = index
            self._open[call_id] = None
        elif kind is _RESULT and call_id:
            if call_id not in self._calls:
                self.gap(GapKind.ORPHAN_RESULT, "This result answers a call that the trace does not show.", index)
            else:
                tool = tool or self.steps[self._calls[call_id] - self._first].tool
            self._open.pop(call_id, None)
        self.steps.append(
            Step(
                index, actor, kind, content, self.turn, native, agent, tool, call_id, is_error, at, tokens, parent,
                pointer,
            )
        )  # fmt: skip
        return index

    def missing(
        self,
        gap: GapKind,
        note: str,
        content: str = "",
        *,
        actor: Actor = Actor.AGENT,
        native: int | None = None,
        agent: str = "",
        at: int | None = None,
        parent: int | None = None,
        is_error: bool = False,
        tokens: int | None = None,
        pointer: str = "",
    ) -> int:
        """Append a step of kind gap, which stands in the timeline for something that the trace does not show."""
        index = self.add(
            actor, Kind.GAP, content, native=native, agent=agent, at=at, parent=parent, is_error=is_error,
            tokens=tokens, pointer=pointer,
        )  # fmt: skip
        self.gap(gap, note, index)
        return index

    def gap(self, kind: GapKind, note: str, step: int | None = None) -> None:
        """Note that the trace does not show something at *step*, or in the episode as a whole."""
        self.gaps.append(Gap(kind, note, step))

    def without_readers(self, calls: int) -> None:
        """Clear `native` where it names a model call that never happened: *calls* is how many did."""
        self.steps = [replace(s, native=None) if s.native is not None and s.native >= calls else s for s in self.steps]

    def close(self) -> None:
        """Note the calls that never got a result."""
        for call_id in self._open:
            self.gap(GapKind.ORPHAN_CALL, "The trace does not show a result of this call.", self._calls[call_id])
        self._open.clear()
