"""A correction: the path that the agent should have taken from the error point on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Episode, Step


class Provenance(StrEnum):
    """Where a corrected step comes from."""

    REPLAYED = "replayed"
    """Recorded in this episode: the same call, with its recorded result."""
    DREAMED = "dreamed"
    """Written by a model."""
    SIMULATED = "simulated"
    """A tool result that nobody recorded."""
    GRAFTED = "grafted"
    """Recorded in a successful attempt at the same task."""
    AUTHORED = "authored"
    """Written by the auditor."""
    IMPORTED = "imported"
    """Came with the trace."""


class DreamSource(StrEnum):
    """How a correction was made."""

    IMPORTED = "imported"
    GRAFT = "graft"
    MODEL = "model"
    AUTHORED = "authored"


@dataclass(frozen=True, slots=True)
class CorrectedStep:
    """One step after the error point, with its provenance and a reference to where it was recorded, if it was."""

    step: Step
    provenance: Provenance
    origin: str = ""
    """For replayed steps "step 7" (of the same episode), for grafted "episode 12 step 7", for dreamed the model."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable version of a correction.

    Attributes:
        start: Index of the first recorded step that is replaced; steps before it are the recording's own.
        steps: The path from there on; ``steps[i].step.index == start + i``.
        author: Auditor's name, model name, or "" for a graft or an import.
        note: Why this version exists.
        prefix: Digest of the recorded steps before *start* (see `prefix_digest`).
        number: From 1, given by the desk.
        exchange: Key of the question to a model whose answer it is, where the desk keeps both; "" of any other.
        lesson: What it teaches, in a sentence that holds beyond this episode; "" where none was drawn.
    """

    start: int
    steps: tuple[CorrectedStep, ...]
    author: str = ""
    note: str = ""
    prefix: str = ""
    number: int = 0
    lesson: str = ""
    exchange: str = ""

    def body(self) -> dict[str, Json]:
        """Return what a decision speaks of: prefix, start, every step with its provenance, and the lesson if any."""
        steps = [{**step_json(c.step), "provenance": c.provenance.value, "origin": c.origin} for c in self.steps]
        taught = {"lesson": self.lesson} if self.lesson else {}
        return {"prefix": self.prefix, "start": self.start, "steps": steps, **taught}

    def digest(self) -> str:
        """Return the SHA-256 that a decision signs, that of the canonical `body`."""
        return digest(self.body())


def step_json(step: Step) -> dict[str, Json]:
    """Return the parts of a step that make up what was said and done, as a JSON object."""
    return {
        "index": step.index,
        "actor": step.actor.value,
        "kind": step.kind.value,
        "content": step.content,
        "turn": step.turn,
        "agent": step.agent,
        "tool": step.tool,
        "call_id": step.call_id,
        "is_error": step.is_error,
    }


def prefix_digest(steps: Sequence[Step]) -> str:
    """Return the digest of recorded *steps*, the ones before the error point."""
    return digest([step_json(step) for step in steps])


def corrected_path(episode: Episode, revision: Revision) -> tuple[Step, ...]:
    """Return the whole corrected trajectory: the recorded prefix, then the corrected steps."""
    return episode.steps[: revision.start] + tuple(corrected.step for corrected in revision.steps)
