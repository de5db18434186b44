"""An episode: one attempt at one task, as a sequence of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dreamdesk.model.canonical import Json

if TYPE_CHECKING:
    from dataclasses import dataclass as light_dataclass
else:

    def light_dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Make a dataclass that only the type checker holds frozen: at run time that costs five times as much to make.

        An import makes hundreds of thousands of steps.
        """
        return dataclass(slots=slots, unsafe_hash=frozen)


class Actor(StrEnum):
    """Who caused a step; the lanes of the timeline."""

    USER = "user"
    AGENT = "agent"
    TOOL = "tool"
    SYSTEM = "system"


class Kind(StrEnum):
    """What sort of event a step is."""

    MESSAGE = "message"
    THINKING = "thinking"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    HANDOFF = "handoff"
    GAP = "gap"


@light_dataclass(frozen=True, slots=True)
class Step:
    """One event of an episode.

    Attributes:
        index: Position in the episode, from 0, without holes.
        actor: Who caused it.
        kind: What it is.
        content: The text. For a tool call, the arguments as JSON text exactly as recorded (or canonical JSON where
            the source holds an object); for a tool result, its text.
        turn: Ordinal of the message that the step is a part of, from 0. Steps of one message (thinking, text and the
            tool calls of one assistant reply) share it and stand next to each other. The results that answer the
            parallel calls of one message may be in one turn or several.
        native: Index that the source's own labels would use for this step, or None where it has no such index.
        agent: Name of the agent or participant, when the source names one.
        tool: Name of the tool, on calls and results.
        call_id: Joins a tool call to its result; empty when the source has none.
        is_error: The source itself flags the step as an error (or, in tau-bench, its text begins with "Error").
        at: Start time in nanoseconds since 1970 UTC, or None.
        tokens: Output tokens that the source reports for the step, or None.
        parent: Index of the step that started the sub-agent run this step belongs to, or None.
        pointer: JSON Pointer (RFC 6901) of the step inside the episode's record.
    """

    index: int
    actor: Actor
    kind: Kind
    content: str
    turn: int
    native: int | None = None
    agent: str = ""
    tool: str = ""
    call_id: str = ""
    is_error: bool = False
    at: int | None = None
    tokens: int | None = None
    parent: int | None = None
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The steps of one message: ``steps[start:stop]`` of the episode. A turn of the agent is one decision."""

    start: int
    stop: int
    actor: Actor


def turns(steps: Sequence[Step]) -> list[Turn]:
    """Group *steps* into turns; ``start`` and ``stop`` are positions in *steps*."""
    found: list[Turn] = []
    start = 0
    for position in range(1, len(steps) + 1):
        if position == len(steps) or (steps[position].turn, steps[position].actor) != (
            steps[start].turn,
            steps[start].actor,
        ):
            found.append(Turn(start, position, steps[start].actor))
            start = position
    return found


def turn_start(steps: Sequence[Step], index: int) -> int:
    """Return the position of the first step of the turn that holds position *index*.

    An error point is a decision, and a decision is named by its first step, so that a correction never keeps half of
    the message that it replaces.
    """
    start = index
    while start and (steps[start - 1].turn, steps[start - 1].actor) == (steps[index].turn, steps[index].actor):
        start -= 1
    return start


class OutcomeState(StrEnum):
    """How the episode ended. Unknown is a verdict of its own, never a number."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class OutcomeSource(StrEnum):
    """Where the verdict comes from."""

    REWARD = "reward"
    SCORE = "score"
    VERDICT = "verdict"
    STATUS = "status"
    LABEL = "label"
    AUDITOR = "auditor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on an episode, where it was found and in the source's own words.

    *score* is the number that it rests on, 0 for the worst and 1 for the best, or None where it rests on a word.
    """

    state: OutcomeState = OutcomeState.UNKNOWN
    source: OutcomeSource = OutcomeSource.NONE
    pointer: str = ""
    detail: str = ""
    score: float | None = None


class GapKind(StrEnum):
    """What a trace does not show."""

    WITHHELD = "withheld"
    COMPACTION = "compaction"
    TRUNCATION = "truncation"
    REDACTION = "redaction"
    ORPHAN_CALL = "orphan_call"
    ORPHAN_RESULT = "orphan_result"
    MISSING = "missing"
    MEDIA = "media"
    DISORDER = "disorder"
    DUPLICATE = "duplicate"

    @property
    def called(self) -> str:
        """The name that people see."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the trace does not show, at or after step *step* (None: the episode as a whole)."""

    kind: GapKind
    note: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool that the agent could call: its name, description and the JSON Schema of its arguments."""

    name: str
    description: str = ""
    parameters: Json = None


@dataclass(frozen=True, slots=True)
class Label:
    """An error point that somebody marked before the trace came here.

    Attributes:
        step: Index of the step (see `Step.index`), or None where the label points outside the recording.
        native: The label's own index, as written in the source.
        agent: The agent that the label blames.
        reason: The annotator's words.
        category: The source's own category name, or "".
        by: Who labelled: the data set or the annotator.
    """

    step: int | None
    native: int | None
    agent: str = ""
    reason: str = ""
    category: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ImportedCorrection:
    """A corrected continuation that came with the trace.

    Attributes:
        start: Index of the first recorded step that it replaces.
        steps: The steps from there on; their indexes go on from *start*, their turns from the turn of *start*.
        by: Who or what wrote it.
        reason: Why, in the source's words.
    """

    start: int
    steps: tuple[Step, ...]
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One attempt at one task.

    Attributes:
        key: Identifies the episode inside its source for ever: a JSON Pointer, a line number or a trace id.
        title: One line for a list: the task in a few words.
        task_key: Attempts at the same task share it; "" when the source does not say.
        task: The task as the agent was given it (first user text or the instruction).
        agent: Name and version of the agent, as far as known.
        model: Model name, as far as known.
        policy: The rules that the agent was bound by (usually its system prompt or a policy document).
        tools: What the agent could call.
        steps: Everything that happened; index, turn and call ids as in `Step`.
        native_steps: Length in the unit that the format counts in (messages, history entries, model calls).
        native_unit: Name of that unit, in the plural.
        offset, length, sha256: The episode's own bytes inside the source, where it has bytes of its own; else 0, 0, "".
    """

    key: str
    title: str
    steps: tuple[Step, ...]
    outcome: Outcome = field(default_factory=Outcome)
    task_key: str = ""
    task: str = ""
    agent: str = ""
    model: str = ""
    policy: str = ""
    tools: tuple[ToolSchema, ...] = ()
    gaps: tuple[Gap, ...] = ()
    labels: tuple[Label, ...] = ()
    corrections: tuple[ImportedCorrection, ...] = ()
    native_steps: int = 0
    native_unit: str = "steps"
    started: int | None = None
    offset: int = 0
    length: int = 0
    sha256: str = ""
