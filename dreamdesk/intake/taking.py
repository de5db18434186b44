"""What is taken from a source: its episodes, made ready for the desk, and the counts that its report tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

from dreamdesk.intake.opening import Reading
from dreamdesk.model.episode import Episode, GapKind, Kind, OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Companion, ImportReport, Skip

_PROVIDERS_OWN = "srvtoolu_"
"""Ids of tools that the model's provider runs itself: part of its reply, no call of the agent on its environment."""

# Of one transaction, three of which are in memory: small enough for that, large enough that commits do not matter.
_STEPS, _CHARACTERS = 1_000, 1 << 20


class Recorder(Protocol):
    """Makes episodes ready for whoever keeps them."""

    def ready(self, episode: Episode) -> tuple[Any, ...] | None:
        """Return *episode* as it is kept, in plain values only; None when it is kept already."""
        ...

    def digests(self) -> tuple[str, str, str]:
        """Return digests of all that was made ready: of the steps, of their places and of the facts."""
        ...

    def left(self) -> tuple[int, ...]:
        """Return the ids of the episodes that were kept before and did not come again."""
        ...


@dataclass(slots=True)
class Taken:
    """What was taken from a source as a whole.

    Attributes:
        unchanged: Episodes that are kept already; all other counts are of the rest.
        digests, left: See `Recorder`.
    """

    states: Counter[OutcomeState] = field(default_factory=Counter)
    steps: int = 0
    native_steps: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    gaps: int = 0
    gap_kinds: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    dialects: dict[str, int] = field(default_factory=dict)
    skipped: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()
    companions: tuple[Companion, ...] = ()
    digests: tuple[str, str, str] = ("", "", "")
    left: tuple[int, ...] = ()

    def count(self, episode: Episode) -> None:
        """Count one more episode."""
        call, result = Kind.TOOL_CALL, Kind.TOOL_RESULT  # an attribute of an enum takes long to look up
        self.states[episode.outcome.state] += 1
        self.steps += len(episode.steps)
        self.native_steps += episode.native_steps
        self.gaps += len(episode.gaps)
        self.gap_kinds.update([gap.kind.value for gap in episode.gaps])
        calls = [step for step in episode.steps if step.kind is call]
        self.tool_calls += sum([not step.call_id.startswith(_PROVIDERS_OWN) for step in calls])
        self.tool_errors += sum([step.is_error for step in episode.steps if step.kind is result])

    def close(self, reading: Reading, stopped: tuple[Skip, ...]) -> None:
        """Note what *reading* noticed, and where it had to stop."""
        if reading.duplicates:
            self.gap_kinds[GapKind.DUPLICATE.value] += reading.duplicates
        self.dialects, self.companions = reading.dialects, reading.companions
        self.skipped, self.notes = (*reading.skipped, *stopped), tuple(reading.notes)

    def report(self, reading: Reading) -> ImportReport:
        """Return the report on the source of *reading*, which may have been read elsewhere."""
        source = reading.source
        return ImportReport(
            source=source.name,
            sha256=source.sha256,
            format=source.format,
            episodes=self.states.total(),
            failed=self.states[OutcomeState.FAILED],
            succeeded=self.states[OutcomeState.SUCCEEDED],
            partial=self.states[OutcomeState.PARTIAL],
            unknown=self.states[OutcomeState.UNKNOWN],
            steps=self.steps,
            native_steps=self.native_steps,
            tool_calls=self.tool_calls,
            tool_errors=self.tool_errors,
            gaps=self.gaps,
            gap_kinds=dict(sorted(self.gap_kinds.items())),
            dialects=self.dialects,
            skipped=self.skipped,
            notes=self.notes,
            companions=self.companions,
            unchanged=self.unchanged,
        )


Part = list[tuple[Any, ...]] | Taken
"""Some episodes as the recorder gave them, or at last the whole."""


def take(reading: Reading, recorder: Recorder) -> Generator[Part, None, None]:
    """Yield the episodes of *reading* as *recorder* makes them ready, some at a time; at last the whole.

    What was good before a place where reading has to stop is kept, and the place is listed.
    """
    taken, batch = Taken(), list[tuple[Any, ...]]()
    steps = characters = 0
    stopped: tuple[Skip, ...] = ()
    try:
        for episode in reading.episodes():
            ready = recorder.ready(episode)
            if ready is None:
                taken.unchanged += 1
                continue
            batch.append(ready)
            taken.count(episode)
            steps += len(episode.steps)
            characters += sum([len(step.content) for step in episode.steps])
            if steps >= _STEPS or characters >= _CHARACTERS:
                yield batch
                batch, steps, characters = [], 0, 0
    except UserError as error:
        stopped = (Skip(reading.source.name, str(error)),)
    if batch:
        yield batch
    taken.digests, taken.left = recorder.digests(), recorder.left()
    taken.close(reading, stopped)
    yield taken
