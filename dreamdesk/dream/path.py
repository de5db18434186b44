"""Laying a continuation behind the recorded prefix: numbers, turns and call ids that fit what came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from dreamdesk.dream.replay import Recording
from dreamdesk.dream.structure import answers
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, prefix_digest
from dreamdesk.model.episode import Episode, Kind, Step, turn_start
from dreamdesk.model.errors import UserError


def lay(episode: Episode, start: int, steps: Sequence[CorrectedStep], author: str = "", note: str = "") -> Revision:
    """Return the revision that keeps ``episode.steps[:start]`` and goes on with *steps*.

    The steps are numbered from *start*, their turns go on from the turn of *start*, and their call ids are made
    unique in the whole path. Where *start* is the middle of a turn, the recorded part of that turn becomes the
    beginning of the continuation, since a correction never keeps half of a message.

    Raises:
        UserError: *start* is outside the episode.
    """
    if not 0 <= start <= len(episode.steps):
        raise UserError(
            f"A correction cannot start at step {start}: the episode has {len(episode.steps)} steps. "
            "Nothing was changed."
        )
    head = turn_start(episode.steps, start) if start < len(episode.steps) else start
    prefix = episode.steps[:head]
    whole = (*_half_turn(episode.steps[head:start], steps), *steps)
    fitted = _fit(prefix, _first_turn(episode.steps, head), [corrected.step for corrected in whole])
    return Revision(
        start=head,
        steps=tuple(replace(corrected, step=step) for corrected, step in zip(whole, fitted, strict=True)),
        author=author,
        note=note,
        prefix=prefix_digest(prefix),
    )


def recorded(step: Step) -> str:
    """Return the origin of a step that stands in the corrected episode's own recording."""
    return f"step {step.index}"


def provenances(episode: Episode, steps: Sequence[Step], otherwise: Provenance) -> tuple[CorrectedStep, ...]:
    """Say of each step where it comes from, judged by the recording alone.

    A call and its result are replayed when the episode recorded the same call with the same result; another result
    is simulated; everything else is *otherwise*.
    """
    recording = Recording(episode.steps)
    found = [
        CorrectedStep(step, Provenance.SIMULATED if step.kind is Kind.TOOL_RESULT else otherwise) for step in steps
    ]
    for call, result in answers(steps).items():
        pair = recording.exchange(steps[call], steps[result])
        if pair is not None:
            found[call] = CorrectedStep(steps[call], Provenance.REPLAYED, recorded(pair[0]))
            replayed = replace(steps[result], is_error=pair[1].is_error)
            found[result] = CorrectedStep(replayed, Provenance.REPLAYED, recorded(pair[1]))
    return tuple(found)


def _half_turn(kept: Sequence[Step], steps: Sequence[CorrectedStep]) -> tuple[CorrectedStep, ...]:
    """Make the recorded steps *kept* one turn with the first of *steps*, when it is the same actor's."""
    if kept and steps and steps[0].step.actor is kept[0].actor:
        kept = [replace(step, turn=steps[0].step.turn) for step in kept]
    return tuple(CorrectedStep(step, Provenance.REPLAYED, recorded(step)) for step in kept)


def _first_turn(steps: Sequence[Step], start: int) -> int:
    if start < len(steps):
        return steps[start].turn
    return steps[-1].turn + 1 if steps else 0


def _fit(prefix: Sequence[Step], turn: int, steps: Sequence[Step]) -> list[Step]:
    start = len(prefix)
    numbers = {i: i for i in range(start)} | {step.index: start + i for i, step in enumerate(steps)}
    ids = _call_ids(prefix, steps)
    fitted: list[Step] = []
    for i, step in enumerate(steps):
        if i and (step.turn, step.actor) != (steps[i - 1].turn, steps[i - 1].actor):
            turn += 1
        fitted.append(
            replace(
                step,
                index=start + i,
                turn=turn,
                call_id=ids[i],
                parent=_earlier(numbers, step.parent, start + i),
                # The rest says where the step stood in another record, which is not this one.
                native=None,
                at=None,
                pointer="",
            )
        )
    return fitted


def _earlier(numbers: Mapping[int, int], parent: int | None, index: int) -> int | None:
    """Return the new number of the step that started a sub-agent run, which must come before the run."""
    number = None if parent is None else numbers.get(parent)
    return number if number is not None and number < index else None


def _call_ids(prefix: Sequence[Step], steps: Sequence[Step]) -> list[str]:
    """Return the call id of each step of the continuation: unique among calls, the same on a call and its result."""
    taken = {step.call_id for step in prefix if step.kind is Kind.TOOL_CALL} | {""}
    own = {step.call_id for step in steps}
    pairs = answers(steps)
    ids = [step.call_id for step in steps]
    latest: dict[str, str] = {}
    numbers = count(2)
    for i, step in enumerate(steps):
        if step.kind is Kind.TOOL_CALL:
            if ids[i] in taken:
                fresh = (f"{step.call_id or 'call'}-{n}" for n in numbers)
                ids[i] = next(name for name in fresh if name not in taken and name not in own)
            taken.add(ids[i])
            latest[step.call_id] = ids[i]
            if i in pairs:
                ids[pairs[i]] = ids[i]
        elif step.kind is Kind.TOOL_RESULT and step.call_id and ids[i] == step.call_id:
            ids[i] = latest.get(step.call_id, step.call_id)
    return ids
