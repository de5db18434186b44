"""Corrections that came with the trace."""

from __future__ import annotations

from dreamdesk.dream.path import lay, provenances
from dreamdesk.model.correction import Provenance, Revision
from dreamdesk.model.episode import Episode


def imported(episode: Episode) -> tuple[Revision, ...]:
    """Return the corrections that the source holds for *episode*, in its order.

    A call recorded with the same result is replayed; a tool result that nobody recorded is simulated, whatever the
    source says of it; the rest is imported.

    Raises:
        UserError: A correction starts outside the episode.
    """
    return tuple(
        lay(
            episode,
            correction.start,
            provenances(episode, correction.steps, Provenance.IMPORTED),
            note=": ".join(part for part in (correction.by, correction.reason) if part),
        )
        for correction in episode.corrections
    )
