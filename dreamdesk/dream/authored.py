"""Corrections that the officer writes or amends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from dreamdesk.dream.path import lay, provenances
from dreamdesk.dream.replay import substance
from dreamdesk.dream.structure import answers
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Episode, Kind, Step


def authored(
    episode: Episode, start: int, edits: Sequence[Step], author: str, note: str, base: Revision | None = None
) -> Revision:
    """Return the officer's own version: the recording up to *start*, then *edits*.

    Steps taken over unchanged from *base* keep their provenance; the others are authored. A tool result is never
    taken on its author's word: it stays what it was only where its call is unchanged too, is replayed where the
    episode recorded the same call with the same result, and else is simulated.

    Raises:
        UserError: *start* is outside the episode.
    """
    steps = provenances(episode, edits, Provenance.AUTHORED)
    if base is not None:
        steps = _keep(steps, base)
    return lay(episode, start, steps, author=author, note=note)


def _keep(steps: Sequence[CorrectedStep], base: Revision) -> tuple[CorrectedStep, ...]:
    """Give the steps that *base* holds unchanged, in the same order, their provenance back."""
    old = [corrected.step for corrected in base.steps]
    new = [corrected.step for corrected in steps]
    matcher = SequenceMatcher(None, [_marks(step) for step in old], [_marks(step) for step in new], autojunk=False)
    same = {b + i: a + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}
    asked_then = {result: call for call, result in answers(old).items()}
    asked_now = {result: call for call, result in answers(new).items()}
    kept = list(steps)
    for i, j in same.items():
        unchanged_call = i in asked_now and same.get(asked_now[i]) == asked_then.get(j)
        if new[i].kind is not Kind.TOOL_RESULT or unchanged_call:
            kept[i] = replace(base.steps[j], step=new[i])
    return tuple(kept)


def _marks(step: Step) -> tuple[object, ...]:
    return (*substance(step), step.agent, step.is_error)
