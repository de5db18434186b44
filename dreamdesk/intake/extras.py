"""The optional fields that DreamDesk reads beside ``messages``: outcome, labels and corrections.

Their shape is documented in `readers/anthropic_messages.py`. What is there but cannot be used is noted, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dreamdesk.intake.shape import arr, integer, number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import ImportedCorrection, Label, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.outcome import Rule

Note = Callable[[str], None]
AddMessages = Callable[[list[Json], int, int], tuple[Step, ...]]
"""Turns messages into steps whose indexes and turns begin at the given ones."""


def outcome_of(value: dict[str, Json], note: Note) -> Outcome | None:
    """Return the outcome that *value* states: outcome first, then reward, then score. None when it states none."""
    if "outcome" in value:
        given = value["outcome"]
        state = given if isinstance(given, str) else obj(given).get("state")
        try:
            found = OutcomeState(string(state).lower())
        except ValueError:
            note(f"the outcome {text_of(state)[:40]!r} is none of {', '.join(OutcomeState)}; it was not used")
        else:
            return Outcome(found, OutcomeSource.VERDICT, "/outcome", text_of(obj(given).get("detail")))
    for key, source in (("reward", OutcomeSource.REWARD), ("score", OutcomeSource.SCORE)):
        points = number(value.get(key))
        if points is not None:
            return Outcome(graded(points), source, f"/{key}", f"{key} {points:g}", points)
        if value.get(key) is not None:
            note(f"the {key} is no number; it was not used")
    return None


def graded(points: float) -> OutcomeState:
    """Return the outcome that a grade from 0 to 1 stands for, unless a desk has a rule of its own."""
    return Rule().state(points)


def labels_of(value: dict[str, Json], starts: Sequence[int], note: Note) -> tuple[Label, ...]:
    """Return the labels; *starts* holds the index of the first step of each message."""
    labels = []
    for label in map(obj, arr(value.get("labels")) or [value[key] for key in ("label",) if value.get(key)]):
        native = integer(label.get("message"))
        step = starts[native] if native is not None and 0 <= native < len(starts) else None
        if step is None:
            note("a label points at a message that is not there")
        words = [string(label.get(key)) for key in ("agent", "reason", "category", "by")]
        labels.append(Label(step, native, *words))
    return tuple(labels)


def corrections_of(
    value: dict[str, Json], steps: Sequence[Step], starts: Sequence[int], add: AddMessages, note: Note
) -> tuple[ImportedCorrection, ...]:
    """Return the corrections whose messages can be read and whose beginning lies inside the recording."""
    found = []
    given = arr(value.get("corrections")) or [value[key] for key in ("correction",) if value.get(key)]
    for correction in map(obj, given):
        message = integer(correction.get("from_message"))
        if message is None or not 0 <= message < len(starts):
            note("a correction begins at a message that is not there; it was not used")
            continue
        start = starts[message]
        try:
            corrected = add(arr(correction.get("messages")), start, steps[start].turn)
        except ValueError as error:
            note(f"a correction cannot be read ({error}); it was not used")
            continue
        if not corrected:
            note("a correction has no messages; it was not used")
            continue
        by, reason = string(correction.get("by")), string(correction.get("reason"))
        found.append(ImportedCorrection(start, corrected, by, reason))
    return tuple(found)
