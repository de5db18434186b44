"""Fingerprints of what was recorded: what an import wrote down in the ledger, and what the desk must still hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.desk import encode, late, ledger
from dreamdesk.desk.database import Connection
from dreamdesk.desk.episodes import load
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.model.episode import Episode, Step
from dreamdesk.model.text import counted


class Fingerprint:
    """A running SHA-256 over the steps of a source's episodes, in order.

    Each field is preceded by its length, so that no two different sequences share their bytes. Where each step stands
    in the source, when it was, what it cost and what it belongs to is in a digest of its own, which came later.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._places = hashlib.sha256()

    def add(self, episode: Sequence[Step]) -> None:
        """Take in the steps of the next episode."""
        parts = [
            f"{len(s.actor)}:{s.actor!s}{len(s.kind)}:{s.kind!s}{len(s.agent)}:{s.agent}{len(s.tool)}:{s.tool}"
            f"{len(s.call_id)}:{s.call_id}{len(s.content)}:{s.content}{s.turn},{s.native},{s.is_error:d};"
            for s in episode
        ]
        self._hash.update(f"episode {len(parts)};{''.join(parts)}".encode("utf-8", "replace"))
        places = [f"{s.index},{s.at},{s.tokens},{s.parent},{len(s.pointer)}:{s.pointer};" for s in episode]
        self._places.update(f"episode {len(places)};{''.join(places)}".encode("utf-8", "replace"))

    def hex(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()

    def places(self) -> str:
        """Return the digest of places, times, tokens and parents so far."""
        return self._places.hexdigest()


class Facts:
    """A running SHA-256 over what a source says of its episodes apart from their steps.

    That is its own verdict, task, policy, tools, labels, corrections and gaps.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, episode: Episode) -> None:
        """Take in the next episode; its outcome must be the source's own."""
        e, own = episode, episode.outcome
        score = None if own.score is None else float(own.score)
        fields = (
            e.key, e.title, e.task_key, e.task, e.agent, e.model, e.policy, own.state.value, own.source.value,
            own.pointer, own.detail, repr(score), encode.all_out(e.tools), encode.all_out(e.labels),
            encode.all_out(e.corrections), encode.all_out(e.gaps), f"{e.native_steps} {e.native_unit}",
        )  # fmt: skip
        self._hash.update("".join(f"{len(field)}:{field}" for field in fields).encode("utf-8", "replace"))

    def hex(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()


_NO_FLAG = "SELECT 1 FROM step WHERE id BETWEEN ? AND ? AND is_error NOT IN (0, 1)"


def of_source(db: Connection, source: int) -> tuple[str, str, str]:
    """Return the fingerprints of the steps, of their places and of the facts that the desk holds of *source* now.

    Of outcomes, what the source said at its import counts.
    """
    recorded, facts = Fingerprint(), Facts()
    for (number,) in db.execute("SELECT id FROM episode WHERE source = ? ORDER BY id", (source,)).fetchall():
        episode = load(db, number)
        if any(True for _ in db.execute(_NO_FLAG, (number << STEP_BITS, (number + 1 << STEP_BITS) - 1))):
            raise ValueError(f"a step of episode {number} is neither an error nor none")
        recorded.add(episode.steps)
        facts.add(replace(episode, outcome=late.first(db, number)))
    return recorded.hex(), recorded.places(), facts.hex()


PLACES = "places-entered"
"""The type of the entry that holds what earlier versions kept no digest of: "places", by the id of the source."""


def enter_places(db: Connection) -> None:
    """Enter the places of all recorded steps in the ledger, in the transaction of a desk's migration."""
    numbers = [row[0] for row in db.execute("SELECT id FROM source WHERE complete ORDER BY id").fetchall()]
    places = {str(number): of_source(db, number)[1] for number in numbers}
    if places:
        subject = f"places and times of the steps of {counted(len(places), 'source')}, as they stood"
        ledger.append(db, "DreamDesk", PLACES, {"subject": subject, "places": places})


def content(episode: Episode) -> str:
    """Return one fingerprint of the steps and the facts of *episode*; its outcome must be the source's own."""
    recorded, facts = Fingerprint(), Facts()
    recorded.add(episode.steps)
    facts.add(episode)
    return f"{recorded.hex()}{facts.hex()}"
