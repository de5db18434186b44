"""Grafting: the failed attempt goes on as a successful attempt at the same task did. No model, and nothing invented.

The continuation begins at the *seam*, a turn of the donor chosen so that

1. everything the donor did and the failed attempt did not do by then comes after it;
2. the donor answers there what the failed attempt had to answer: the same tool result, or the most similar message;
3. the arguments of the donor's later calls are known there: said in the failed attempt, or found out after the seam.

What only the donor knows is not carried over (see `carrying`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dreamdesk.dream.carrying import carry, names, renamed
from dreamdesk.dream.path import lay, provenances
from dreamdesk.dream.replay import Key, arguments, substance
from dreamdesk.dream.structure import answers, decision_start, structure_faults
from dreamdesk.model.canonical import Json
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns

# Two user messages are about the same thing when they share this part of their words (Jaccard index). Low, since
# people put one answer in many ways; below it the words they share are those of any two sentences.
_SIMILAR = 0.2

# A donor whose record is broken at this many seams is broken throughout.
_TRIES = 10


@dataclass(frozen=True, slots=True)
class NoGraft:
    """Why no attempt gives a correction, in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Graft:
    revision: Revision
    rank: tuple[bool, int, int, int]


def graft(episode: Episode, error_step: int, donors: Mapping[int, Episode]) -> Revision | NoGraft:
    """Return the correction of step *error_step* that the best of *donors* gives, or why none gives one.

    Donors are successful attempts at the same task by their id on the desk. Of several the best is the one that does
    not repeat the accused decision, whose calls lack the fewest facts, that did most of what the failed attempt had
    done by then, and that then takes the fewest steps. The recording before the error is kept as it is, the result is
    sound in structure and never the recorded path again.

    Raises:
        UserError: There is no step *error_step*.
    """
    start = decision_start(episode.steps, error_step)
    found = {number: _graft(episode, start, number, donor) for number, donor in donors.items()}
    made = [grafted for grafted in found.values() if isinstance(grafted, _Graft)]
    if made:
        return min(made, key=lambda grafted: grafted.rank).revision
    reasons = [
        f"Episode {number}: {refused.reason}." for number, refused in found.items() if isinstance(refused, NoGraft)
    ]
    return NoGraft(" ".join(reasons) or "No other attempt at this task succeeded.")


def _graft(episode: Episode, start: int, number: int, donor: Episode) -> _Graft | NoGraft:
    prefix = episode.steps[:start]
    recorded = donor.steps
    donor = replace(donor, steps=renamed(recorded, names(episode, start, donor)))
    shared, latest = _agreement(prefix, donor.steps)
    speaker = episode.steps[start].actor
    seams = [turn.start for turn in turns(donor.steps) if turn.actor is speaker and turn.start <= latest]
    if not seams:
        return NoGraft(f"it has no turn of the {speaker.value} that could take this one's place")
    after = max(shared, default=-1)
    preferred = _answering(prefix, donor.steps, [seam for seam in seams if seam > after] or seams[-1:])
    lacking = _lacking(episode, prefix, donor.steps)
    seams = sorted((seam for seam in seams if seam <= preferred), key=lambda seam: (lacking[seam], -seam))
    tail = len(donor.steps) - len(episode.steps) + start
    if tail in seams and _same(donor.steps[tail:], episode.steps[start:]):
        return NoGraft("it did from here on what this attempt did, so nothing here sets them apart")
    refused = NoGraft("its record does not fit behind this one's")
    for seam in seams[:_TRIES]:
        revision = _continue(episode, start, number, donor, recorded, seam)
        if isinstance(revision, NoGraft):
            refused = revision
        else:
            repeats = _decision([corrected.step for corrected in revision.steps]) == _decision(episode.steps[start:])
            return _Graft(revision, (repeats, lacking[seam], -len(shared), len(revision.steps)))
    return refused


def _agreement(prefix: Sequence[Step], donor: Sequence[Step]) -> tuple[set[int], int]:
    """Compare what both did: calls with their results, and handoffs.

    Returns the positions of the donor's steps that the prefix did too, up to the first that it did not do, and the
    position of that first one (or of the donor's last step), behind which no seam may lie.
    """
    done = set(_deeds(prefix).values())
    shared: set[int] = set()
    for position, deed in _deeds(donor).items():
        if deed not in done:
            return shared, position
        shared.add(position)
    return shared, len(donor) - 1


def _deeds(steps: Sequence[Step]) -> dict[int, tuple[str, ...]]:
    """Return what was done, by the position where it was done: a call with its result, or a handoff."""
    results = answers(steps)
    return {
        position: (*substance(step), steps[results[position]].content if position in results else "")
        for position, step in enumerate(steps)
        if step.kind in (Kind.TOOL_CALL, Kind.HANDOFF)
    }


def _answering(prefix: Sequence[Step], donor: Sequence[Step], seams: Sequence[int]) -> int:
    """Choose, among seams behind the last thing that both did, where the donor answers what the prefix ends with."""
    if prefix and prefix[-1].actor is Actor.USER:
        said = _words(prefix[-1].content)
        likeness = {
            seam: _jaccard(said, _words(donor[seam - 1].content)) for seam in seams if _follows_user(donor, seam)
        }
        best = max(likeness, key=lambda seam: (likeness[seam], -seam), default=None)
        if best is not None and likeness[best] >= _SIMILAR:
            return best
    return seams[0]


def _follows_user(steps: Sequence[Step], position: int) -> bool:
    return position > 0 and steps[position - 1].actor is Actor.USER


def _lacking(episode: Episode, prefix: Sequence[Step], donor: Sequence[Step]) -> list[int]:
    """Count, for a seam at each position of the donor, the argument values of its later calls that nobody knows yet.

    A value is known when all its words were said by the user, a tool or the policy: in the prefix, or by the donor's
    world between the seam and the call. A value that the donor itself took from nowhere tells nothing and is left out.
    """
    known = _words(episode.policy).union(*(_words(step.content) for step in prefix if step.actor is not Actor.AGENT))
    heard: dict[str, int] = {}
    change = [0] * (len(donor) + 2)
    for position, step in enumerate(donor):
        if step.actor is not Actor.AGENT:
            heard.update(dict.fromkeys(_words(step.content), position))
        elif step.kind is Kind.TOOL_CALL:
            for value in _values(step.content):
                missing = _words(value) - known
                if missing and missing <= heard.keys():
                    # Seams behind the place where it was heard, and up to the call, come too late for this value.
                    change[min(heard[word] for word in missing) + 1] += 1
                    change[position + 1] -= 1
    counts, total = [], 0
    for step_change in change:
        total += step_change
        counts.append(total)
    return counts


def _values(content: str) -> Iterator[str]:
    """Yield the texts and numbers in the arguments of a call."""
    pending: list[Json] = [_decoded(content)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def _decoded(content: str) -> Json:
    try:
        return json.loads(arguments(content))
    except ValueError:
        return content


def _continue(
    episode: Episode, start: int, number: int, donor: Episode, recorded: Sequence[Step], seam: int
) -> Revision | NoGraft:
    """Lay the donor's steps from *seam* on behind the prefix, as far as they can be carried over and are sound."""
    carried = carry(episode, start, donor.steps, recorded, seam)
    rest = [
        replace(step, parent=None) if step.parent is not None and step.parent < seam else step for step in carried.steps
    ]
    if not any(step.actor is Actor.AGENT for step in rest):
        return NoGraft(carried.reason or "nothing follows in it")
    steps = [
        corrected
        if corrected.provenance is Provenance.REPLAYED
        else CorrectedStep(corrected.step, Provenance.GRAFTED, f"episode {number} step {corrected.step.index}")
        for corrected in provenances(episode, rest, Provenance.GRAFTED)
    ]
    end = f"; it ends where {carried.reason}" if carried.reason else ""
    note = f"Goes on as episode {number} did from its step {seam} on{end}"
    revision = lay(episode, start, steps, note=note)
    faults = structure_faults(corrected_path(episode, revision), start, like=episode.steps)
    return NoGraft(f"its record does not fit behind this one's: {faults[0]}") if faults else revision


def _same(some: Sequence[Step], others: Sequence[Step]) -> bool:
    return [substance(step) for step in some] == [substance(step) for step in others]


def _decision(steps: Sequence[Step]) -> list[Key]:
    """Return what the first turn of *steps* says and does."""
    return [substance(step) for step in steps[: turns(steps)[0].stop]]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _jaccard(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some | others) if some or others else 0.0
