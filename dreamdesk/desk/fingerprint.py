"""Fingerprints of recorded steps: what an import wrote down in the ledger, and what the desk must still hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from dreamdesk.desk.database import Connection
from dreamdesk.desk.episodes import steps
from dreamdesk.model.episode import Step


class Fingerprint:
    """A running SHA-256 over the steps of a source's episodes, in order.

    Each field is preceded by its length, so that no two different sequences share their bytes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, episode: Sequence[Step]) -> None:
        """Take in the steps of the next episode."""
        parts = [
            f"{len(s.actor)}:{s.actor!s}{len(s.kind)}:{s.kind!s}{len(s.agent)}:{s.agent}{len(s.tool)}:{s.tool}"
            f"{len(s.call_id)}:{s.call_id}{len(s.content)}:{s.content}{s.turn},{s.native},{s.is_error:d};"
            for s in episode
        ]
        self._hash.update(f"episode {len(parts)};{''.join(parts)}".encode("utf-8", "replace"))

    def hex(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()


def of_source(db: Connection, source: int) -> str:
    """Return the fingerprint of what the desk holds of *source* now."""
    fingerprint = Fingerprint()
    for (episode,) in db.execute("SELECT id FROM episode WHERE source = ? ORDER BY id", (source,)).fetchall():
        fingerprint.add(steps(db, episode))
    return fingerprint.hex()
