"""The case: one revision of a correction, with everything that a guardrail may look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from dreamdesk.guard.calls import leaves, same_call
from dreamdesk.guard.known import Known
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step
from dreamdesk.model.execution import Execution
from dreamdesk.model.finding import Candidate, Finding

RECORDED = frozenset({Provenance.REPLAYED, Provenance.GRAFTED, Provenance.IMPORTED})
"""Provenances of steps that somebody recorded; everything else is somebody's invention."""


@dataclass(frozen=True)  # no slots: cached_property needs a __dict__
class Case:
    """One revision before the guardrails.

    Attributes:
        episode: The recording that is corrected.
        revision: What is checked.
        error: The error point that stands, if there is one.
        findings: The detectors, run on any episode; injected, as a stage imports no other.
        expected: Expected answers that the corrector was shown.
        execution: The path executed again in an environment, where one fits.
        newer: Id of a later state of the episode that the desk holds, if it holds one.
    """

    episode: Episode
    revision: Revision
    error: Candidate | None = None
    findings: Callable[[Episode], Sequence[Finding]] | None = None
    expected: Sequence[str] = ()
    execution: Execution | None = None
    newer: int | None = None

    @cached_property
    def start(self) -> int:
        """Position of the first corrected step in the path; never beyond the recording, whatever the revision says."""
        return len(self.path) - len(self.revision.steps)

    @cached_property
    def path(self) -> tuple[Step, ...]:
        """The corrected trajectory: recorded prefix, then corrected steps. Quotes name positions in it."""
        return corrected_path(self.episode, self.revision) if self.revision.start >= 0 else self._steps

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return tuple(corrected.step for corrected in self.revision.steps)

    @cached_property
    def continuation(self) -> tuple[tuple[int, CorrectedStep], ...]:
        """The corrected steps, each with its position in the path."""
        return tuple(enumerate(self.revision.steps, self.start))

    @cached_property
    def told(self) -> tuple[tuple[int, CorrectedStep], ...]:
        """What the agent says, thinks and calls in the continuation."""
        return tuple((at, c) for at, c in self.continuation if c.step.actor is Actor.AGENT)

    @cached_property
    def calls(self) -> tuple[tuple[int, CorrectedStep], ...]:
        """The tool calls of the continuation."""
        return tuple((at, c) for at, c in self.continuation if c.step.kind is Kind.TOOL_CALL)

    @cached_property
    def recorded_calls(self) -> frozenset[str]:
        """Keys (see `same_call`) of every call that the recording or the donor of a graft made."""
        grafted = [c.step for _, c in self.calls if c.provenance is Provenance.GRAFTED]
        return frozenset(same_call(s) for s in (*self.episode.steps, *grafted) if s.kind is Kind.TOOL_CALL)

    @cached_property
    def introduced(self) -> tuple[tuple[int, CorrectedStep], ...]:
        """Calls of the continuation that neither the recording nor the donor made."""
        return tuple((at, c) for at, c in self.calls if same_call(c.step) not in self.recorded_calls)

    @cached_property
    def background(self) -> str:
        """What the agent knew before its first step: policy, task and tool descriptions."""
        parts = [self.episode.policy, self.episode.task]
        for tool in self.episode.tools:
            parts += [tool.name, tool.description, *(f"{key}: {value}" for key, value in leaves(tool.parameters))]
        return "\n".join(parts)

    @cached_property
    def evidence(self) -> tuple[tuple[int, Step], ...]:
        """Steps that can support a fact: the recorded prefix, and what user and tools were recorded to say after it.

        The agent's own corrected words support nothing, nor does a result or a user turn that somebody invented.
        """
        later = [(at, c.step) for at, c in self.continuation if c.step.actor is not Actor.AGENT and self.holds(at, c)]
        return (*enumerate(self.path[: self.start]), *later)

    @cached_property
    def known(self) -> Known:
        """Index of the facts in the background and the evidence, each with the position where it first stands."""
        return Known([(-1, self.background), *((at, step.content) for at, step in self.evidence)])

    @cached_property
    def invented(self) -> Known:
        """Index of the facts in simulated results and in user turns that nobody recorded."""
        return Known(
            [
                (at, c.step.content)
                for at, c in self.continuation
                if c.step.actor is not Actor.AGENT and not self.holds(at, c)
            ]
        )

    @cached_property
    def confirmed(self) -> frozenset[int]:
        """Positions of the results that the environment gives too, when the path is executed from its beginning."""
        return self.execution.confirmed() if self.execution else frozenset()

    def holds(self, at: int, corrected: CorrectedStep) -> bool:
        """Tell whether a step is nobody's invention: somebody recorded it, or the environment gives it."""
        return corrected.provenance in RECORDED or at in self.confirmed

    def turns_of(self, actor: Actor, before: int) -> list[int]:
        """Return the positions of *actor*'s messages before position *before*, nearest first."""
        return [
            at
            for at in range(before - 1, -1, -1)
            if self.path[at].actor is actor and self.path[at].kind is Kind.MESSAGE
        ]
