"""The order of times: steps that claim to have happened before the step that stands before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.model.episode import Episode, Gap, GapKind, Step


def with_disorder(episode: Episode) -> Episode:
    """Return *episode* with a gap that says so where its times are out of order; else as it is."""
    early = disordered(episode.steps)
    if not early:
        return episode
    count = f"{len(early):,} steps claim" if len(early) > 1 else "One step claims"
    note = f"{count} an earlier time than the step before; the order is that of the source."
    return replace(episode, gaps=(*episode.gaps, Gap(GapKind.DISORDER, note, early[0])))


def disordered(steps: Sequence[Step]) -> list[int]:
    """Return the indexes of the steps whose time is before that of an earlier turn of the same run.

    Steps of one turn have no order among themselves, and a sub-agent's run goes on beside its parent's.
    """
    early = []
    latest: dict[int | None, tuple[int, int]] = {}
    for step in steps:
        if step.at is None:
            continue
        at, turn = latest.get(step.parent, (step.at, step.turn))
        if step.at < at and step.turn != turn:
            early.append(step.index)
        elif step.at >= at:
            latest[step.parent] = step.at, step.turn
    return early
