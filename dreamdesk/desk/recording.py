"""What an import writes of each episode, made ready beside the desk: its rows, and the digests for the ledger."""

from __future__ import annotations

from dreamdesk.desk.episodes import Packed, pack
from dreamdesk.desk.fingerprint import Facts, Fingerprint
from dreamdesk.desk.versions import Line
from dreamdesk.model.episode import Episode


class Recorder:
    """Makes the episodes of one source ready, of which the versions of *line* came earlier."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._steps, self._facts = Fingerprint(), Facts()

    def ready(self, episode: Episode) -> Packed | None:
        """Return *episode* as it is written; None when an earlier version holds it as it is."""
        if self._line.holds(episode):
            return None
        self._steps.add(episode.steps)
        self._facts.add(episode)
        return pack(episode)

    def digests(self) -> tuple[str, str, str]:
        """Return the digests of the steps, of their places and of the facts of all episodes that are written."""
        return self._steps.hex(), self._steps.places(), self._facts.hex()

    def left(self) -> tuple[int, ...]:
        """Return the ids of the episodes of earlier versions that did not come again as they were."""
        return self._line.left()
